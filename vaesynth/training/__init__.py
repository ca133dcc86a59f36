"""The one training loop, its schedules and its history."""

from vaesynth.training._contract import History
from vaesynth.training._last_good import DivergenceError
from vaesynth.training._privacy import PrivacyBudget, PrivacySpent

__all__ = ["DivergenceError", "History", "PrivacyBudget", "PrivacySpent"]

# What other rooms need and users do not.
from vaesynth.training._batches import balanced_probabilities as balanced_probabilities
from vaesynth.training._batches import draw_epoch as draw_epoch
from vaesynth.training._contract import TrainingData as TrainingData
from vaesynth.training._data_parallel import ClassLayout as ClassLayout
from vaesynth.training._data_parallel import Team as Team
from vaesynth.training._data_parallel import TeamDraws as TeamDraws
from vaesynth.training._data_parallel import gather_rows as gather_rows
from vaesynth.training._loop import TrainingPlan as TrainingPlan
from vaesynth.training._loop import train as train
from vaesynth.training._privacy import NoisePlan as NoisePlan
from vaesynth.training._privacy import plan_noise as plan_noise

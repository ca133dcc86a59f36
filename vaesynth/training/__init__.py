"""The one training loop, its schedules and its history."""

from vaesynth.training._batches import balanced_probabilities, draw_epoch
from vaesynth.training._contract import Trainable, TrainingData
from vaesynth.training._data_parallel import ClassLayout, Team, TeamDraws, gather_rows
from vaesynth.training._history import History
from vaesynth.training._loop import DivergenceError, TrainingPlan, train
from vaesynth.training._privacy import NoisePlan, PrivacyBudget, PrivacySpent, plan_noise

__all__ = [
    "ClassLayout",
    "DivergenceError",
    "History",
    "NoisePlan",
    "PrivacyBudget",
    "PrivacySpent",
    "Team",
    "TeamDraws",
    "Trainable",
    "TrainingData",
    "TrainingPlan",
    "balanced_probabilities",
    "draw_epoch",
    "gather_rows",
    "plan_noise",
    "train",
]

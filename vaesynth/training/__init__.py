"""The one training loop, its schedules and its history."""

from vaesynth.training._batches import balanced_probabilities, draw_epoch
from vaesynth.training._contract import Trainable, TrainingData
from vaesynth.training._history import History
from vaesynth.training._loop import DivergenceError, TrainingPlan, train

__all__ = [
    "DivergenceError",
    "History",
    "Trainable",
    "TrainingData",
    "TrainingPlan",
    "balanced_probabilities",
    "draw_epoch",
    "train",
]

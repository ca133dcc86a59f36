"""The one training loop, its schedules and its history."""

from vaesynth.training._history import History
from vaesynth.training._loop import (
    DivergenceError,
    TrainingData,
    TrainingPlan,
    train,
)

__all__ = ["DivergenceError", "History", "TrainingData", "TrainingPlan", "train"]

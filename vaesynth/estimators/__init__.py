"""Variational autoencoders with scikit-learn's interface."""

from vaesynth.estimators._base import MODEL_CONSTRAINTS
from vaesynth.estimators._cvae import CVAE

__all__ = ["CVAE", "MODEL_CONSTRAINTS"]

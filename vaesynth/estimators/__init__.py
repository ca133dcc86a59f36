"""Variational autoencoders with scikit-learn's interface."""

from vaesynth.estimators._base import MODEL_CONSTRAINTS
from vaesynth.estimators._cvae import CVAE
from vaesynth.estimators._defaults import choose_n_candidates

__all__ = ["CVAE", "MODEL_CONSTRAINTS", "choose_n_candidates"]

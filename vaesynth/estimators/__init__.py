"""Variational autoencoders with scikit-learn's interface."""

from vaesynth.estimators._base import MODEL_CONSTRAINTS
from vaesynth.estimators._cvae import CVAE
from vaesynth.estimators._vqvae import VQVAE

__all__ = ["CVAE", "MODEL_CONSTRAINTS", "VQVAE"]

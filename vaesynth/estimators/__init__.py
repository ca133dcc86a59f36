"""Variational autoencoders with scikit-learn's interface."""

from vaesynth.estimators._base import MODEL_CONSTRAINTS
from vaesynth.estimators._cvae import CVAE
from vaesynth.estimators._defaults import choose_drawing_epochs, choose_n_candidates
from vaesynth.estimators._fitting import remember_features, resolve
from vaesynth.estimators._shared_fit import (
    SharedFit,
    TableFacts,
    next_draw_seed,
    warn_of_collapse,
)
from vaesynth.estimators._target import refuse_missing_labels
from vaesynth.estimators._vae import VAE, BetaVAE
from vaesynth.estimators._vqvae import VQVAE

__all__ = [
    "CVAE",
    "MODEL_CONSTRAINTS",
    "VAE",
    "VQVAE",
    "BetaVAE",
    "SharedFit",
    "TableFacts",
    "choose_drawing_epochs",
    "choose_n_candidates",
    "next_draw_seed",
    "refuse_missing_labels",
    "remember_features",
    "resolve",
    "warn_of_collapse",
]

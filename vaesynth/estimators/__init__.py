"""Variational autoencoders with scikit-learn's interface."""

from vaesynth.estimators._base import MODEL_CONSTRAINTS
from vaesynth.estimators._cvae import CVAE
from vaesynth.estimators._defaults import choose_drawing_epochs, choose_n_candidates
from vaesynth.estimators._fitting import remember_features, resolve
from vaesynth.estimators._row_codecs import ImageCodec, is_image_array
from vaesynth.estimators._target import refuse_missing_labels
from vaesynth.estimators._vae import VAE, BetaVAE
from vaesynth.estimators._vqvae import VQVAE

__all__ = [
    "CVAE",
    "MODEL_CONSTRAINTS",
    "VAE",
    "VQVAE",
    "BetaVAE",
    "ImageCodec",
    "choose_drawing_epochs",
    "choose_n_candidates",
    "is_image_array",
    "refuse_missing_labels",
    "remember_features",
    "resolve",
]

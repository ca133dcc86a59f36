"""Variational autoencoders with scikit-learn's interface."""

from vaesynth.estimators._base import MODEL_CONSTRAINTS, MakeCorruption
from vaesynth.estimators._chunks import map_chunks, move
from vaesynth.estimators._cvae import CVAE
from vaesynth.estimators._defaults import choose_drawing_epochs, choose_n_candidates
from vaesynth.estimators._fitting import remember_features, resolve
from vaesynth.estimators._row_codecs import is_image_array
from vaesynth.estimators._row_noise import draw_row_noise
from vaesynth.estimators._target import refuse_missing_labels
from vaesynth.estimators._vae import VAE, BetaVAE
from vaesynth.estimators._vqvae import VQVAE

__all__ = [
    "CVAE",
    "MODEL_CONSTRAINTS",
    "VAE",
    "VQVAE",
    "BetaVAE",
    "MakeCorruption",
    "choose_drawing_epochs",
    "choose_n_candidates",
    "draw_row_noise",
    "is_image_array",
    "map_chunks",
    "move",
    "refuse_missing_labels",
    "remember_features",
    "resolve",
]

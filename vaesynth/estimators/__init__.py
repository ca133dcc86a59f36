"""Variational autoencoders with scikit-learn's interface."""

from vaesynth.estimators._base import MODEL_CONSTRAINTS, MakeCorruption
from vaesynth.estimators._chunks import map_chunks, move
from vaesynth.estimators._cvae import CVAE
from vaesynth.estimators._defaults import (
    choose_drawing_epochs,
    choose_n_candidates,
    choose_patch_size,
)
from vaesynth.estimators._draw_units import draw_units
from vaesynth.estimators._fitting import next_draw_seed, remember_features, resolve
from vaesynth.estimators._row_codecs import ImageCodec, is_image_array
from vaesynth.estimators._row_estimator import check_count
from vaesynth.estimators._row_noise import draw_row_noise
from vaesynth.estimators._shared_fit import SharedFit, TableFacts, warn_of_collapse
from vaesynth.estimators._stream_estimator import CHUNK_ROWS, MAX_ROWS_IN_MEMORY
from vaesynth.estimators._target import refuse_missing_labels
from vaesynth.estimators._vae import VAE, BetaVAE
from vaesynth.estimators._vqvae import VQVAE

__all__ = [
    "CHUNK_ROWS",
    "CVAE",
    "MAX_ROWS_IN_MEMORY",
    "MODEL_CONSTRAINTS",
    "VAE",
    "VQVAE",
    "BetaVAE",
    "ImageCodec",
    "MakeCorruption",
    "SharedFit",
    "TableFacts",
    "check_count",
    "choose_drawing_epochs",
    "choose_n_candidates",
    "choose_patch_size",
    "draw_row_noise",
    "draw_units",
    "is_image_array",
    "map_chunks",
    "move",
    "next_draw_seed",
    "refuse_missing_labels",
    "remember_features",
    "resolve",
    "warn_of_collapse",
]

"""Variational autoencoders with scikit-learn's interface."""

from vaesynth.estimators._cvae import CVAE
from vaesynth.estimators._vae import VAE, BetaVAE
from vaesynth.estimators._vqvae import VQVAE

__all__ = ["CVAE", "VAE", "VQVAE", "BetaVAE"]

# What other rooms and saved files need, and users do not: a file names a class by its room.
from vaesynth.estimators._base import MakeCorruption as MakeCorruption
from vaesynth.estimators._checks import check_count as check_count
from vaesynth.estimators._checks import count_threads as count_threads
from vaesynth.estimators._checks import label_code as label_code
from vaesynth.estimators._checks import label_codes as label_codes
from vaesynth.estimators._checks import name_of_target as name_of_target
from vaesynth.estimators._checks import next_draw_seed as next_draw_seed
from vaesynth.estimators._checks import refuse_missing_labels as refuse_missing_labels
from vaesynth.estimators._checks import remember_features as remember_features
from vaesynth.estimators._checks import resolve as resolve
from vaesynth.estimators._clients import CLIENT_CONSTRAINTS as CLIENT_CONSTRAINTS
from vaesynth.estimators._clients import ClassRows as ClassRows
from vaesynth.estimators._clients import SharedFit as SharedFit
from vaesynth.estimators._clients import TableFacts as TableFacts
from vaesynth.estimators._clients import adapt_model as adapt_model
from vaesynth.estimators._defaults import choose_drawing_epochs as choose_drawing_epochs
from vaesynth.estimators._defaults import choose_n_candidates as choose_n_candidates
from vaesynth.estimators._defaults import choose_patch_size as choose_patch_size
from vaesynth.estimators._fit import Fit as Fit
from vaesynth.estimators._fit import Split as Split
from vaesynth.estimators._fit import hold_out as hold_out
from vaesynth.estimators._fit import hold_out_by_class as hold_out_by_class
from vaesynth.estimators._fit import warn_of_collapse as warn_of_collapse
from vaesynth.estimators._fit import warn_of_columns as warn_of_columns
from vaesynth.estimators._networks import DECODERS as DECODERS
from vaesynth.estimators._networks import GaussianSizes as GaussianSizes
from vaesynth.estimators._networks import QuantizedSizes as QuantizedSizes
from vaesynth.estimators._parameters import MODEL_CONSTRAINTS as MODEL_CONSTRAINTS
from vaesynth.estimators._row_codecs import ImageCodec as ImageCodec
from vaesynth.estimators._row_codecs import TableCodec as TableCodec
from vaesynth.estimators._row_codecs import is_image_array as is_image_array
from vaesynth.estimators._row_evaluation import draw_row_noise as draw_row_noise
from vaesynth.estimators._row_evaluation import exact_module as exact_module
from vaesynth.estimators._row_evaluation import exact_rows as exact_rows
from vaesynth.estimators._row_evaluation import map_chunks as map_chunks
from vaesynth.estimators._row_evaluation import move as move
from vaesynth.estimators._streams import CHUNK_ROWS as CHUNK_ROWS
from vaesynth.estimators._streams import MAX_ROWS_IN_MEMORY as MAX_ROWS_IN_MEMORY
from vaesynth.estimators._streams import draw_units as draw_units
from vaesynth.estimators._streams import read_stream as read_stream
from vaesynth.estimators._vae import fit_denoising as fit_denoising
from vaesynth.estimators._vae import read_known as read_known

"""Networks and output heads: tensors in, tensors out."""

from vaesynth.nn._autoregressive_head import AutoregressiveHead
from vaesynth.nn._code_networks import (
    ConvCodeDecoder,
    ConvCodeEncoder,
    DenseCodeDecoder,
    DenseCodeEncoder,
)
from vaesynth.nn._convolutions import PatchGrid, ResidualBlock, convolution
from vaesynth.nn._corruptions import (
    Corruption,
    GaussianCorruption,
    MaskingCorruption,
    SaltAndPepperCorruption,
)
from vaesynth.nn._earlier_sites import earlier_sites, raster_order
from vaesynth.nn._embedding_sum import sum_levels
from vaesynth.nn._heads import CategoricalHead, GaussianHead, RowHead
from vaesynth.nn._image_heads import BernoulliHead, DiscretizedLogisticHead, PixelGaussianHead
from vaesynth.nn._latent_networks import ConvDecoder, ConvEncoder, DenseDecoder, DenseEncoder
from vaesynth.nn._layers import ACTIVATIONS, MLP, ClassShift, RowEmbedding, embedding_weight, linear
from vaesynth.nn._level_mixture import UNIFORM_SHARE, LevelMixture, student_cdf
from vaesynth.nn._normal import (
    LOG_2PI,
    draw_normal,
    normal_kl_divergence,
    normal_log_prob,
    split_moments,
)
from vaesynth.nn._partial_rows import CellGroups, CellHead, flag_unseen, flagged_cardinalities
from vaesynth.nn._precision import full_precision, widen
from vaesynth.nn._quantizers import (
    FiniteScalarQuantizer,
    Quantizer,
    VectorQuantizer,
    code_perplexity,
    code_usage,
)
from vaesynth.nn._rows import Rows
from vaesynth.nn._spatial_networks import SpatialDecoder, SpatialEncoder

__all__ = [
    "ACTIVATIONS",
    "LOG_2PI",
    "MLP",
    "UNIFORM_SHARE",
    "AutoregressiveHead",
    "BernoulliHead",
    "CategoricalHead",
    "CellGroups",
    "CellHead",
    "ClassShift",
    "ConvCodeDecoder",
    "ConvCodeEncoder",
    "ConvDecoder",
    "ConvEncoder",
    "Corruption",
    "DenseCodeDecoder",
    "DenseCodeEncoder",
    "DenseDecoder",
    "DenseEncoder",
    "DiscretizedLogisticHead",
    "FiniteScalarQuantizer",
    "GaussianCorruption",
    "GaussianHead",
    "LevelMixture",
    "MaskingCorruption",
    "PatchGrid",
    "PixelGaussianHead",
    "Quantizer",
    "ResidualBlock",
    "RowEmbedding",
    "RowHead",
    "Rows",
    "SaltAndPepperCorruption",
    "SpatialDecoder",
    "SpatialEncoder",
    "VectorQuantizer",
    "code_perplexity",
    "code_usage",
    "convolution",
    "draw_normal",
    "earlier_sites",
    "embedding_weight",
    "flag_unseen",
    "flagged_cardinalities",
    "full_precision",
    "linear",
    "normal_kl_divergence",
    "normal_log_prob",
    "raster_order",
    "split_moments",
    "student_cdf",
    "sum_levels",
    "widen",
]

"""Networks and output heads: tensors in, tensors out."""

__all__: list[str] = []

# What other rooms need and users do not.
from vaesynth.nn._corruptions import Corruption as Corruption
from vaesynth.nn._corruptions import GaussianCorruption as GaussianCorruption
from vaesynth.nn._corruptions import MaskingCorruption as MaskingCorruption
from vaesynth.nn._corruptions import SaltAndPepperCorruption as SaltAndPepperCorruption
from vaesynth.nn._earlier_sites import earlier_sites as earlier_sites
from vaesynth.nn._earlier_sites import raster_order as raster_order
from vaesynth.nn._heads._autoregressive_head import AutoregressiveHead as AutoregressiveHead
from vaesynth.nn._heads._categorical_head import CategoricalHead as CategoricalHead
from vaesynth.nn._heads._image_heads import BernoulliHead as BernoulliHead
from vaesynth.nn._heads._image_heads import DiscretizedLogisticHead as DiscretizedLogisticHead
from vaesynth.nn._heads._image_heads import PixelGaussianHead as PixelGaussianHead
from vaesynth.nn._heads._level_mixture import UNIFORM_SHARE as UNIFORM_SHARE
from vaesynth.nn._heads._level_mixture import LevelMixture as LevelMixture
from vaesynth.nn._heads._level_mixture import student_cdf as student_cdf
from vaesynth.nn._heads._partial_rows import CellGroups as CellGroups
from vaesynth.nn._heads._partial_rows import CellHead as CellHead
from vaesynth.nn._heads._partial_rows import flag_unseen as flag_unseen
from vaesynth.nn._heads._partial_rows import flagged_cardinalities as flagged_cardinalities
from vaesynth.nn._heads._row_heads import GaussianHead as GaussianHead
from vaesynth.nn._heads._row_heads import RowHead as RowHead
from vaesynth.nn._heads._span import Span as Span
from vaesynth.nn._networks._convolutions import PatchGrid as PatchGrid
from vaesynth.nn._networks._convolutions import ResidualBlock as ResidualBlock
from vaesynth.nn._networks._convolutions import convolution as convolution
from vaesynth.nn._networks._dense_networks import DenseCodeDecoder as DenseCodeDecoder
from vaesynth.nn._networks._dense_networks import DenseCodeEncoder as DenseCodeEncoder
from vaesynth.nn._networks._dense_networks import DenseDecoder as DenseDecoder
from vaesynth.nn._networks._dense_networks import DenseEncoder as DenseEncoder
from vaesynth.nn._networks._image_networks import ConvCodeDecoder as ConvCodeDecoder
from vaesynth.nn._networks._image_networks import ConvCodeEncoder as ConvCodeEncoder
from vaesynth.nn._networks._image_networks import ConvDecoder as ConvDecoder
from vaesynth.nn._networks._image_networks import ConvEncoder as ConvEncoder
from vaesynth.nn._networks._image_networks import SpatialDecoder as SpatialDecoder
from vaesynth.nn._networks._image_networks import SpatialEncoder as SpatialEncoder
from vaesynth.nn._networks._layers import ACTIVATIONS as ACTIVATIONS
from vaesynth.nn._networks._layers import MLP as MLP
from vaesynth.nn._networks._layers import ClassShift as ClassShift
from vaesynth.nn._networks._layers import RowEmbedding as RowEmbedding
from vaesynth.nn._networks._layers import embedding_weight as embedding_weight
from vaesynth.nn._networks._layers import linear as linear
from vaesynth.nn._normal import LOG_2PI as LOG_2PI
from vaesynth.nn._normal import draw_normal as draw_normal
from vaesynth.nn._normal import full_precision as full_precision
from vaesynth.nn._normal import normal_kl_divergence as normal_kl_divergence
from vaesynth.nn._normal import normal_log_prob as normal_log_prob
from vaesynth.nn._normal import split_moments as split_moments
from vaesynth.nn._normal import widen as widen
from vaesynth.nn._quantizers import FiniteScalarQuantizer as FiniteScalarQuantizer
from vaesynth.nn._quantizers import Quantizer as Quantizer
from vaesynth.nn._quantizers import VectorQuantizer as VectorQuantizer
from vaesynth.nn._quantizers import code_perplexity as code_perplexity
from vaesynth.nn._quantizers import code_usage as code_usage
from vaesynth.nn._rows import Rows as Rows

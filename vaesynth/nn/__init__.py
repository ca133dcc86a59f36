"""Networks and output heads: tensors in, tensors out."""

from vaesynth.nn._code_networks import (
    ConvCodeDecoder,
    ConvCodeEncoder,
    DenseCodeDecoder,
    DenseCodeEncoder,
    PatchGrid,
    PixelGaussianHead,
)
from vaesynth.nn._heads import CategoricalHead, GaussianHead, RowHead
from vaesynth.nn._layers import MLP, RowEmbedding, embedding_weight, linear
from vaesynth.nn._quantizers import (
    FiniteScalarQuantizer,
    Quantizer,
    VectorQuantizer,
    code_perplexity,
    code_usage,
)
from vaesynth.nn._rows import Rows

__all__ = [
    "MLP",
    "CategoricalHead",
    "ConvCodeDecoder",
    "ConvCodeEncoder",
    "DenseCodeDecoder",
    "DenseCodeEncoder",
    "FiniteScalarQuantizer",
    "GaussianHead",
    "PatchGrid",
    "PixelGaussianHead",
    "Quantizer",
    "RowEmbedding",
    "RowHead",
    "Rows",
    "VectorQuantizer",
    "code_perplexity",
    "code_usage",
    "embedding_weight",
    "linear",
]

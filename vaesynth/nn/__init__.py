"""Networks and output heads: tensors in, tensors out."""

from vaesynth.nn._heads import CategoricalHead, GaussianHead, RowHead
from vaesynth.nn._layers import MLP, RowEmbedding, embedding_weight, linear
from vaesynth.nn._quantizers import FiniteScalarQuantizer, Quantizer, VectorQuantizer
from vaesynth.nn._rows import Rows

__all__ = [
    "MLP",
    "CategoricalHead",
    "FiniteScalarQuantizer",
    "GaussianHead",
    "Quantizer",
    "RowEmbedding",
    "RowHead",
    "Rows",
    "VectorQuantizer",
    "embedding_weight",
    "linear",
]

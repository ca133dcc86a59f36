"""Networks and output heads: tensors in, tensors out."""

from vaesynth.nn._heads import CategoricalHead, GaussianHead, RowHead
from vaesynth.nn._layers import MLP, RowEmbedding, embedding_weight, linear
from vaesynth.nn._rows import Rows

__all__ = [
    "MLP",
    "CategoricalHead",
    "GaussianHead",
    "RowEmbedding",
    "RowHead",
    "Rows",
    "embedding_weight",
    "linear",
]

"""Untrained networks for a table or for images: what their sizes are where ``"auto"`` leaves them open."""

from vaesynth.estimators._networks._gaussian import (
    DECODERS,
    GaussianSizes,
    choose_sizes,
)
from vaesynth.estimators._networks._quantized import QuantizedSizes

__all__ = ["DECODERS", "GaussianSizes", "QuantizedSizes", "choose_sizes"]

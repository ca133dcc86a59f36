"""Modules that join networks, heads and priors, and their objectives."""

from vaesynth.models._conditional_vae import ConditionalVAE
from vaesynth.models._quantized_vae import QuantizedVAE

__all__ = ["ConditionalVAE", "QuantizedVAE"]

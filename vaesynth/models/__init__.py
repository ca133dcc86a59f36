"""Modules that join networks, heads and priors, and their objectives."""

from vaesynth.models._conditional_vae import ConditionalRowVAE
from vaesynth.models._gaussian_vae import GaussianVAE
from vaesynth.models._latent_use import LatentUse, measure_latent_use
from vaesynth.models._likelihood_regret import likelihood_regret
from vaesynth.models._quantized_vae import QuantizedVAE

__all__ = [
    "ConditionalRowVAE",
    "GaussianVAE",
    "LatentUse",
    "QuantizedVAE",
    "likelihood_regret",
    "measure_latent_use",
]

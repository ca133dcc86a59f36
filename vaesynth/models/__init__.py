"""Modules that join networks, heads and priors, and their objectives."""

from vaesynth.models._conditional_vae import ConditionalRowVAE
from vaesynth.models._context_vae import ContextSizes, ContextVAE
from vaesynth.models._gaussian_vae import GaussianVAE
from vaesynth.models._latent_use import LatentUse, measure_latent_use
from vaesynth.models._likelihood_regret import likelihood_regret
from vaesynth.models._quantized_vae import QuantizedVAE
from vaesynth.models._rate_distortion_vae import CodeSizes, RateDistortionVAE
from vaesynth.models._sequence_prior import SequencePrior, sequence_inputs

__all__ = [
    "CodeSizes",
    "ConditionalRowVAE",
    "ContextSizes",
    "ContextVAE",
    "GaussianVAE",
    "LatentUse",
    "QuantizedVAE",
    "RateDistortionVAE",
    "SequencePrior",
    "likelihood_regret",
    "measure_latent_use",
    "sequence_inputs",
]

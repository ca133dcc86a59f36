"""Modules that join networks, heads and priors, and their objectives."""

__all__: list[str] = []

# What other rooms need and users do not.
from vaesynth.models._conditional_vae import ConditionalRowVAE as ConditionalRowVAE
from vaesynth.models._context_vae import ContextSizes as ContextSizes
from vaesynth.models._context_vae import ContextVAE as ContextVAE
from vaesynth.models._gaussian_vae import GaussianVAE as GaussianVAE
from vaesynth.models._latent_use import LatentUse as LatentUse
from vaesynth.models._latent_use import measure_latent_use as measure_latent_use
from vaesynth.models._quantized_vae import QuantizedVAE as QuantizedVAE
from vaesynth.models._quantized_vae import SequencePrior as SequencePrior
from vaesynth.models._quantized_vae import sequence_inputs as sequence_inputs
from vaesynth.models._rate_distortion_vae import CodeSizes as CodeSizes
from vaesynth.models._rate_distortion_vae import RateDistortionVAE as RateDistortionVAE

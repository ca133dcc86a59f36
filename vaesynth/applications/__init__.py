"""What variational autoencoders are for besides new rows: noise taken off, missing cells filled."""

from vaesynth.applications._vae_denoiser import VAEDenoiser
from vaesynth.applications._vae_imputer import VAEImputer

__all__ = ["VAEDenoiser", "VAEImputer"]

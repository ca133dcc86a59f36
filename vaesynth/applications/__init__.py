"""What variational autoencoders are for besides new rows: missing cells filled, noise taken off."""

from vaesynth.applications._vae_imputer import VAEImputer

__all__ = ["VAEImputer"]

"""Missing and noisy cells, filled in."""

from vaesynth.applications._filling._denoiser import VAEDenoiser
from vaesynth.applications._filling._imputer import VAEImputer

__all__ = ["VAEDenoiser", "VAEImputer"]

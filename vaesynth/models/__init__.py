"""Modules that join networks, heads and priors, and their objectives."""

from vaesynth.models._conditional_vae import ConditionalVAE

__all__ = ["ConditionalVAE"]

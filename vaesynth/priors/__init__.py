"""Distributions of latent points given the class."""

from vaesynth.priors._class_gaussian import ClassGaussian

__all__ = ["ClassGaussian"]

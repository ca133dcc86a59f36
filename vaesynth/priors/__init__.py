"""Distributions of latent points given the class."""

from vaesynth.priors._class_gaussian import ClassGaussian
from vaesynth.priors._code_prior import CodePrior

__all__ = ["ClassGaussian", "CodePrior"]

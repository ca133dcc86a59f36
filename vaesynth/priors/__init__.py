"""Distributions of latent points given the class."""

from vaesynth.priors._class_gaussian import ClassGaussian
from vaesynth.priors._code_prior import CodePrior
from vaesynth.priors._contract import LatentPrior
from vaesynth.priors._standard_normal import StandardNormal

__all__ = ["ClassGaussian", "CodePrior", "LatentPrior", "StandardNormal"]

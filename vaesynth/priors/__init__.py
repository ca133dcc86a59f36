"""Distributions of latent points given the class."""

from vaesynth.priors._class_gaussian import ClassGaussian
from vaesynth.priors._code_prior import CodePrior
from vaesynth.priors._contract import LatentPrior
from vaesynth.priors._flow import FlowPrior
from vaesynth.priors._gaussian_mixture import GaussianMixturePrior
from vaesynth.priors._standard_normal import StandardNormal
from vaesynth.priors._vamp import VampPrior

__all__ = [
    "ClassGaussian",
    "CodePrior",
    "FlowPrior",
    "GaussianMixturePrior",
    "LatentPrior",
    "StandardNormal",
    "VampPrior",
]

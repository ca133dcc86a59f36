"""Distributions of latent points given the class."""

__all__: list[str] = []

# What other rooms need and users do not.
from vaesynth.priors._code_prior import CodePrior as CodePrior
from vaesynth.priors._contract import LatentPrior as LatentPrior
from vaesynth.priors._flow import FlowPrior as FlowPrior
from vaesynth.priors._gaussian_mixture import GaussianMixturePrior as GaussianMixturePrior
from vaesynth.priors._gaussians import ClassGaussian as ClassGaussian
from vaesynth.priors._gaussians import StandardNormal as StandardNormal
from vaesynth.priors._named_priors import PRIORS as PRIORS
from vaesynth.priors._named_priors import PriorFacts as PriorFacts
from vaesynth.priors._vamp import VampPrior as VampPrior

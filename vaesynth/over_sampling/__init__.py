"""Over-samplers with imbalanced-learn's interface."""

from vaesynth.over_sampling._copies import CopyReport
from vaesynth.over_sampling._cvae_sampler import CVAESampler

__all__ = ["CVAESampler", "CopyReport"]

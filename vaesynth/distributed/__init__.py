"""Fits and draws on a Ray cluster, or on the local Ray of one machine."""

from vaesynth.distributed._fit import fit_on_ray
from vaesynth.distributed._sample import sample_on_ray

__all__ = ["fit_on_ray", "sample_on_ray"]

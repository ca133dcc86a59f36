"""Measures of generated rows and of latents: arrays in, floats out."""

from vaesynth.metrics._disentanglement import DCI, dci_disentanglement, mutual_information_gap
from vaesynth.metrics._frechet import frechet_distance

__all__ = ["DCI", "dci_disentanglement", "frechet_distance", "mutual_information_gap"]

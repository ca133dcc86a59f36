"""Rows by design, in the latent space of a model."""

from vaesynth.applications._design._latent_designer import LatentDesigner
from vaesynth.applications._design._results import Counterfactuals, DesignResult

__all__ = ["Counterfactuals", "DesignResult", "LatentDesigner"]

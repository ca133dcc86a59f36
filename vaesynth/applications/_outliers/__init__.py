"""Rows that are not like the learned ones."""

from vaesynth.applications._outliers._detector import VAEOutlierDetector

__all__ = ["VAEOutlierDetector"]

"""Classifiers that resample, and whether that helped."""

from vaesynth.model_selection._resampled_classifier import ResampledClassifier

__all__ = ["ResampledClassifier"]

"""Pictures of models, in the manner of scikit-learn's displays; they need the extra ``plot``."""

from vaesynth.plotting._generated_images import GeneratedImagesDisplay, ReconstructionDisplay
from vaesynth.plotting._latent_map import LatentMapDisplay
from vaesynth.plotting._latent_traversal import LatentTraversalDisplay
from vaesynth.plotting._loss_curve import LossCurveDisplay
from vaesynth.plotting._resampler_comparison import ResamplerComparisonDisplay

__all__ = [
    "GeneratedImagesDisplay",
    "LatentMapDisplay",
    "LatentTraversalDisplay",
    "LossCurveDisplay",
    "ReconstructionDisplay",
    "ResamplerComparisonDisplay",
]

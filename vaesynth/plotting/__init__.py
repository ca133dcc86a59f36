"""Pictures of models and of tables, in the manner of scikit-learn's displays; they need the extra ``plot``."""

from vaesynth.plotting._classifiers._calibration_curves import CalibrationCurvesDisplay
from vaesynth.plotting._classifiers._resampler_comparison import ResamplerComparisonDisplay
from vaesynth.plotting._images._denoised_images import DenoisedImagesDisplay
from vaesynth.plotting._images._generated_images import (
    GeneratedImagesDisplay,
    ReconstructionDisplay,
)
from vaesynth.plotting._images._latent_traversal import LatentTraversalDisplay
from vaesynth.plotting._models._latent_map import LatentMapDisplay
from vaesynth.plotting._models._loss_curve import LossCurveDisplay
from vaesynth.plotting._models._outlier_scores import ContributionsDisplay, OutlierScoresDisplay
from vaesynth.plotting._models._rate_distortion import RateDistortionDisplay
from vaesynth.plotting._tables._column_distributions import ColumnDistributionsDisplay
from vaesynth.plotting._tables._pair_differences import PairDifferencesDisplay
from vaesynth.plotting._tables._row_changes import RowChangesDisplay
from vaesynth.plotting._tables._row_path import RowPathDisplay

__all__ = [
    "CalibrationCurvesDisplay",
    "ColumnDistributionsDisplay",
    "ContributionsDisplay",
    "DenoisedImagesDisplay",
    "GeneratedImagesDisplay",
    "LatentMapDisplay",
    "LatentTraversalDisplay",
    "LossCurveDisplay",
    "OutlierScoresDisplay",
    "PairDifferencesDisplay",
    "RateDistortionDisplay",
    "ReconstructionDisplay",
    "ResamplerComparisonDisplay",
    "RowChangesDisplay",
    "RowPathDisplay",
]

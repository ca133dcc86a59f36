"""Pictures of models and of tables, in the manner of scikit-learn's displays; they need the extra ``plot``."""

from vaesynth.plotting._calibration_curves import CalibrationCurvesDisplay
from vaesynth.plotting._image_grids import (
    DenoisedImagesDisplay,
    GeneratedImagesDisplay,
    ReconstructionDisplay,
)
from vaesynth.plotting._latent_map import LatentMapDisplay
from vaesynth.plotting._latent_traversal import LatentTraversalDisplay
from vaesynth.plotting._model_curves import LossCurveDisplay, RateDistortionDisplay
from vaesynth.plotting._outlier_scores import ContributionsDisplay, OutlierScoresDisplay
from vaesynth.plotting._real_and_synthetic import ColumnDistributionsDisplay, PairDifferencesDisplay
from vaesynth.plotting._resampler_comparison import ResamplerComparisonDisplay
from vaesynth.plotting._row_changes import RowChangesDisplay
from vaesynth.plotting._row_path import RowPathDisplay

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

"""Classifiers and regressors that resample, and whether that helped."""

from vaesynth.model_selection._choose._resampled_classifier_cv import ResampledClassifierCV
from vaesynth.model_selection._compare._compare_resamplers import compare_resamplers
from vaesynth.model_selection._compare._comparison import ResamplerComparison
from vaesynth.model_selection._resampled_classifier import ResampledClassifier
from vaesynth.model_selection._resampled_regressor import ResampledRegressor

__all__ = [
    "ResampledClassifier",
    "ResampledClassifierCV",
    "ResampledRegressor",
    "ResamplerComparison",
    "compare_resamplers",
]

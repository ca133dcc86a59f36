"""scikit-learn's own checks on VAEOutlierDetector; none is expected to fail."""

import pytest
from sklearn.utils.estimator_checks import parametrize_with_checks

from vaesynth import VAE
from vaesynth.applications import VAEOutlierDetector

# The checks fit two epochs on a few random rows: nothing to learn, and too few to hold out.
pytestmark = [
    pytest.mark.filterwarnings("ignore::vaesynth.PosteriorCollapseWarning"),
    pytest.mark.filterwarnings("ignore:at a false alarm rate:UserWarning"),
]


def make_detectors():
    small = VAE(numeric_encoding="standardize", hidden_layer_sizes=(8,), max_iter=2, random_state=0)
    names = ("density", "bound", "neighbors", "reconstruction", "regret")
    return [
        VAEOutlierDetector(model=small, method=method, n_importance_samples=2, random_state=0)
        for method in names
    ]


@parametrize_with_checks(make_detectors())
def test_scikit_learns_checks(estimator, check):
    check(estimator)

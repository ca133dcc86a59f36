"""What is refused leaves a fitted estimator as it was."""

import sys

import numpy as np
import pytest
from sklearn.datasets import load_iris

from vaesynth import VAE, VQVAE

FAST = {"max_iter": 5, "hidden_layer_sizes": (8,), "random_state": 0}


@pytest.mark.filterwarnings("ignore::vaesynth.PosteriorCollapseWarning")
@pytest.mark.parametrize("estimator", [VAE(**FAST), VQVAE(n_codes=4, **FAST)], ids=["vae", "vq"])
@pytest.mark.parametrize(
    ("parameters", "X"),
    [
        ({}, np.full((5, 4, 4), np.nan)),
        ({}, [["a"], [1j]]),
        ({"hidden_layer_sizes": (8, 0)}, np.zeros((9, 2))),
        ({"device": "no such device"}, np.zeros((9, 2))),
    ],
    ids=["images", "table", "parameter", "device"],
)
def test_a_refused_fit_changes_nothing(estimator, parameters, X):
    iris = load_iris(as_frame=True).data
    estimator = type(estimator)(**estimator.get_params()).fit(iris)
    encoded = estimator.transform(iris)
    before = dict(vars(estimator))
    with pytest.raises((ValueError, TypeError, RuntimeError)):
        estimator.set_params(**parameters).fit(X)
    estimator.set_params(**{name: before[name] for name in parameters})
    np.testing.assert_array_equal(estimator.transform(iris), encoded)
    assert estimator.n_features_in_ == 4
    assert list(estimator.feature_names_in_) == list(iris.columns)


@pytest.mark.filterwarnings("ignore::vaesynth.PosteriorCollapseWarning")
def test_a_prior_that_lacks_its_library_is_refused_before_training(monkeypatch):
    model = VAE(**FAST).fit(load_iris().data)
    module = model.module_
    monkeypatch.setitem(sys.modules, "zuko", None)
    with pytest.raises(ImportError, match=r"vaesynth\[flow\]"):
        model.set_params(prior="flow").fit(np.zeros((9, 2)))
    assert model.module_ is module

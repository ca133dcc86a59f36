"""More rows from a fitted sampler or model: which classes they have, and that the labels come along."""

import inspect

import numpy as np
import pandas as pd
import pytest
from sklearn.datasets import load_iris
from sklearn.exceptions import NotFittedError

from vaesynth import CVAE, CVAESampler

QUICK = {"max_iter": 60, "hidden_layer_sizes": (16,)}


@pytest.fixture(scope="module")
def iris():
    X, y = load_iris(return_X_y=True, as_frame=True)
    y = y.map({0: "setosa", 1: "versicolor", 2: "virginica"}).rename("species")
    return X[:110], y[:110]


@pytest.fixture(scope="module", params=["sampler", "model"])
def fitted(request, iris):
    if request.param == "model":
        return CVAE(random_state=0).fit(*iris)
    sampler = CVAESampler(model=CVAE(**QUICK), random_state=0)
    sampler.fit_resample(*iris)
    return sampler


def nearest_class(X, real, y):
    """Return the class of the nearest class mean of each row."""
    means = real.groupby(y).mean()
    apart = ((X.to_numpy()[:, None] - means.to_numpy()) ** 2).sum(axis=2)
    return means.index.to_numpy()[apart.argmin(axis=1)]


def test_both_have_one_signature():
    of_sampler, of_model = (inspect.signature(cls.sample).parameters for cls in (CVAESampler, CVAE))
    # Cells can be given, and rules for one draw, where no real row is started from.
    further = {"given", "constraints"}
    assert dict(of_sampler) == {
        name: parameter for name, parameter in of_model.items() if name not in further
    }


def test_labels_come_along_in_their_type(fitted, iris):
    X, y = fitted.sample(200, random_state=0, return_y=True)
    assert set(y) <= set(iris[1])
    assert isinstance(X, pd.DataFrame)
    assert y.shape == (200,)
    assert (nearest_class(X, *iris) == y).mean() > 0.9


def test_without_a_class_the_shares_are_those_of_the_real_rows(fitted, iris):
    _, y = fitted.sample(2_000, random_state=1, return_y=True)
    shares = pd.Series(y).value_counts(normalize=True)
    expected = iris[1].value_counts(normalize=True)
    # Five standard deviations of a share among 2,000 draws.
    for label in expected.index:
        spread = 5 * np.sqrt(expected[label] * (1 - expected[label]) / 2_000)
        assert abs(shares.get(label, 0) - expected[label]) < spread


def test_one_label_or_one_for_each(fitted, iris):
    X, y = fitted.sample(5, "setosa", random_state=0, return_y=True)
    assert y.tolist() == ["setosa"] * 5
    pd.testing.assert_frame_equal(X, fitted.sample(5, y="setosa", random_state=0))
    wanted = np.array(["virginica", "setosa"] * 20)
    X, y = fitted.sample(40, wanted, random_state=0, return_y=True)
    np.testing.assert_array_equal(y, wanted)
    assert (nearest_class(X, *iris) == wanted).mean() > 0.9


def test_the_seed_decides(fitted):
    one, same, other = (fitted.sample(20, random_state=seed) for seed in (1, 1, 2))
    pd.testing.assert_frame_equal(one, same)
    assert not one.equals(other)


def test_what_cannot_be_drawn_is_refused(fitted):
    with pytest.raises(ValueError, match=r"one of the fitted classes .* got 'rose'"):
        fitted.sample(2, "rose")
    with pytest.raises(ValueError, match=r"of the fitted classes .* got \['rose'\]"):
        fitted.sample(2, ["rose", "setosa"])
    with pytest.raises(ValueError, match=r"`y` must have shape \(3,\), got \(2,\)"):
        fitted.sample(3, ["setosa", "setosa"])
    with pytest.raises(ValueError, match="`n_samples` must be an integer of at least 1, got 0"):
        fitted.sample(0)


def test_a_sampler_that_has_only_checked_says_what_to_call(iris):
    sampler = CVAESampler().fit(*iris)
    with pytest.raises(NotFittedError, match="call `fit_resample` or `fit_stream` first"):
        sampler.sample(3)


def test_the_name_of_the_target_is_kept(fitted):
    assert fitted.target_name_ == "species"

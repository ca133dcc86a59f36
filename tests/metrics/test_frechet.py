"""The Fréchet distance against scipy's matrix root and the closed form for independent features."""

import numpy as np
import pytest
from scipy.linalg import sqrtm

from vaesynth.metrics import frechet_distance


def make(n_rows, n_features, seed):
    rng = np.random.default_rng(seed)
    return rng.normal(size=(n_rows, n_features)) @ rng.normal(size=(n_features, n_features)) + seed


def test_it_is_the_formula_with_scipys_root():
    a, b = make(50, 6, 1), make(80, 6, 2)
    first, second = np.cov(a.T), np.cov(b.T)
    root = sqrtm(first @ second).real
    expected = np.sum((a.mean(0) - b.mean(0)) ** 2) + np.trace(first + second - 2 * root)
    assert frechet_distance(a, b) == pytest.approx(expected)
    assert frechet_distance(b, a) == pytest.approx(expected)


def test_of_one_feature_it_is_that_of_means_and_deviations():
    a, b = make(50, 1, 1), make(80, 1, 2)
    expected = (a.mean() - b.mean()) ** 2 + (a.std(ddof=1) - b.std(ddof=1)) ** 2
    assert frechet_distance(a, b) == pytest.approx(expected)


def test_it_is_zero_for_equal_samples_with_features_that_depend_on_each_other():
    a = make(30, 3, 0)
    assert frechet_distance(np.hstack([a, a]), np.hstack([a, a])) == pytest.approx(0, abs=1e-5)


def test_bad_input_is_refused():
    with pytest.raises(ValueError, match="same features, got 3 and 2"):
        frechet_distance(make(9, 3, 0), make(9, 2, 0))
    with pytest.raises(ValueError, match="minimum of 2 is required"):
        frechet_distance(make(1, 3, 0), make(9, 3, 0))

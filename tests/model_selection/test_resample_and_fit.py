"""The prior correction is Bayes' rule."""

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy.stats import norm

from vaesynth.model_selection._resample_and_fit import class_shares, correct_log_probabilities

X = np.linspace(-3, 4, 25)
LIKELIHOODS = np.column_stack([norm.pdf(X, centre) for centre in (0, 1, 2.5)])


def posterior(shares):
    joint = LIKELIHOODS * shares
    return joint / joint.sum(axis=1, keepdims=True)


@pytest.mark.parametrize("before", [(0.9, 0.08, 0.02), (0.2, 0.3, 0.5)])
def test_exact_posteriors_of_one_prior_become_those_of_another(before):
    after = np.array([1, 1, 1]) / 3
    moved = correct_log_probabilities(posterior(after), np.log(np.array(before) / after))
    assert_allclose(np.exp(moved), posterior(np.array(before)), rtol=1e-12)


def test_certainty_stays_certain():
    moved = correct_log_probabilities(np.array([[0.0, 1.0]]), np.log([1.8, 0.2]))
    assert moved.tolist() == [[-np.inf, 0.0]]


def test_shares_count_weights():
    classes = np.array(["a", "b", "c"])
    assert_allclose(class_shares(["b", "a", "b", "b"], classes), [0.25, 0.75, 0])
    assert_allclose(class_shares(["b", "a"], classes, [1.0, 3.0]), [0.75, 0.25, 0])

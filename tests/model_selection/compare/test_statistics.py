"""The interval is Student's, with the variance that Nadeau and Bengio correct."""

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy import stats

from vaesynth.model_selection._compare._statistics import corrected_interval, holm

GAINS = np.random.default_rng(0).normal(0.1, 0.2, 12)


def test_without_shared_rows_it_is_the_t_test():
    found = corrected_interval(GAINS, 0.0, 0.9)
    expected = stats.ttest_1samp(GAINS, 0)
    assert_allclose(found.difference, GAINS.mean())
    assert_allclose(found.p_value, expected.pvalue)
    assert_allclose(found[1:3], tuple(expected.confidence_interval(0.9)))


def test_shared_rows_widen_it_by_the_stated_factor():
    plain, corrected = corrected_interval(GAINS, 0, 0.95), corrected_interval(GAINS, 0.25, 0.95)
    widths = [found.upper - found.lower for found in (plain, corrected)]
    assert_allclose(widths[1] / widths[0], np.sqrt((1 / 12 + 0.25) / (1 / 12)))


def test_folds_without_a_value_are_left_out():
    with_holes = np.append(GAINS, [np.nan, np.nan])
    assert corrected_interval(with_holes, 0.25, 0.95) == corrected_interval(GAINS, 0.25, 0.95)


@pytest.mark.parametrize(("gains", "p_value"), [([0.0, 0.0], 1.0), ([0.1, 0.1], 0.0)])
def test_equal_folds(gains, p_value):
    assert corrected_interval(np.array(gains), 0.25, 0.95) == (
        gains[0],
        gains[0],
        gains[0],
        p_value,
    )


def test_one_fold_has_no_interval():
    found = corrected_interval(np.array([0.3]), 0.25, 0.95)
    assert found.difference == 0.3
    assert np.isnan(found[1:]).all()
    assert np.isnan(corrected_interval(np.array([np.nan]), 0.25, 0.95)).all()


def test_holm_by_hand():
    assert_allclose(holm([0.01, 0.04, 0.03]), [0.03, 0.06, 0.06])
    assert holm([np.nan, 0.2]) == [1.0, 0.4]
    assert holm([]) == []

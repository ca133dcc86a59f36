import numpy as np
import pytest
from scipy import stats

from vaesynth.applications._outliers._conformal import conformal_p_values, threshold_at_rate


def test_p_values_are_uniform_on_their_steps():
    # Of exchangeable scores without ties the rank of the last is uniform: exact whatever their distribution.
    rng = np.random.default_rng(0)
    drawn = rng.standard_cauchy((20_000, 10))
    p = np.array([conformal_p_values(row[:9], row[9:])[0] for row in drawn])
    counts = np.bincount(np.rint(p * 10).astype(int), minlength=11)[1:]
    assert stats.chisquare(counts).pvalue > 0.001


def test_p_values_of_ties_are_super_uniform():
    rng = np.random.default_rng(0)
    drawn = rng.integers(0, 3, (20_000, 20)).astype(float)
    p = np.array([conformal_p_values(row[:19], row[19:])[0] for row in drawn])
    for rate in (0.05, 0.2, 0.5):
        assert (p <= rate + 1e-12).mean() <= rate + 3 * (rate * (1 - rate) / len(p)) ** 0.5


@pytest.mark.filterwarnings("ignore:at a false alarm rate:UserWarning")
@pytest.mark.parametrize("rate", [0.01, 0.05, 0.1, 0.3, 0.99])
@pytest.mark.parametrize("n_held_out", [3, 9, 19, 100])
def test_the_threshold_is_where_p_values_pass_the_rate(rate, n_held_out):
    rng = np.random.default_rng(n_held_out)
    held_out = rng.integers(0, 30, n_held_out).astype(float)
    scores = rng.integers(-1, 31, 200).astype(float)
    below = scores < threshold_at_rate(held_out, rate)
    assert (below == (conformal_p_values(held_out, scores) <= rate + 1e-12)).all()

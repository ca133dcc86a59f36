import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from scipy import stats

from vaesynth.tabular import TableEncoder
from vaesynth.tabular._cells._binning import BinnedColumn


def bin_column(numbers, n_bins=50):
    encoder = TableEncoder(categorical_features=[])
    table = encoder.fit_transform(np.asarray(numbers, dtype=float)[:, None])
    spec = encoder.schema_.columns[0]
    return table.numbers[:, 0], spec, BinnedColumn.of(table.numbers[:, 0], spec, n_bins)


@given(
    st.lists(st.floats(allow_infinity=False), min_size=1, max_size=60),
    st.integers(2, 9),
)
@example(
    [*range(18), 4.39225629151265e303, 4.3922562915126504e303, *[-1.7976492122994007e308] * 2], 2
)
def test_draws_fall_in_their_bin(numbers, n_bins):
    column, _, bins = bin_column(numbers, n_bins)
    codes = bins.to_codes(column)
    assert len(bins.edges) + 1 <= n_bins + 1
    rng = np.random.default_rng(0)
    for _ in range(5):
        drawn = bins.to_column(None, codes, rng)
        np.testing.assert_array_equal(np.isnan(drawn), np.isnan(column))
        np.testing.assert_array_equal(bins.to_codes(drawn), codes)


def test_few_values_have_a_bin_each():
    column, _, bins = bin_column([3, 3, 1, 7, 7, 7])
    assert bins.cardinality == 3
    drawn = bins.to_column(None, bins.to_codes(column), np.random.default_rng(0))
    np.testing.assert_array_equal(drawn, column)
    np.testing.assert_array_equal(bins.log_abs_det(column), 0)


def test_bins_hold_like_shares():
    column, _, bins = bin_column(np.random.default_rng(0).lognormal(0, 2, 5000), 20)
    shares = np.bincount(bins.to_codes(column)) / len(column)
    assert len(shares) == 20
    assert abs(shares - 0.05).max() < 0.002


def test_spikes_have_a_bin_of_their_own():
    rng = np.random.default_rng(0)
    numbers = np.where(rng.random(1000) < 0.3, 0.0, rng.normal(size=1000))
    column, _, bins = bin_column(numbers, 10)
    assert bins.cardinality <= 10
    (spike,) = np.unique(bins.to_codes(np.array([0.0])))
    assert (column[bins.to_codes(column) == spike] == 0).all()
    drawn = bins.to_column(None, bins.to_codes(column), rng)
    np.testing.assert_array_equal(drawn == 0, column == 0)


def test_missing_is_the_last_level():
    column, _, bins = bin_column([1.5, np.nan, 2.5, 3.5])
    assert bins.to_codes(column).tolist() == [0, 3, 1, 2]


@pytest.mark.parametrize("lattice", [False, True])
def test_draws_follow_the_distribution_and_copy_nothing(lattice):
    rng = np.random.default_rng(0)
    numbers = rng.gamma(2, 100, 4000)
    column, _, bins = bin_column(numbers.round() if lattice else numbers, 20)
    drawn = bins.to_column(None, bins.to_codes(column), rng)
    assert stats.ks_2samp(drawn, column).pvalue > 0.01
    assert not np.isin(drawn, column).any()
    if lattice:
        assert stats.ks_2samp(drawn.round(), column).statistic < 0.02


@pytest.mark.parametrize("decimals", [0, 12])
def test_densities_integrate_to_one_in_every_bin(decimals):
    numbers = np.random.default_rng(0).normal(0, 200, 3000).round(decimals)
    _, _, bins = bin_column(numbers, 7)
    for knots in bins.knots:
        grid = np.linspace(knots[0], knots[-1], 20_001)
        middle = (grid[1:] + grid[:-1]) / 2
        mass = (np.exp(bins.log_abs_det(middle)) * np.diff(grid)).sum()
        assert mass == pytest.approx(1, abs=1e-3)

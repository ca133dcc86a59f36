from dataclasses import replace

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from vaesynth.tabular import ColumnSpec, GaussianizingMap, StandardizedColumn, StandardMap
from vaesynth.tabular._cells._standardizing import find_spikes

ANY = st.floats(allow_nan=False, allow_infinity=False)


def spec_of(column):
    present = column[~np.isnan(column)]
    return ColumnSpec(
        "a", 0, "number", len(np.unique(present)), len(present) < len(column), np.median(present),
        present.min(), present.max(),
    )  # fmt: skip


@pytest.mark.parametrize("asinh", [False, True])
@given(st.lists(ANY, min_size=2, max_size=30, unique=True))
@example([0.0, 1.0, 4.864717522240064e299, 0.5, 0.25, 0.125, 0.0625])
@example(
    [0.0, 1.0, 1.5073665609648166e-180, 3.5483765491286303e-293, 4.3625807586784115e-295]
    + [1.8898893749281437e-300, -5.586980968811521e119]
)
@example([0.0, 1e-300, 2e-300, 3e-300, 4e-300, -1.7e308, 1.7e308])
def test_any_numbers_come_back(asinh, numbers):
    numbers = np.array(numbers)
    standard = StandardMap.of(numbers, asinh=asinh)
    values = standard.to_values(numbers)
    assert np.isfinite(values.astype(np.float32)).all()
    back = np.clip(standard.to_numbers(values), numbers.min(), numbers.max())  # as conform does
    halves = np.abs(numbers / 2 - standard.center / 2) + abs(standard.center / 2)
    bound = 1e-11 * (halves + standard.scale / 2)
    assert (np.abs(back / 2 - numbers / 2) <= bound).all()


def test_the_slope_is_that_of_asinh_however_far_out():
    numbers = np.concatenate([np.linspace(-1, 1, 99), [1e200, -1e290, 1.7e308]]) * 1e-20
    standard = StandardMap.of(numbers, asinh=True)
    standard = replace(standard, scale=1e-30)
    slopes = -np.log(np.hypot(standard.scale, numbers - standard.center) * standard.tail_std)
    np.testing.assert_allclose(standard.log_derivative(numbers), slopes, rtol=1e-12)


def test_values_have_mean_0_and_deviation_1():
    numbers = np.random.default_rng(0).normal(5e9, 3, 1000)
    values = StandardMap.of(numbers).to_values(numbers)
    assert values.mean() == pytest.approx(0, abs=1e-6)
    assert values.std() == pytest.approx(1)


def test_asinh_draws_heavy_tails_in():
    heavy = np.random.default_rng(0).lognormal(0, 2, 2000)
    values = StandardMap.of(heavy, asinh=True).to_values(heavy)
    assert values.std() == pytest.approx(1)
    assert values.max() < StandardMap.of(heavy).to_values(heavy).max() / 2


def test_extreme_values_give_no_warning_and_no_nan():
    heavy = np.random.default_rng(0).lognormal(0, 2, 2000) * 1e300
    maps = StandardMap.of(heavy), StandardMap.of(heavy, asinh=True), GaussianizingMap.of(heavy)
    for to_values in maps:
        assert not np.isnan(to_values.to_numbers(np.array([-1e30, 1e30]))).any()


@pytest.mark.parametrize("encoding", ["gaussianize", "standardize", "asinh"])
def test_states_tell_missing_and_spikes(encoding):
    rng = np.random.default_rng(0)
    numbers = np.concatenate([rng.normal(size=50), np.zeros(20), np.full(15, 9.0), [np.nan] * 9])
    column = StandardizedColumn.of(numbers, spec_of(numbers), encoding)
    codes, values = column.to_codes(numbers), column.to_values(numbers)
    assert np.bincount(codes).tolist() == [50, 9, 20, 15]
    np.testing.assert_array_equal(np.isnan(values), codes > 0)
    assert values[:50].std() == pytest.approx(1)  # the spikes do not count
    junk = np.where(codes > 0, 7.0, values)  # a network gives a value to every row
    back = column.to_column(junk, codes, rng)
    np.testing.assert_allclose(back, numbers, atol=1e-12)
    np.testing.assert_array_equal(back[codes > 0], numbers[codes > 0])
    np.testing.assert_array_equal(column.log_abs_det(numbers)[codes > 0], 0)


@pytest.mark.parametrize(
    ("numbers", "spikes"),
    [
        (np.r_[np.arange(90.0), np.zeros(9)], [0]),
        (np.r_[np.arange(90.0), np.zeros(8)], []),
        (np.r_[np.arange(15.0), np.zeros(50)], []),
        (np.r_[np.arange(25.0), np.zeros(3)], []),
        (np.r_[np.arange(50.0), np.zeros(10), np.full(30, -1.0)], [-1, 0]),
        (np.r_[np.arange(200.0), np.full(5, -9999), np.full(6, 1e300)], [-9999, 1e300]),
        (np.r_[np.arange(200.0), np.full(4, -9999.0)], []),  # too few
        (np.r_[np.arange(200.0), np.full(5, -150.0)], []),  # not far
        (np.r_[np.arange(200.0), -1000.0 - np.arange(9)], []),  # not repeated
        (np.r_[np.arange(200.0), np.full(5, -1.7e308), np.full(5, 1.7e308)], [-1.7e308, 1.7e308]),
    ],
)
def test_spikes(numbers, spikes):
    assert find_spikes(numbers, spec_of(numbers)).tolist() == spikes

"""The map of numbers to nearly normal values: monotone, invertible, and not spoiled by far numbers."""

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from scipy import stats

from vaesynth.tabular import GaussianizingMap

ANY = st.floats(allow_nan=False, allow_infinity=False)


def map_numbers(numbers):
    to_normal = GaussianizingMap.of(numbers)
    return to_normal, to_normal.to_values(numbers)


@given(st.lists(ANY, min_size=1, max_size=30))
@example([1.0, 2.0, 1.7e308])
@example([-1.7e308, 1.7e308])
@example([0.0])
@example([5e-324, 0.0])
@example([0.0, 0.0, 1.0, 1.3326319149695792e308])
@example([0.0] * 4 + [1.3970956733406198e48, 1.0, -1.0336900169463904e16, -2.068355078858126e43])
def test_any_numbers_come_back_in_order(numbers):
    numbers = np.sort(numbers)
    to_normal, values = map_numbers(numbers)
    assert np.isfinite(values.astype(np.float32)).all()
    assert (np.diff(values) >= 0).all()
    back = np.clip(to_normal.to_numbers(values), numbers[0], numbers[-1])  # as conform does
    # Between knots digits count from the larger knot on.
    scale = np.abs(numbers).max()
    np.testing.assert_allclose(back / scale if scale else back, numbers / (scale or 1), atol=1e-9)


@pytest.mark.parametrize("sd", [1e-9, 1, 1e9])
def test_normal_numbers_are_standardised(sd):
    numbers = np.random.default_rng(0).normal(5, sd, 3000)
    _, values = map_numbers(numbers)
    assert values.mean() == pytest.approx(0, abs=1e-9)
    assert values.std() == pytest.approx(1)
    standard = (numbers - numbers.mean()) / numbers.std()
    bulk = np.abs(standard) < 2
    np.testing.assert_allclose(values[bulk], standard[bulk], atol=0.1)


@pytest.mark.parametrize(
    "draw",
    [
        lambda rng, n: rng.lognormal(0, 2, n),
        lambda rng, n: rng.pareto(1.2, n),
        lambda rng, n: rng.standard_cauchy(n),
        lambda rng, n: rng.uniform(size=n),
        lambda rng, n: rng.exponential(size=n),
    ],
)
def test_any_shape_comes_near_the_normal(draw):
    _, values = map_numbers(draw(np.random.default_rng(0), 5000))
    assert stats.kstest(values, "norm").statistic < 0.2
    assert np.abs(values).max() < 10


@pytest.mark.parametrize("far", [[1e6], [-1e9, 1e6], [1e30], [-1e300, 1e200]])
def test_far_numbers_leave_the_others_alone(far):
    numbers = np.random.default_rng(0).normal(size=2000)
    _, alone = map_numbers(numbers)
    _, beside = map_numbers(np.append(numbers, far))
    assert np.corrcoef(beside[:2000], alone)[0, 1] > 0.99
    # Standardised numbers would come out with a deviation of less than 1e-3.
    assert beside[:2000].std() > 0.4
    assert np.abs(beside).max() < 60


def test_the_slope_is_that_of_the_values():
    numbers = np.random.default_rng(0).lognormal(3, 2, 400)
    to_normal, _ = map_numbers(numbers)
    # Away from the knots, where the slope jumps.
    at = np.ldexp((to_normal.numbers[1:] + to_normal.numbers[:-1]) / 2, to_normal.exponent)
    step = 1e-6 * at
    slopes = (to_normal.to_values(at + step) - to_normal.to_values(at - step)) / (2 * step)
    np.testing.assert_allclose(to_normal.log_derivative(at), np.log(slopes), rtol=1e-5)


def test_numbers_beyond_those_seen_go_on_straight():
    to_normal, _ = map_numbers(np.arange(100.0))
    values = to_normal.to_values(np.array([99.0, 109.0, 119.0, -10.0, np.nan]))
    assert values[1] - values[0] == pytest.approx(values[2] - values[1])
    np.testing.assert_allclose(to_normal.to_numbers(values), [99, 109, 119, -10, np.nan])

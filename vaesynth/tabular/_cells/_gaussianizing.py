"""A monotone map of numbers to nearly normal values, which far numbers cannot squeeze and bounds do not crowd."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import ndtri

# In widths of the bulk: numbers farther from the median count by their logarithm.
_LINEAR_WIDTHS = 2.5
# Logarithms above this one, of numbers some 7,000 widths away, count by their own logarithm.
_LARGEST_LOG = 8.0
# Fewer numbers to a knot than this, and the density that a number has would follow its neighbours' chance distances.
_NUMBERS_PER_KNOT = 8
_FEWEST_KNOTS, _MOST_KNOTS = 8, 64
# Knots nearer than this share of the whole range lose digits on the way back.
_LEAST_STEP = 1e-6
_LARGEST_VALUE = 1e30  # fits float32


@dataclass(frozen=True, eq=False)
class GaussianizingMap:
    """A map of numbers to values of mean 0 and standard deviation 1, linear between knots.

    The value of a number is the mean of its robustly standardised number, whose tails are logarithms, and its normal
    score, the quantile of a standard normal at its rank. The first keeps distances in the bulk, the second gives room
    to numbers that crowd at a bound. Beyond the outer knots the map goes on straight.

    Parameters
    ----------
    exponent : int
        Power of two by which numbers are divided first, so that no difference of two of them overflows.
    numbers : ndarray of shape (n_knots,)
        Knots, ascending, divided by that power.
    values : ndarray of shape (n_knots,)
        Values of the knots, ascending.

    Examples
    --------
    >>> import numpy as np
    >>> from vaesynth.tabular import GaussianizingMap
    >>> numbers = np.array([*range(99), 1e9])
    >>> to_normal = GaussianizingMap.of(numbers)
    >>> to_normal.to_values(np.array([0.0, 50.0, 98.0, 1e9])).round(1)
    array([-0.9, -0.1,  0.7,  8.7])
    """

    exponent: int
    numbers: np.ndarray
    values: np.ndarray

    @classmethod
    def of(cls, numbers: np.ndarray) -> GaussianizingMap:
        """Return the map that gives `numbers`, at least one and none missing, mean 0 and standard deviation 1."""
        exponent = int(np.frexp(np.abs(numbers).max())[1])
        distinct, counts = np.unique(np.ldexp(numbers, -exponent), return_counts=True)
        if len(distinct) == 1:  # any map will do that has a slope
            return cls(exponent, distinct + np.array([-1.0, 1.0]), np.array([-1.0, 1.0]))
        values = (_standardize_robustly(distinct, counts) + _normal_scores(counts)) / 2
        knots, at = _choose_knots(distinct, values)
        mapped = _interpolate(distinct, knots, at)
        mean = np.average(mapped, weights=counts)
        spread = np.sqrt(np.average(np.square(mapped - mean), weights=counts))
        return cls(exponent, knots, (at - mean) / spread)

    def to_values(self, numbers: np.ndarray) -> np.ndarray:
        """Return the values of `numbers`, NaN for NaN."""
        with np.errstate(over="ignore"):
            values = _interpolate(np.ldexp(numbers, -self.exponent), self.numbers, self.values)
        return np.clip(values, -_LARGEST_VALUE, _LARGEST_VALUE)

    def to_numbers(self, values: np.ndarray) -> np.ndarray:
        """Return the numbers of `values`; beyond the range of floats, an infinity."""
        with np.errstate(over="ignore"):
            return np.ldexp(_interpolate(values, self.values, self.numbers), self.exponent)

    def log_derivative(self, numbers: np.ndarray) -> np.ndarray:
        """Return ``log |d value / d number|``."""
        segment = _find_segments(np.ldexp(numbers, -self.exponent), self.numbers)
        slopes = np.log(np.diff(self.values)) - np.log(np.diff(self.numbers))
        return slopes[segment] - self.exponent * np.log(2)


def _normal_scores(counts: np.ndarray) -> np.ndarray:
    """Return the standard normal quantiles of the mid-ranks of distinct numbers with these counts."""
    return ndtri((np.cumsum(counts) - counts / 2) / counts.sum())


def _standardize_robustly(distinct: np.ndarray, counts: np.ndarray) -> np.ndarray:
    """Return distances from the median in widths of the bulk, those of the tails as logarithms."""
    shares = np.cumsum(counts) / counts.sum()
    median = distinct[np.searchsorted(shares, 0.5)]
    with np.errstate(over="ignore"):  # a bulk of the smallest floats
        units = (distinct - median) / _bulk_width(distinct, shares)
    units = np.clip(units, np.finfo(float).min, np.finfo(float).max)
    sizes = _bend(np.abs(units) / _LINEAR_WIDTHS, 1.0)
    sizes = 1 + _bend(sizes - 1, _LARGEST_LOG)
    return np.copysign(_LINEAR_WIDTHS * sizes, units)


def _bend(sizes: np.ndarray, straight: float) -> np.ndarray:
    """Return sizes that grow as their logarithm, with no corner, from `straight` on."""
    bent = sizes.copy()
    far = sizes > straight
    bent[far] = straight * (1 + np.log(sizes[far] / straight))
    return bent


def _bulk_width(distinct: np.ndarray, shares: np.ndarray) -> float:
    """Return the standard deviation of the normal with the same quartiles, or wider quantiles where those are equal."""
    for tail in (0.25, 0.1, 0.02):
        low, high = distinct[np.searchsorted(shares, [tail, 1 - tail])]
        if high > low:
            return float(high - low) / (2 * -ndtri(tail))
    return float(distinct[-1] - distinct[0])


def _choose_knots(distinct: np.ndarray, values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return knots evenly spaced by value, with both ends of each wider gap, and their values."""
    n_knots = min(max(len(distinct) // _NUMBERS_PER_KNOT, _FEWEST_KNOTS), _MOST_KNOTS)
    grid = np.linspace(values[0], values[-1], n_knots)
    before = np.flatnonzero(np.diff(values) > grid[1] - grid[0])
    at = np.unique(np.concatenate([grid, values[before], values[before + 1]]))
    knots = np.interp(at, values, distinct)
    least = _LEAST_STEP * (at[-1] - at[0])
    kept = [0]
    for i in range(1, len(at)):
        if at[i] - at[kept[-1]] > least and knots[i] > knots[kept[-1]]:
            kept.append(i)
    return knots[kept], at[kept]


def _find_segments(points: np.ndarray, knots: np.ndarray) -> np.ndarray:
    return np.clip(np.searchsorted(knots, points, side="right") - 1, 0, len(knots) - 2)


def _interpolate(points: np.ndarray, knots: np.ndarray, at: np.ndarray) -> np.ndarray:
    """Return the piecewise linear map with these knots at the points, straight beyond them."""
    segment = _find_segments(points, knots)
    share = (points - knots[segment]) / np.diff(knots)[segment]
    mapped = at[segment] + share * np.diff(at)[segment]
    # A sum may round beyond the knot that the next segment starts from; order is kept to the last digit.
    is_last = segment == len(knots) - 2
    return np.where(is_last, mapped, np.minimum(mapped, at[segment + 1]))

"""Numeric columns as one normalised value each, and a state where a value does not say it all."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from vaesynth.tabular._cells._cell_column import CellColumn
from vaesynth.tabular._cells._gaussianizing import GaussianizingMap
from vaesynth.tabular._schema import ColumnSpec

_SPIKE_SHARE = 0.1
_SPIKE_ROWS = 5
_SPIKE_OTHERS = 20  # a column of fewer distinct values is few-valued, not spiked
_FAR = 2.0  # in ranges of the inner nine tenths
_SMALLEST_SCALE = 1e-300
_LARGEST_UNITS = 1e300  # fits float64; beyond it asinh(u) is log(2 u), taken from the logarithms
_LARGEST_SINH = 690.0  # asinh(1e299): sinh fits float64
_LARGEST_VALUE = 1e30  # fits float32


@dataclass(frozen=True)
class StandardMap:
    """The map ``x -> (x - center) / scale``, which asinh and one more may follow.

    It has no cut-off: of values in float64 a number `x` comes back with an error of at most
    ``1e-11 * (|x - center| + |center| + scale)``. With asinh that is 16 digits less those of the
    largest asinh, 1,400: an error of `e` there is a relative error of `e` in the number.

    Parameters
    ----------
    center, scale : float
        Location and unit of the first map.
    tail_mean, tail_std : float or None
        Mean and standard deviation of ``asinh((x - center) / scale)``; None for no asinh.
    """

    center: float
    scale: float
    tail_mean: float | None = None
    tail_std: float = 1.0

    @classmethod
    def of(cls, numbers: np.ndarray, *, asinh: bool = False) -> StandardMap:
        """Return the map that gives `numbers` mean 0 and standard deviation 1."""
        size = float(np.abs(numbers).max()) or 1.0  # moments of numbers near 1 cannot overflow
        scaled = numbers / size
        plain = cls(float(scaled.mean()) * size, _floor(float(scaled.std()) * size))
        return plain._with_tails(numbers) if asinh else plain

    def _with_tails(self, numbers: np.ndarray) -> StandardMap:
        """Return this map with asinh and one more after it."""
        tails = self._to_tails(numbers)
        return replace(self, tail_mean=float(tails.mean()), tail_std=_floor(float(tails.std())))

    def to_values(self, numbers: np.ndarray) -> np.ndarray:
        """Return the normalised numbers."""
        if self.tail_mean is None:
            return np.clip(self._to_units(numbers), -_LARGEST_VALUE, _LARGEST_VALUE)
        return (self._to_tails(numbers) - self.tail_mean) / self.tail_std

    def to_numbers(self, values: np.ndarray) -> np.ndarray:
        """Return the numbers of normalised ones; beyond the range of floats, an infinity."""
        with np.errstate(over="ignore"):
            halves = self._to_half_offsets(values) + self.center / 2
            return halves * 2

    def _to_half_offsets(self, values: np.ndarray) -> np.ndarray:
        """Return ``(number - center) / 2``, which fits a float where the difference does not."""
        if self.tail_mean is None:
            return values * (self.scale / 2)
        tails = values * self.tail_std + self.tail_mean
        near = np.clip(tails, -_LARGEST_SINH, _LARGEST_SINH)
        offsets = np.sinh(near) * (self.scale / 2)
        far = near != tails
        if far.any():
            sizes = np.exp(np.abs(tails[far]) + np.log(self.scale / 4))
            offsets[far] = np.copysign(sizes, tails[far])
        return offsets

    def log_derivative(self, numbers: np.ndarray) -> np.ndarray:
        """Return ``log |d value / d number|``."""
        constant = -np.log(self.scale)
        if self.tail_mean is None:
            return np.full(len(numbers), constant)
        sizes = np.abs(self._to_tails(numbers))
        near = np.log(np.hypot(1.0, self._to_units(numbers)))
        slope = np.where(sizes > _LARGEST_SINH, sizes - np.log(2), near)  # log cosh of the asinh
        return constant - slope - np.log(self.tail_std)

    def _to_units(self, numbers: np.ndarray) -> np.ndarray:
        with np.errstate(over="ignore"):
            units = self._half_offsets_of(numbers) / (self.scale / 2)
        return np.clip(units, -_LARGEST_UNITS, _LARGEST_UNITS)

    def _to_tails(self, numbers: np.ndarray) -> np.ndarray:
        """Return ``asinh((number - center) / scale)``, also where the quotient fits no float."""
        units = self._to_units(numbers)
        tails = np.arcsinh(units)
        far = np.abs(units) == _LARGEST_UNITS
        if far.any():
            halves = self._half_offsets_of(numbers[far])
            tails[far] = np.copysign(np.log(np.abs(halves)) - np.log(self.scale / 4), halves)
        return tails

    def _half_offsets_of(self, numbers: np.ndarray) -> np.ndarray:
        # Halves: the difference of two large numbers of opposite sign would overflow.
        return numbers / 2 - self.center / 2


@dataclass(frozen=True, eq=False)
class StandardizedColumn(CellColumn):
    """A column of numbers as a normalised value and, only where needed, a state.

    State 0 says that the value counts; the others stand for a fixed content: missing, where
    there are missing cells, and then each spike, see :func:`find_spikes`.

    Parameters
    ----------
    map : StandardMap or GaussianizingMap
        Map of the numbers that are no spikes.
    contents : ndarray, shape (n_states,)
        Fixed content of each state; NaN for "missing" and, unused, for state 0.
    has_missing : bool
        Whether state 1 is "missing".
    """

    map: StandardMap | GaussianizingMap
    contents: np.ndarray
    has_missing: bool
    has_value = True

    @classmethod
    def of(cls, column: np.ndarray, spec: ColumnSpec, encoding: str) -> StandardizedColumn:
        """Return the cells of a `column` of at least two distinct numbers.

        Parameters
        ----------
        column : ndarray, shape (n_rows,)
            Numbers, NaN where missing.
        spec : ColumnSpec
            Their specification.
        encoding : {"gaussianize", "standardize", "asinh"}
            Map of the numbers that are no spikes.
        """
        present = column[~np.isnan(column)]
        spikes = find_spikes(present, spec)
        regular = present[~np.isin(present, spikes)] if len(spikes) else present
        if not len(regular):  # rows of one class may lack what the whole table has
            regular = np.array([spec.lower, spec.upper])
        contents = np.concatenate([np.full(1 + spec.has_missing, np.nan), spikes])
        if encoding == "gaussianize":
            return cls(GaussianizingMap.of(regular), contents, spec.has_missing)
        return cls(StandardMap.of(regular, asinh=encoding == "asinh"), contents, spec.has_missing)

    @property
    def cardinality(self) -> int:  # type: ignore[override]
        """Number of states."""
        return len(self.contents)

    def to_values(self, column: np.ndarray) -> np.ndarray:
        """Return the normalised numbers, NaN where the state is not 0."""
        values = self.map.to_values(column)
        if self.has_code:
            values[self.to_codes(column) > 0] = np.nan
        return values

    def to_codes(self, column: np.ndarray) -> np.ndarray:
        """Return the state of each cell."""
        states = np.zeros(len(column), dtype=np.int64)
        for state in range(1 + self.has_missing, len(self.contents)):
            states[column == self.contents[state]] = state
        if self.has_missing:
            states[np.isnan(column)] = 1
        return states

    def to_column(
        self,
        values: np.ndarray | None,
        codes: np.ndarray,
        generator: np.random.Generator,  # noqa: ARG002
    ) -> np.ndarray:
        """Return the numbers of the values, or the content of the state; nothing is drawn."""
        numbers = self.map.to_numbers(np.asarray(values, dtype=np.float64))
        return np.where(codes > 0, self.contents[codes], numbers) if self.has_code else numbers

    def expect(self, values: np.ndarray | None, probabilities: np.ndarray | None) -> np.ndarray:
        """Return the expected numbers, spikes by their probability; missing cells count for nothing."""
        numbers = self.map.to_numbers(np.asarray(values, dtype=np.float64))
        if probabilities is None:
            return numbers
        contents = np.tile(self.contents, (len(numbers), 1))
        contents[:, 0] = numbers
        counted = probabilities * ~np.isnan(contents)
        return (counted * np.nan_to_num(contents)).sum(axis=1) / counted.sum(axis=1)

    def log_abs_det(self, column: np.ndarray) -> np.ndarray:
        """Return ``log |d value / d number|``, 0 where the state is not 0."""
        slope = self.map.log_derivative(column)
        return np.where(self.to_codes(column) > 0, 0.0, slope) if self.has_code else slope


def find_spikes(numbers: np.ndarray, spec: ColumnSpec) -> np.ndarray:
    """Return, ascending, the numbers of an else many-valued column that many rows repeat.

    A spike is a number that a tenth of the rows hold, or that five rows hold far from the bulk, such as -9999 for "not
    measured": numbers between it and the bulk would mean nothing.

    Parameters
    ----------
    numbers : ndarray, shape (n_rows,)
        The numbers that are not missing.
    spec : ColumnSpec
        Their specification.
    """
    if spec.n_distinct <= _SPIKE_OTHERS:
        return np.empty(0)
    distinct, counts = np.unique(numbers, return_counts=True)
    is_common = (counts >= _SPIKE_SHARE * len(numbers)) | _is_far(distinct, counts)
    is_spike = is_common & (counts >= _SPIKE_ROWS)
    return distinct[is_spike] if (~is_spike).sum() > _SPIKE_OTHERS else np.empty(0)


def _is_far(distinct: np.ndarray, counts: np.ndarray) -> np.ndarray:
    """Return which numbers a wide gap parts from the median: one of two ranges of the inner nine tenths."""
    scaled = distinct / 2  # differences of halves cannot overflow
    shares = np.cumsum(counts) / counts.sum()
    low, middle, high = np.searchsorted(shares, [0.05, 0.5, 0.95])
    gaps = np.flatnonzero(np.diff(scaled) / _FAR > scaled[high] - scaled[low])
    is_far = np.zeros(len(distinct), dtype=bool)
    if high > low:
        is_far[: gaps[gaps < middle].max(initial=-1) + 1] = True
        is_far[gaps[gaps >= middle].min(initial=len(distinct)) + 1 :] = True
    return is_far


def _floor(scale: float) -> float:
    return max(scale, _SMALLEST_SCALE)

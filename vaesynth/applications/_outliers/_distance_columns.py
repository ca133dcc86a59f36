"""Rows of a table as coordinates in which the distance of two rows counts every column alike."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Self

import numpy as np

from vaesynth.tabular import Table

# A different category is as far as a number about one standard deviation off.
HALF_STEP = 0.5
# Rarer levels of a column share one coordinate, so that a column of names does not become thousands.
MAX_LEVELS = 200
# Tails beyond these quantiles do not decide the scale of the robust numbers.
TAIL = 0.01
# Squares of what lies farther off would drown all differences of other rows in rounding.
FARTHEST = 1e6


@dataclass(frozen=True)
class NumberScale:
    """Centre and scale of each of several numeric columns.

    Parameters
    ----------
    center, scale : ndarray of shape (n_numbers,)
        A number x becomes (x - center) / scale.
    """

    center: np.ndarray
    scale: np.ndarray

    @classmethod
    def standard(cls, numbers: np.ndarray) -> Self:
        """Return means and standard deviations, of the cells that are there."""
        return cls._of(numbers, np.mean)

    @classmethod
    def robust(cls, numbers: np.ndarray) -> Self:
        """Return medians, and standard deviations of the numbers with both tails drawn in.

        Where all but a few numbers are equal, the few decide the scale: it is then the plain standard deviation.
        """
        return cls._of(numbers, np.median, tail=TAIL)

    @classmethod
    def _of(
        cls, numbers: np.ndarray, middle: Callable[[np.ndarray], Any], tail: float = 0.0
    ) -> Self:
        center, scale = np.zeros(numbers.shape[1]), np.ones(numbers.shape[1])
        for j, column in enumerate(numbers.T):
            there = column[~np.isnan(column)]
            # Divided first: squares of the largest floats are infinite.
            unit = np.abs(there).max(initial=0.0) or 1.0
            inner = there / unit
            if not len(inner):
                continue
            center[j] = middle(inner) * unit
            drawn_in = np.clip(inner, *np.quantile(inner, [tail, 1 - tail])) if tail else inner
            scale[j] = (drawn_in.std() or inner.std() or 1.0) * unit or 1.0
        return cls(center, scale)

    def apply(self, numbers: np.ndarray) -> np.ndarray:
        """Return centred and scaled numbers, missing ones as 0, far ones cut at a million scales."""
        with np.errstate(over="ignore", invalid="ignore"):
            scaled = (numbers - self.center) / self.scale
            far = np.isinf(scaled) | np.isnan(scaled)
            scaled[far] = (numbers / self.scale - self.center / self.scale)[far]
        return np.nan_to_num(scaled.clip(-FARTHEST, FARTHEST))


@dataclass(frozen=True)
class DistanceColumns:
    """Turn a table into coordinates, plain or robust.

    A number is one coordinate, in standard deviations. A gap is the mean, and in columns with gaps a coordinate more
    says where they are. A category has a coordinate for each level, so that two different levels are 1 apart in the
    sum of absolute differences.

    In robust coordinates a number is the inverse hyperbolic sine of what it is in units of a standard deviation that
    tails do not decide: one number far off can then neither hide the rest of its column nor outvote all others.

    Parameters
    ----------
    standard, robust_scale : NumberScale
        Both scales of the numbers.
    with_gaps : ndarray of int
        Numeric columns that have a coordinate for gaps.
    levels : tuple of ndarray of int
        For each categorical column the codes with a coordinate; -1 is a gap.
    columns : ndarray of int, shape (n_coordinates,)
        Position of the column of each coordinate.

    Examples
    --------
    >>> from vaesynth.tabular import TableEncoder
    >>> tables = TableEncoder()
    >>> table = tables.fit_transform([[1.0, "red"], [2.0, "blue"], [3.0, "red"]])
    >>> learned = DistanceColumns.fit(table, np.array([0]), np.array([1]))
    >>> learned.columns.tolist()
    [0, 1, 1]
    >>> learned.plain(table).round(1).tolist()
    [[-1.2, 0.0, 0.5], [0.0, 0.5, 0.0], [1.2, 0.0, 0.5]]
    """

    standard: NumberScale
    robust_scale: NumberScale
    with_gaps: np.ndarray
    levels: tuple[np.ndarray, ...]
    columns: np.ndarray

    @classmethod
    def fit(cls, table: Table, numbers_at: np.ndarray, categories_at: np.ndarray) -> Self:
        """Learn scales and levels.

        Parameters
        ----------
        table : Table
            The learned rows.
        numbers_at, categories_at : ndarray of int
            Position in the container of each column of numbers and of codes.

        Returns
        -------
        DistanceColumns
        """
        with_gaps = np.flatnonzero(np.isnan(table.numbers).any(axis=0))
        levels = tuple(_frequent_levels(codes) for codes in table.codes.T)
        owners = np.repeat(categories_at, [len(kept) for kept in levels])
        return cls(
            NumberScale.standard(table.numbers),
            NumberScale.robust(table.numbers),
            with_gaps,
            levels,
            np.concatenate([numbers_at, numbers_at[with_gaps], owners]).astype(np.int64),
        )

    def plain(self, table: Table) -> np.ndarray:
        """Return coordinates with numbers in standard deviations, shape (n_rows, n_coordinates)."""
        return self._assemble(table, self.standard.apply(table.numbers))

    def robust(self, table: Table) -> np.ndarray:
        """Return coordinates with numbers that no tail decides, shape (n_rows, n_coordinates)."""
        return self._assemble(table, np.arcsinh(self.robust_scale.apply(table.numbers)))

    def _assemble(self, table: Table, numbers: np.ndarray) -> np.ndarray:
        gaps = np.isnan(table.numbers[:, self.with_gaps]).astype(float)
        pairs = zip(table.codes.T, self.levels, strict=True)
        indicators = [HALF_STEP * (codes[:, None] == kept) for codes, kept in pairs]
        return np.hstack([numbers, gaps, *indicators])


def _frequent_levels(codes: np.ndarray) -> np.ndarray:
    found, counts = np.unique(codes, return_counts=True)
    return np.sort(found[np.argsort(-counts, kind="stable")[:MAX_LEVELS]])

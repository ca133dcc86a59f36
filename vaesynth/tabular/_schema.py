"""What is known of a table's columns, and the two plain forms a table takes on its way to a model."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal

import numpy as np


@dataclass(frozen=True)
class ColumnSpec:
    """What one column held when it was fitted, and what a generated cell must therefore honour.

    Numbers are in the units of :attr:`Table.numbers`: for dates, durations, decimals and very
    large integers these are steps counted from an offset, see :class:`TableEncoder`.

    Parameters
    ----------
    name : hashable
        Column label; ``"x0"``, ``"x1"``, ... for containers without labels.
    position : int
        Position of the column in the fitted container.
    kind : {"number", "category"}
        The block of the :class:`Table` that holds the column.
    n_distinct : int
        Number of distinct values seen, missing cells apart.
    has_missing : bool
        Whether a missing cell was seen. A column without one never gets one.
    lower, upper : float
        Smallest and largest number seen; NaN for categories and when no number was seen.
    typical : float
        The median (one of the numbers seen), or the code of the most frequent level.
    decimals : int or None
        Digits after the point that write every number seen exactly, 0 for integers; None when
        more than 6 would be needed.
    precision : {"float64", "float32", "float16"}
        The floating type that every number seen fits exactly.
    support : tuple of float or None
        The distinct numbers, ascending, when there are few of them and many rows.
    levels : tuple of hashable
        The distinct categories in the order of their codes; empty for numbers.

    Examples
    --------
    >>> from vaesynth.tabular import TableEncoder
    >>> ages = TableEncoder().fit([[31], [47], [25]]).schema_.columns[0]
    >>> ages.name, ages.kind, ages.lower, ages.upper, ages.is_integer, ages.has_missing
    ('x0', 'number', 25.0, 47.0, True, False)
    """

    name: Hashable
    position: int
    kind: Literal["number", "category"]
    n_distinct: int
    has_missing: bool
    typical: float
    lower: float = float("nan")
    upper: float = float("nan")
    decimals: int | None = None
    precision: str = "float64"
    support: tuple[float, ...] | None = None
    levels: tuple[Hashable, ...] = ()

    @property
    def is_number(self) -> bool:
        """Whether the column lies in the numbers block."""
        return self.kind == "number"

    @property
    def is_integer(self) -> bool:
        """Whether every number seen was an integer."""
        return self.decimals == 0

    @property
    def is_all_missing(self) -> bool:
        """Whether only missing cells were seen."""
        return self.n_distinct == 0


@dataclass(frozen=True)
class TableSchema:
    """The columns of a table, in the order of the fitted container.

    Parameters
    ----------
    columns : tuple of ColumnSpec
        One specification per column.

    Examples
    --------
    >>> from vaesynth.tabular import TableEncoder
    >>> schema = TableEncoder().fit([[31, "Rome"], [47, "Oslo"], [25, "Rome"]]).schema_
    >>> [spec.name for spec in schema.numbers], [spec.levels for spec in schema.categoricals]
    (['x0'], [('Oslo', 'Rome')])
    """

    columns: tuple[ColumnSpec, ...]

    @cached_property
    def numbers(self) -> tuple[ColumnSpec, ...]:
        """Specifications of the columns of :attr:`Table.numbers`."""
        return tuple(spec for spec in self.columns if spec.is_number)

    @cached_property
    def categoricals(self) -> tuple[ColumnSpec, ...]:
        """Specifications of the columns of :attr:`Table.codes`."""
        return tuple(spec for spec in self.columns if not spec.is_number)

    @property
    def n_numbers(self) -> int:
        """Number of numeric columns."""
        return len(self.numbers)

    @property
    def n_categoricals(self) -> int:
        """Number of categorical columns."""
        return len(self.categoricals)

    @property
    def names(self) -> tuple[Hashable, ...]:
        """Column labels in the order of the container."""
        return tuple(spec.name for spec in self.columns)


@dataclass(frozen=True, eq=False)
class Table:
    """The exact content of a table as two plain arrays.

    Parameters
    ----------
    numbers : ndarray of float64, shape (n_rows, n_numbers)
        Numeric columns in schema order, NaN where missing.
    codes : ndarray of int64, shape (n_rows, n_categoricals)
        Categorical columns in schema order, as positions in the levels, -1 where missing.

    Notes
    -----
    ``numpy.asarray`` puts numbers and codes side by side; an index takes rows.

    Examples
    --------
    >>> import numpy as np
    >>> from vaesynth.tabular import Table
    >>> table = Table(np.array([[31.0], [np.nan]]), np.array([[0], [1]]))
    >>> len(table), table.take([1]).codes.tolist()
    (2, [[1]])
    """

    numbers: np.ndarray
    codes: np.ndarray

    def __len__(self) -> int:
        return len(self.numbers)

    @property
    def shape(self) -> tuple[int, int]:
        """Number of rows and of columns."""
        return len(self), self.numbers.shape[1] + self.codes.shape[1]

    def __getitem__(self, indices: Any) -> Table:
        return self.take(indices)

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray:
        """Return numbers and codes side by side, shape (n_rows, n_numbers + n_categoricals)."""
        if copy is False:
            raise ValueError("a table as one array is always a copy, got `copy=False`")
        return np.hstack([self.numbers, self.codes]).astype(dtype or np.float64, copy=False)

    def take(self, indices: np.ndarray) -> Table:
        """Return the rows at `indices` (positions or a boolean mask) as a new table."""
        return Table(self.numbers[indices], self.codes[indices])


@dataclass(frozen=True, eq=False)
class Cells:
    """A table in the form a network reads.

    Parameters
    ----------
    values : ndarray of float32, shape (n_rows, n_values)
        Normalised numbers, NaN where the row has no number of that column.
    codes : ndarray of int64, shape (n_rows, n_codes)
        Discrete cells, each in ``[0, cardinality)`` of its column.

    Examples
    --------
    >>> import numpy as np
    >>> from vaesynth.tabular import Cells
    >>> cells = Cells(np.zeros((3, 2), dtype=np.float32), np.array([[0], [4], [1]]))
    >>> len(cells), cells.take([1]).codes.tolist()
    (3, [[4]])
    """

    values: np.ndarray
    codes: np.ndarray

    def __len__(self) -> int:
        return len(self.values)

    def take(self, indices: np.ndarray) -> Cells:
        """Return the rows at `indices` (positions or a boolean mask) as new cells."""
        return Cells(self.values[indices], self.codes[indices])

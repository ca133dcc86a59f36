"""Rows put together cell by cell from a pool of rows, and how they differ from the rows they replace."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

_POSITIONS = (
    "a table must be a DataFrame or a two-dimensional ndarray where columns are held or compared"
)


@dataclass(frozen=True, eq=False)
class CellPool:
    """Rows of several tables with the same columns, below each other.

    A row that is composed of them is given by a choice: for each column the position in the pool of the row whose
    cell it has.

    Parameters
    ----------
    columns : tuple of arrays of length n_pool
        The cells.
    names : tuple of hashable
        Labels of the columns; positions in an ndarray.
    like : DataFrame or ndarray
        A table that tells the container.
    """

    columns: tuple[Any, ...]
    names: tuple[Hashable, ...]
    like: Any

    @classmethod
    def stack(cls, tables: Sequence[Any]) -> CellPool:
        """Pool of all rows of some tables; the first says what columns and types the others must have."""
        first = tables[0]
        names = column_names(first)
        for table in tables[1:]:
            check_columns(first, table)
        if isinstance(first, np.ndarray):
            cells = np.concatenate([np.asarray(table, dtype=first.dtype) for table in tables])
            return cls(tuple(cells.T), names, first[:0])
        frame = pd.concat(tables, ignore_index=True)
        columns = tuple(frame.iloc[:, j].array for j in range(len(names)))
        return cls(columns, names, first.iloc[:0])

    def take(self, choice: np.ndarray) -> Any:
        """Rows by their choices, shape (n_rows, n_columns), in the container and types of the first table."""
        cells = [column[choice[:, j]] for j, column in enumerate(self.columns)]
        if isinstance(self.like, np.ndarray):
            return np.column_stack(cells).astype(self.like.dtype, copy=False)
        # With their types said: pandas would take strings of an object column for its own type of strings.
        typed = zip(cells, self.like.dtypes, strict=True)
        frame = pd.DataFrame(dict(enumerate(pd.Series(part, dtype=dtype) for part, dtype in typed)))
        frame.columns = self.like.columns
        return frame

    def ranks(self) -> tuple[np.ndarray, np.ndarray]:
        """Codes of the cells, and which columns they order.

        Returns
        -------
        codes : ndarray of int, shape (n_pool, n_columns)
            Equal cells of a column have equal codes, -1 where missing; those of ordered columns rise with the cells.
        is_ordered : ndarray of bool, shape (n_columns,)
            Numbers, times and ordered categories.
        """
        is_ordered = np.array([_is_ordered(column) for column in self.columns])
        codes = [
            pd.factorize(pd.Series(column), sort=bool(ordered))[0]
            for column, ordered in zip(self.columns, is_ordered, strict=True)
        ]
        return np.column_stack(codes), is_ordered


class CellChanges:
    """Changed cells, and how far they have moved.

    A number moves by the share of the reference rows that it passes, from 0 to 1; of other columns, and between a
    number and a missing cell, a change counts 1. The distance of two rows is the sum over the columns: Gower's, on
    ranks.

    Parameters
    ----------
    pool : CellPool
        The cells.
    n_reference : int
        How many of the pool's first rows give the ranks.
    """

    def __init__(self, pool: CellPool, n_reference: int) -> None:
        self.codes, self.is_ordered = pool.ranks()
        self._n_reference = n_reference
        self._ranks = np.column_stack(
            [_middle_ranks(codes, codes[:n_reference]) for codes in self.codes.T]
        )

    def find(self, choice: np.ndarray, origin: np.ndarray) -> np.ndarray:
        """Which cells differ from those of the rows at positions `origin`, shape (n_rows, n_columns)."""
        return self._codes_of(choice) != self.codes[origin]

    def costs(self, choice: np.ndarray, origin: np.ndarray) -> np.ndarray:
        """How far each cell has moved, shape (n_rows, n_columns)."""
        columns = np.arange(choice.shape[1])
        own, new = self.codes[origin], self._codes_of(choice)
        moved = np.abs(self._ranks[choice, columns] - self._ranks[origin])
        is_by_rank = self.is_ordered & (own >= 0) & (new >= 0)
        return np.where(own == new, 0.0, np.where(is_by_rank, moved, 1.0))

    def real_levels(self, column: int) -> tuple[np.ndarray, np.ndarray]:
        """Codes of an ordered column's levels among the reference rows, rising, and a position of each in the pool."""
        codes, positions = np.unique(self.codes[: self._n_reference, column], return_index=True)
        return codes[codes >= 0], positions[codes >= 0]

    def _codes_of(self, choice: np.ndarray) -> np.ndarray:
        return self.codes[choice, np.arange(choice.shape[1])]


def column_names(table: Any) -> tuple[Hashable, ...]:
    """Labels of the columns of a table; positions in an ndarray.

    Raises
    ------
    TypeError
        If the table is neither a DataFrame nor an ndarray of two dimensions.
    """
    if isinstance(table, pd.DataFrame):
        return tuple(table.columns)
    if isinstance(table, np.ndarray) and table.ndim == 2:
        return tuple(range(table.shape[1]))
    raise TypeError(f"{_POSITIONS}, got {type(table).__name__}")


def find_columns(columns: Any, names: Sequence[Hashable], argument: str) -> np.ndarray:
    """Positions of columns by their labels.

    Raises
    ------
    ValueError
        If a label is no column.
    """
    given = [columns] if isinstance(columns, str) else list(columns)
    unknown = [name for name in given if name not in names]
    if unknown:
        raise ValueError(f"`{argument}` must name columns of {list(names)}, got {unknown}")
    return np.array([names.index(name) for name in given], dtype=int)


def check_columns(first: Any, table: Any) -> None:
    """Refuse a table that has other columns or types than the first."""
    if column_names(table) != column_names(first):
        raise ValueError(
            f"a table must have the fitted columns {list(column_names(first))}, got {list(column_names(table))}"
        )
    if isinstance(first, np.ndarray) or isinstance(table, np.ndarray):
        if not (isinstance(first, np.ndarray) and isinstance(table, np.ndarray)):
            raise TypeError(
                f"a table must be of the fitted container {type(first).__name__}, got {type(table).__name__}"
            )
        return
    for name, fitted, found in zip(first.columns, first.dtypes, table.dtypes, strict=True):
        if fitted != found:
            raise ValueError(f"column {name!r} must have the fitted type {fitted}, got {found}")


def _is_ordered(column: Any) -> bool:
    dtype = column.dtype
    if isinstance(dtype, pd.CategoricalDtype):
        return bool(dtype.ordered)
    if pd.api.types.is_bool_dtype(dtype):
        return False
    is_time = pd.api.types.is_datetime64_any_dtype(dtype) or isinstance(dtype, pd.PeriodDtype)
    return (
        is_time or pd.api.types.is_numeric_dtype(dtype) or pd.api.types.is_timedelta64_dtype(dtype)
    )


def _middle_ranks(codes: np.ndarray, reference: np.ndarray) -> np.ndarray:
    known = np.sort(reference[reference >= 0])
    below = np.searchsorted(known, codes, side="left")
    not_above = np.searchsorted(known, codes, side="right")
    return (below + not_above) / 2 / max(len(known), 1)

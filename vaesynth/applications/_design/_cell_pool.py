"""Rows put together cell by cell from a pool of rows, and how they differ from the rows they replace."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from vaesynth.tabular import Table, TableEncoder, concatenate_tables

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
    encoder : TableEncoder
        Reads and writes the tables.
    content : Table
        The content of all rows.
    is_ordered : ndarray of bool, shape (n_columns,)
        Columns of numbers, times and ordered categories.
    """

    encoder: TableEncoder
    content: Table
    is_ordered: np.ndarray

    @classmethod
    def stack(cls, tables: Sequence[Any]) -> CellPool:
        """Return the pool of all rows of some tables; the first decides what columns and types the others must have."""
        first = tables[0]
        for table in tables[1:]:
            check_columns(first, table)
        if isinstance(first, np.ndarray):
            tables = [table.astype(first.dtype, copy=False) for table in tables]
        # None reads as numbers all cells that can be, which keeps their order.
        encoder = TableEncoder(categorical_features=None)
        content = encoder.fit_transform(concatenate_tables(tables))
        is_number = [spec.is_number for spec in encoder.schema_.columns]
        return cls(encoder, content, _find_ordered(first, is_number))

    @property
    def n_columns(self) -> int:
        """Number of columns."""
        return len(self.is_ordered)

    def take(self, choice: np.ndarray) -> Any:
        """Return rows by their choices, shape (n_rows, n_columns), in the container and types of the first table."""
        schema = self.encoder.schema_
        blocks = (schema.numbers, self.content.numbers), (schema.categoricals, self.content.codes)
        chosen = [
            block[choice[:, [spec.position for spec in specs]], np.arange(len(specs))]
            for specs, block in blocks
        ]
        return self.encoder.inverse_transform(Table(*chosen))

    def ranks(self) -> np.ndarray:
        """Return codes of the cells, shape (n_pool, n_columns).

        Equal cells of a column have equal codes, -1 where missing; those of ordered columns rise with the cells.
        """
        schema = self.encoder.schema_
        codes = np.empty((len(self.content), self.n_columns), dtype=np.int64)
        codes[:, [spec.position for spec in schema.categoricals]] = self.content.codes
        for spec, numbers in zip(schema.numbers, self.content.numbers.T, strict=True):
            codes[:, spec.position] = pd.factorize(numbers, sort=True)[0]
        return codes


class CellChanges:
    """Changes of cells, and how far the cells have moved.

    A number moves by the share of the reference rows that it passes, from 0 to 1. In other columns, and between a
    number and a missing cell, a change counts 1. The distance of two rows is the sum over the columns: the distance of
    Gower, taken on ranks.

    Parameters
    ----------
    pool : CellPool
        The cells.
    n_reference : int
        Number of rows at the top of the pool that decide the ranks.
    """

    def __init__(self, pool: CellPool, n_reference: int) -> None:
        self.codes, self.is_ordered = pool.ranks(), pool.is_ordered
        self._n_reference = n_reference
        self._ranks = np.column_stack(
            [_middle_ranks(codes, codes[:n_reference]) for codes in self.codes.T]
        )

    def find(self, choice: np.ndarray, origin: np.ndarray) -> np.ndarray:
        """Return which cells differ from those of the rows at positions `origin`, shape (n_rows, n_columns)."""
        return self._codes_of(choice) != self.codes[origin]

    def costs(self, choice: np.ndarray, origin: np.ndarray) -> np.ndarray:
        """Return how far each cell has moved, shape (n_rows, n_columns)."""
        columns = np.arange(choice.shape[1])
        own, new = self.codes[origin], self._codes_of(choice)
        moved = np.abs(self._ranks[choice, columns] - self._ranks[origin])
        is_by_rank = self.is_ordered & (own >= 0) & (new >= 0)
        return np.where(own == new, 0.0, np.where(is_by_rank, moved, 1.0))

    def real_levels(self, column: int) -> tuple[np.ndarray, np.ndarray]:
        """Return the codes of the levels of an ordered column among the reference rows, and a pool position of each."""
        codes, positions = np.unique(self.codes[: self._n_reference, column], return_index=True)
        return codes[codes >= 0], positions[codes >= 0]

    def _codes_of(self, choice: np.ndarray) -> np.ndarray:
        return self.codes[choice, np.arange(choice.shape[1])]


def column_names(table: Any) -> tuple[Hashable, ...]:
    """Return the labels of the columns of a table; positions in an ndarray.

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
    """Return positions of columns by their labels.

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
    """Raise where a table has other columns or types than the first."""
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


def hold_cells(rows: Any, start: Any, held: np.ndarray) -> Any:
    """Return rows with some columns, given by their positions, set to the cells of a table of one row."""
    if isinstance(rows, np.ndarray):
        rows[:, held] = start[:, held]
        return rows
    for column in held.tolist():
        rows.isetitem(column, start.iloc[:, column].array.take([0] * len(rows)))
    return rows


def _find_ordered(table: Any, is_number: list[bool]) -> np.ndarray:
    """Return which columns have an order: numbers and times, but no truth values, and ordered categories."""
    if isinstance(table, np.ndarray):
        return np.array(is_number) & (table.dtype != bool)
    ordered = [
        dtype.ordered
        if isinstance(dtype, pd.CategoricalDtype)
        else number and not pd.api.types.is_bool_dtype(dtype)
        for dtype, number in zip(table.dtypes, is_number, strict=True)
    ]
    return np.array(ordered, dtype=bool)


def _middle_ranks(codes: np.ndarray, reference: np.ndarray) -> np.ndarray:
    known = np.sort(reference[reference >= 0])
    below = np.searchsorted(known, codes, side="left")
    not_above = np.searchsorted(known, codes, side="right")
    return (below + not_above) / 2 / max(len(known), 1)

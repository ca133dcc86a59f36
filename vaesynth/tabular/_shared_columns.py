"""Several tables with the same columns, read column by column into plain arrays."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from vaesynth.tabular._columns._column import fit_column
from vaesynth.tabular._containers import OpenedTable, open_table
from vaesynth.tabular._schema import Table
from vaesynth.tabular._selection import select_columns


@dataclass(frozen=True, eq=False)
class SharedColumn:
    """One column of several tables.

    Parameters
    ----------
    name : hashable
        Label; the position in tables without labels.
    is_number : bool
        Whether the cells are numbers (dates and durations among them); else they are categories.
    parts : tuple of ndarray
        The cells of each table. Numbers are float64, NaN where missing; categories are codes from 0 on over the
        categories of all tables, -1 where missing.
    """

    name: Hashable
    is_number: bool
    parts: tuple[np.ndarray, ...]

    @property
    def missing(self) -> tuple[np.ndarray, ...]:
        """Which cells are missing, for each table."""
        return tuple(np.isnan(part) if self.is_number else part < 0 for part in self.parts)

    @property
    def n_levels(self) -> int:
        """Number of categories in all tables."""
        return 1 + max((int(part.max()) for part in self.parts if len(part)), default=-1)


def read_shared_columns(
    tables: Sequence[Any], categorical_features: Any = "auto"
) -> list[SharedColumn]:
    """Read tables that have the columns of the first.

    The first table decides which columns are numbers, as `TableEncoder` does. Numbers of the others are not rounded to
    its type, and categories that it lacks are categories of their own.

    Parameters
    ----------
    tables : sequence of tables of shape (n_rows, n_columns)
        In any container that `TableEncoder` takes; columns with labels are found by label. Tables that have been read
        already are taken as they are.
    categorical_features : "auto" or array-like, default="auto"
        As in `TableEncoder`.

    Returns
    -------
    list of SharedColumn
        In the order of the first table; of tables that have been read, numbers before categories.

    Raises
    ------
    TypeError
        If a table is none, or only some tables have been read.
    ValueError
        If a table has no rows or other columns than the first, a column of numbers holds something else in another
        table, or `categorical_features` names columns that are not there.
    """
    are_read = {isinstance(table, Table) for table in tables}
    if are_read == {True}:
        if not (isinstance(categorical_features, str) and categorical_features == "auto"):
            raise ValueError(
                "`categorical_features` must be 'auto' for tables that have been read, got "
                f"{categorical_features!r}"
            )
        return _share(tables)
    if True in are_read:
        raise TypeError("tables that are compared must all have been read, or none of them")
    opened = [open_table(table, "a comparison of tables") for table in tables]
    first = opened[0]
    places = [_find_columns(table, first) for table in opened]
    selected = select_columns(categorical_features, first.names, first.has_labels)
    return [
        _read_column(
            [table.columns[place[j]] for table, place in zip(opened, places, strict=True)],
            name if first.has_labels else j,
            None if selected is None else bool(selected[j]),
        )
        for j, name in enumerate(first.names)
    ]


def _find_columns(table: OpenedTable, first: OpenedTable) -> list[int]:
    """Return the position in `table` of each column of the first table."""
    if table.names == first.names:
        return list(range(len(first.names)))
    if set(table.names) != set(first.names):
        raise ValueError(
            f"all tables must have the same columns {list(first.names)}, got {list(table.names)}"
        )
    position = {name: j for j, name in enumerate(table.names)}
    return [position[name] for name in first.names]


def _read_column(
    columns: Sequence[Any], name: Hashable, is_named_category: bool | None
) -> SharedColumn:
    column, content = fit_column(columns[0], name, 0, is_named_category)
    column = column.allow_missing()
    further: dict[Hashable, int] = {}
    parts = [content, *(column.read_further(values, further) for values in columns[1:])]
    is_number = column.spec.is_number
    return SharedColumn(name, is_number, tuple(parts) if is_number else _recode(parts))


def _share(tables: Sequence[Table]) -> list[SharedColumn]:
    shapes = {(table.numbers.shape[1], table.codes.shape[1]) for table in tables}
    if len(shapes) > 1 or not all(map(len, tables)):
        raise ValueError(
            "tables that have been read must have rows and as many numbers and codes as the first, got shapes "
            f"{[(table.numbers.shape, table.codes.shape) for table in tables]}"
        )
    numbers = zip(*(table.numbers.T for table in tables), strict=True)
    codes = zip(*(table.codes.T for table in tables), strict=True)
    columns = [(True, parts) for parts in numbers] + [(False, _recode(parts)) for parts in codes]
    return [SharedColumn(j, *column) for j, column in enumerate(columns)]


def _recode(parts: Sequence[np.ndarray]) -> tuple[np.ndarray, ...]:
    """Give the categories that the tables hold codes without gaps, in the order in which they come up."""
    stacked = np.concatenate(parts)
    codes = np.full(len(stacked), -1, dtype=np.int64)
    codes[stacked >= 0] = pd.factorize(stacked[stacked >= 0])[0]
    return tuple(np.split(codes, np.cumsum([len(part) for part in parts])[:-1]))

"""Rows of which some cells are given, with any of the columns of a fitted table."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from vaesynth.tabular._columns._column import Column
from vaesynth.tabular._columns._lattice import conform_numbers
from vaesynth.tabular._containers import OpenedTable, open_table
from vaesynth.tabular._schema import ColumnSpec, Table
from vaesynth.tabular._table_encoder import TableEncoder


@dataclass(frozen=True, eq=False)
class PartialTable:
    """The content of rows, and which of their cells are given.

    Parameters
    ----------
    table : Table
        The content; cells that are not given hold what is typical of their column.
    is_given : ndarray of bool, shape (n_rows, n_columns)
        Which cells are given, in the order of the fitted columns.
    encoder : TableEncoder
        What has read the table.
    """

    table: Table
    is_given: np.ndarray
    encoder: TableEncoder

    def __len__(self) -> int:
        return len(self.table)

    def write_into(self, drawn: Table, rows: np.ndarray) -> Table:
        """Return drawn rows with the given cells of these `rows` (positions, one for each drawn row)."""
        schema = self.encoder.schema_
        of_numbers = self.is_given[:, [spec.position for spec in schema.numbers]][rows]
        of_codes = self.is_given[:, [spec.position for spec in schema.categoricals]][rows]
        return Table(
            np.where(of_numbers, self.table.numbers[rows], drawn.numbers),
            np.where(of_codes, self.table.codes[rows], drawn.codes),
        )


def read_partial(encoder: TableEncoder, given: Any) -> PartialTable:
    """Return rows of which some cells are given.

    Parameters
    ----------
    encoder : TableEncoder
        Fitted to whole rows.
    given : mapping of column to content, or table
        One row, by its columns; or rows in any container, whose missing cells are not given. A table with labels may
        have some of the columns only.

    Returns
    -------
    PartialTable

    Raises
    ------
    TypeError
        If `given` is neither.
    ValueError
        If a column is not one of the fitted, nothing is given, or a column cannot have a content: an unknown
        category, a number outside the range seen in fit, with more digits or none of its few values, or a cell of
        another type.

    Examples
    --------
    >>> from vaesynth.tabular import TableEncoder, read_partial
    >>> encoder = TableEncoder().fit([[31, "Rome"], [47, "Oslo"], [25, "Rome"]])
    >>> read_partial(encoder, {"x1": "Oslo"}).is_given.tolist()
    [[False, True]]
    """
    opened = _open(encoder, given)
    columns = encoder._columns
    contents: list[np.ndarray | None] = [None] * len(columns)
    for values, position in zip(opened.columns, _positions(encoder, opened), strict=True):
        contents[position] = _read(columns[position], values)
    filled, is_given = [], np.zeros((opened.n_rows, len(columns)), dtype=bool)
    for position, (column, content) in enumerate(zip(columns, contents, strict=True)):
        typical = column.spec.typical
        if content is None:
            content = np.full(opened.n_rows, typical)
        else:
            is_given[:, position] = ~(np.isnan(content) if column.spec.is_number else content < 0)
        filled.append(np.where(is_given[:, position], content, typical))
    return PartialTable(encoder._assemble(filled, opened.n_rows), is_given, encoder)


def _open(encoder: TableEncoder, given: Any) -> OpenedTable:
    if isinstance(given, Mapping):
        if not given:
            raise ValueError("`given` must name at least one column, got none")
        for name, content in given.items():
            if not pd.api.types.is_scalar(content):
                raise ValueError(
                    f"`given` must have one content for column {name!r}, got {content!r}"
                )
            if pd.isna(content):
                raise ValueError(
                    f"`given` must have a content for column {name!r}, got {content!r}: leave the column out to have "
                    "it drawn"
                )
        given = pd.DataFrame({name: [content] for name, content in given.items()})
    return open_table(given, encoder._name)


def _positions(encoder: TableEncoder, opened: OpenedTable) -> list[int]:
    """Return the position of each column of `given` among the fitted ones."""
    names = encoder.schema_.names
    if not opened.has_labels:
        if len(opened.columns) != len(names):
            raise ValueError(
                f"`given` without labels must have the {len(names)} fitted columns, got {len(opened.columns)}"
            )
        return list(range(len(names)))
    places = {name: position for position, name in enumerate(names)}
    return [_position(name, places) for name in opened.names]


def _position(name: Hashable, places: dict[Hashable, int]) -> int:
    if name not in places:
        raise ValueError(f"`given` must be of the columns {list(places)}, got {name!r}")
    return places[name]


def _read(column: Column, values: Any) -> np.ndarray:
    """Return what is given of a column, missing where it is not."""
    content = column.allow_missing().read(values)
    spec = column.spec
    if not spec.is_number:
        return content
    numbers = content.astype(spec.precision).astype(np.float64)
    if spec.is_all_missing:
        impossible = ~np.isnan(numbers)
    else:
        nearest = conform_numbers(numbers, replace(spec, has_missing=True))
        impossible = (nearest != numbers) & ~np.isnan(numbers)
    if impossible.any():
        cell = values[[int(impossible.argmax())]].tolist()[0]
        raise ValueError(
            f"`given` must hold contents that column {spec.name!r} can have, {_describe(column)}, got {cell!r}"
        )
    return numbers


def _describe(column: Column) -> str:
    """Return which numbers a column can have, in its own type."""
    spec: ColumnSpec = column.spec
    if spec.is_all_missing:
        return "which had none in fit"
    if spec.support is not None:
        return f"one of {_own(column, spec.support)}"
    lowest, highest = _own(column, (spec.lower, spec.upper))
    digits = "" if spec.decimals is None else f" with {spec.decimals} digits after the point"
    return f"{lowest} to {highest}{digits}"


def _own(column: Column, numbers: tuple[float, ...]) -> list[Any]:
    written: list[Any] = pd.Series(column.write(np.array(numbers))).tolist()
    return written

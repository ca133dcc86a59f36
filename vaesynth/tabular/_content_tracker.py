"""What the columns of a table hold that is read a block at a time, and rows that show it."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from vaesynth.tabular._columns._categories import factorize
from vaesynth.tabular._columns._lattice import count_decimals, round_to
from vaesynth.tabular._columns._number_storage import NumberStorage
from vaesynth.tabular._columns._pandas_storages import holds_truth_values, storage_of
from vaesynth.tabular._containers import open_table
from vaesynth.tabular._schema import ColumnSpec, TableSchema
from vaesynth.tabular._selection import select_columns

# Beyond as many distinct numbers a column is neither a category nor one of few values.
_FEW_NUMBERS = 64
_KINDS = {True: "numbers", False: "categories"}


class ContentTracker:
    """Follow what the columns hold, and point at the rows that show something new.

    The rows that it points at, together with any sample of the others, have the smallest and the largest number of
    every column, every category, every value of a column of few numbers, the most digits after the point and a missing
    cell where there is one: a `TableEncoder` that is fitted to them reads all rows.

    Parameters
    ----------
    categorical_features : "auto" or array-like, default="auto"
        As in `TableEncoder`.
    max_categories : int, default=100_000
        Most categories of a column.

    Attributes
    ----------
    n_rows : int
        Rows seen.

    Examples
    --------
    >>> import pandas as pd
    >>> from vaesynth.tabular import ContentTracker
    >>> tracker = ContentTracker()
    >>> tracker.see(pd.DataFrame({"age": [31, 33, 32], "city": ["Rome", "Rome", "Oslo"]})).tolist()
    [0, 1, 2]
    >>> tracker.see(pd.DataFrame({"age": [31, 32, 50], "city": ["Rome", "Oslo", "Oslo"]})).tolist()
    [2]
    """

    def __init__(self, categorical_features: Any = "auto", max_categories: int = 100_000) -> None:
        self.categorical_features = categorical_features
        self.max_categories = max_categories
        self.n_rows = 0
        self._columns: list[_ColumnContents] = []

    def see(self, table: Any) -> np.ndarray:
        """Take note of a block of rows.

        Parameters
        ----------
        table : table of shape (n_rows, n_columns)
            The next rows, in any container with named columns that `TableEncoder` takes.

        Returns
        -------
        ndarray of int64, ascending
            Positions in the block of the rows that show what no row before has shown.

        Raises
        ------
        TypeError
            If a cell is no scalar.
        ValueError
            If a number is infinite, a column has too many categories, or numbers in one block and none in another.
        """
        opened = open_table(table, type(self).__name__)
        if not self._columns:
            selected = select_columns(self.categorical_features, opened.names, opened.has_labels)
            self._columns = [
                _ColumnContents(name, None if selected is None else bool(selected[position]))
                for position, name in enumerate(opened.names)
            ]
        shown = [
            column.see(values, self.n_rows, self.max_categories)
            for column, values in zip(self._columns, opened.columns, strict=True)
        ]
        self.n_rows += opened.n_rows
        return np.unique(np.concatenate(shown))

    def level_counts(self, schema: TableSchema) -> list[np.ndarray]:
        """Give the rows of each category of each categorical column.

        Parameters
        ----------
        schema : TableSchema
            Specification of the columns, from a `TableEncoder` that was fitted to rows that show all.

        Returns
        -------
        list of ndarray of int64, shape (n_levels,)
            For each of ``schema.categoricals``, in the order of its levels.
        """
        return [self._columns[spec.position].count_levels(spec) for spec in schema.categoricals]


@dataclass
class _ColumnContents:
    """What one column has held so far."""

    name: Hashable
    is_named_category: bool | None
    is_number: bool | None = None
    has_missing: bool = False
    lower: float = np.inf
    upper: float = -np.inf
    decimals: int | None = 0
    counts: dict[Any, int] | None = field(default_factory=dict)

    def see(self, values: Any, start: int, max_categories: int) -> np.ndarray:
        """Take note of the cells of a block that begins at row `start`; give the rows that show something new."""
        storage = self._number_storage(values)
        self._check_kind(values, storage is not None)
        shown: list[int] = []
        if storage is None:
            missing = np.asarray(pd.isna(values))
        else:
            content, missing = _read(values, storage)
            shown += self._see_numbers(content, missing, storage.precision, start)
        if self.counts is not None:
            shown += self._see_levels(values, max_categories)
        if missing.any() and not self.has_missing:
            self.has_missing = True
            shown.append(int(missing.argmax()))
        return np.array(shown, dtype=np.int64)

    def count_levels(self, spec: ColumnSpec) -> np.ndarray:
        """Give the rows of each level of a categorical column."""
        counts = self.counts or {}
        return np.array([counts.get(_key(level), 0) for level in spec.levels], dtype=np.int64)

    def _number_storage(self, values: Any) -> NumberStorage | None:
        if self.is_named_category or (
            self.is_named_category is None and holds_truth_values(values.dtype)
        ):
            return None
        return storage_of(values, np.nan)

    def _check_kind(self, values: Any, is_number: bool) -> None:
        if values.dtype == object and pd.isna(values).all():
            return  # cells of an object column say what they are: none says nothing
        if self.is_number is None:
            self.is_number = is_number
        elif self.is_number != is_number:
            raise ValueError(
                f"column {self.name!r} must hold cells of one kind in all frames, got "
                f"{_KINDS[self.is_number]} first and {_KINDS[is_number]} later"
            )

    def _see_numbers(
        self, content: np.ndarray, missing: np.ndarray, precision: str, start: int
    ) -> list[int]:
        there = np.flatnonzero(~missing) if missing.any() else None
        numbers = content if there is None else content[there]
        if not len(numbers):
            return []
        self._refuse_infinity(content, start)
        found = []
        low, high = int(numbers.argmin()), int(numbers.argmax())
        if numbers[low] < self.lower:
            self.lower = numbers[low]
            found.append(low)
        if numbers[high] > self.upper:
            self.upper = numbers[high]
            found.append(high)
        if numbers.dtype.kind == "f":
            found += self._see_decimals(numbers, precision)
        return found if there is None else there[found].tolist()

    def _refuse_infinity(self, content: np.ndarray, start: int) -> None:
        if content.dtype.kind == "f" and np.isinf(content).any():
            row = start + int(np.isinf(content).argmax())
            raise ValueError(f"cells must be finite, got infinity in row {row} of {self.name!r}")

    def _see_decimals(self, numbers: np.ndarray, precision: str) -> list[int]:
        """Find the first number that is not written by the digits that wrote all before."""
        if self.decimals is None:
            return []
        needs_more = round_to(numbers, self.decimals, precision) != numbers
        if not needs_more.any():
            return []
        digits = count_decimals(numbers, precision)
        if digits is not None:
            # The same rule on one number finds one that needs them all.
            fewer = round_to(numbers, digits - 1, precision) != numbers
            needs_more = fewer if fewer.any() else needs_more
        self.decimals = None if digits is None else max(digits, self.decimals)
        return [int(needs_more.argmax())]

    def _see_levels(self, values: Any, max_categories: int) -> list[int]:
        """Count the levels of a block; give the first row of each that is new."""
        codes, levels = factorize(values)
        most = _FEW_NUMBERS if self.is_number else max_categories
        if len(levels) > most:
            return self._give_up_levels(most)
        counts = self.counts if self.counts is not None else {}
        counted = np.bincount(codes[codes >= 0], minlength=len(levels)).tolist()
        new = []
        for code, (level, n_rows) in enumerate(zip(levels.tolist(), counted, strict=True)):
            key = _key(level)
            if key not in counts:
                new.append(code)
            counts[key] = counts.get(key, 0) + n_rows
        return self._give_up_levels(most) if len(counts) > most else _first_rows(codes, new)

    def _give_up_levels(self, most: int) -> list[int]:
        """Follow the levels of a column of many numbers no longer, or refuse that many categories."""
        if not self.is_number:
            raise ValueError(
                f"column {self.name!r} must have at most {most:,} categories, got more: leave out a column of names or "
                "numbers that tell every row apart"
            )
        self.counts = None
        return []


def _read(values: Any, storage: NumberStorage) -> tuple[np.ndarray, np.ndarray]:
    """Give the numbers of a block, in units that are those of all blocks, and the mask of the missing cells."""
    if not isinstance(values, np.ndarray) or values.dtype != object:
        return storage.read(values)
    # How a storage of objects counts depends on the cells that it was made for.
    missing = np.asarray(pd.isna(values))
    return np.where(missing, 0, values).astype(np.float64), missing


def _first_rows(codes: np.ndarray, wanted: Sequence[int]) -> list[int]:
    """Give the position of the first row of each wanted code."""
    if not len(wanted):
        return []
    distinct, first = np.unique(codes, return_index=True)
    return first[np.searchsorted(distinct, wanted)].tolist()


def _key(level: Any) -> tuple[type, Any]:
    """Tell levels apart by type as well: 1, 1.0 and True are equal to Python."""
    return type(level), level

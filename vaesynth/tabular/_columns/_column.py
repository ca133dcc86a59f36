"""One column of a table: its specification, and its way to plain numbers or codes and back."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Hashable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from vaesynth.tabular._columns._categories import UNSEEN, CategoryStorage
from vaesynth.tabular._columns._lattice import IntegerLattice, count_decimals
from vaesynth.tabular._columns._number_storage import NumberStorage
from vaesynth.tabular._columns._pandas_storages import (
    TimeStorage,
    holds_truth_values,
    storage_of,
)
from vaesynth.tabular._schema import ColumnSpec

_MAX_SUPPORT = 20
_ROWS_PER_SUPPORT = 10  # below this few distinct values are chance, not a property
_MAX_LEVELS_OF_NUMBERS = 2


class Column(ABC):
    """A fitted column.

    Attributes
    ----------
    spec : ColumnSpec
        What is known of the column.
    """

    spec: ColumnSpec

    @abstractmethod
    def read(self, values: Any) -> np.ndarray:
        """Return the numbers or codes of `values`, shape (n_rows,)."""

    @abstractmethod
    def read_known(self, values: Any) -> tuple[np.ndarray, np.ndarray]:
        """Return the numbers or codes of `values`, typical ones in place of unseen contents, and where those were.

        Unseen are categories that were not in fit, numbers other than the only one of fit, and missing cells where fit
        had none.
        """

    @abstractmethod
    def read_further(self, values: Any, further: dict[Hashable, int]) -> np.ndarray:
        """Return the numbers or codes of `values`; categories that fit has not seen get the codes that follow.

        Those codes are kept in `further`, so that the next table has the same.
        """

    @abstractmethod
    def write(self, content: np.ndarray) -> Any:
        """Return the numbers or codes `content` as a column of the fitted type."""

    def write_over(self, values: Any, content: np.ndarray) -> Any:  # noqa: ARG002
        """Return `content` as a column of the fitted type, with the cells that `values` has."""
        return self.write(content)

    @abstractmethod
    def allow_missing(self) -> Column:
        """Return the column as one that may have missing cells."""

    def _check_missing(self, missing: np.ndarray) -> None:
        if not self.spec.has_missing and missing.any():
            raise ValueError(
                f"Input X contains NaN in row {int(missing.argmax())} of column "
                f"{self.spec.name!r}, which must have no missing cell as it had none in fit."
            )


@dataclass(frozen=True)
class NumberColumn(Column):
    """A column of numbers.

    Parameters
    ----------
    spec : ColumnSpec
        What is known of the column.
    storage : NumberStorage
        How the column stores its numbers.
    lattice : IntegerLattice
        Where the stored integers lie.
    """

    spec: ColumnSpec
    storage: NumberStorage
    lattice: IntegerLattice

    def read(self, values: Any) -> np.ndarray:
        """Return the numbers of `values`, NaN where missing."""
        numbers, missing = self._read_numbers(values)
        self._check_missing(missing)
        return numbers

    def read_known(self, values: Any) -> tuple[np.ndarray, np.ndarray]:
        """Return the numbers of `values`, the median in place of what is unseen, and where that was.

        In a column with a single number, any other number is unseen as well.
        """
        numbers, missing = self._read_numbers(values)
        unseen = missing & (not self.spec.has_missing)
        if self.spec.n_distinct == 1:
            unseen |= ~missing & (numbers != self.spec.typical)
        return np.where(unseen, self.spec.typical, numbers), unseen

    def read_further(self, values: Any, further: dict[Hashable, int]) -> np.ndarray:  # noqa: ARG002
        """Return the numbers of `values`: no number is foreign to a column of numbers."""
        return self.read(values)

    def _read_numbers(self, values: Any) -> tuple[np.ndarray, np.ndarray]:
        storage = self._storage_for(values)
        content, missing = storage.read(values)
        return _to_numbers(content, missing, self.lattice, self.spec.name), missing

    def write(self, content: np.ndarray) -> Any:
        """Return `content` as a column of the fitted type."""
        missing = np.isnan(content)
        if not self.storage.is_integral:
            return self.storage.write(content, missing)
        with np.errstate(invalid="ignore"):  # an infinity goes to the nearest limit
            integers = self.lattice.to_integers(
                np.where(missing, 0.0, content), self.storage.limits
            )
        return self.storage.write(integers, missing)

    @property
    def rounds(self) -> bool:
        """Return whether integers may come back with the error of a float."""
        return bool(self.lattice.exact)

    def write_over(self, values: Any, content: np.ndarray) -> Any:
        """Return `content` as a column of the fitted type, with the cells that `values` has exactly as they are."""
        written = self.write(content)
        if self.rounds and written.dtype == values.dtype:
            there = ~np.asarray(pd.isna(values))
            written[there] = values[there]
        return written

    def allow_missing(self) -> NumberColumn:
        """Return the column as one that may have missing cells."""
        return replace(self, spec=replace(self.spec, has_missing=True))

    def _storage_for(self, values: Any) -> NumberStorage:
        """Return the fitted storage where it reads `values`, else that of their own type."""
        own = storage_of(values, None)
        # Cells of an object column say what they are; where all are missing, they are what was fitted.
        is_blank = own is None and values.dtype == object and pd.isna(values).all()
        if is_blank or self.storage.accepts(own):
            return self.storage
        if own is None or own.shifts or self.storage.shifts:
            raise ValueError(
                f"Column {self.spec.name!r} must hold numbers, dates or durations as it did in "
                f"fit, got cells of type {values.dtype} that cannot be read as those."
            )
        return own


@dataclass(frozen=True)
class CategoryColumn(Column):
    """A column of categories.

    Parameters
    ----------
    spec : ColumnSpec
        What is known of the column.
    storage : CategoryStorage
        The levels as the column stores them.
    """

    spec: ColumnSpec
    storage: CategoryStorage

    def read(self, values: Any) -> np.ndarray:
        """Return the codes of `values`, -1 where missing."""
        codes = self.storage.read(values, self.spec.name)
        self._check_missing(codes < 0)
        return codes

    def read_known(self, values: Any) -> tuple[np.ndarray, np.ndarray]:
        """Return the codes of `values`, the most frequent where one is unseen, and where that was."""
        codes = self.storage.find(values)
        unseen = (codes == UNSEEN) | ((codes < 0) & (not self.spec.has_missing))
        return np.where(unseen, int(self.spec.typical), codes), unseen

    def read_further(self, values: Any, further: dict[Hashable, int]) -> np.ndarray:
        """Return the codes of `values`, further ones for categories that fit has not seen."""
        return self.storage.find(values, further)

    def write(self, content: np.ndarray) -> Any:
        """Return `content` as a column of the fitted type."""
        n_levels = len(self.spec.levels)
        if content.size and not (content.min() >= -1 and content.max() < n_levels):
            raise ValueError(
                f"Codes of column {self.spec.name!r} must lie between -1 and {n_levels - 1}, "
                f"got values from {content.min()} to {content.max()}."
            )
        return self.storage.write(content)

    def allow_missing(self) -> CategoryColumn:
        """Return the column as one that may have missing cells."""
        return replace(self, spec=replace(self.spec, has_missing=True))


def fit_column(
    values: Any, name: Hashable, position: int, is_category: bool | None
) -> tuple[Column, np.ndarray]:
    """Return the fitted column of `values`, and their numbers or codes.

    Parameters
    ----------
    values : ndarray or ExtensionArray, shape (n_rows,)
        The cells.
    name : hashable
        Label of the column.
    position : int
        Its position in the container.
    is_category : bool or None
        Whether the user named it as categorical; None to decide by type and content.
    """
    marker = _missing_marker(values)
    storage = storage_of(values, marker)
    if storage is None or is_category or (is_category is None and _is_bool(values)):
        _check_finite_cells(values, name)
        return _fit_category(values, name, position, marker)
    if isinstance(storage, TimeStorage):
        storage = storage.by_the_clock(values)
    content, missing = storage.read(values)
    lattice = IntegerLattice()
    if storage.is_integral:
        lattice = IntegerLattice.of(content[~missing], always=storage.shifts)
    numbers = _to_numbers(content, missing, lattice, name)
    spec = _number_spec(numbers, name, position, storage)
    if is_category is None and spec.n_distinct <= _MAX_LEVELS_OF_NUMBERS:
        return _fit_category(values, name, position, marker)
    return NumberColumn(spec, storage, lattice), numbers


def _number_spec(
    numbers: np.ndarray, name: Hashable, position: int, storage: NumberStorage
) -> ColumnSpec:
    ordered = np.sort(numbers)
    ordered = ordered[: np.searchsorted(ordered, np.inf)]  # NaN sorts last
    has_missing = len(ordered) < len(numbers)
    if not len(ordered):
        return ColumnSpec(name, position, "number", 0, has_missing, typical=np.nan)
    distinct = ordered[np.concatenate([[True], ordered[1:] != ordered[:-1]])]
    is_supported = len(distinct) <= min(_MAX_SUPPORT, len(ordered) / _ROWS_PER_SUPPORT)
    return ColumnSpec(
        name=name,
        position=position,
        kind="number",
        n_distinct=len(distinct),
        has_missing=has_missing,
        typical=float(ordered[len(ordered) // 2]),
        lower=float(ordered[0]),
        upper=float(ordered[-1]),
        decimals=0 if storage.is_integral else count_decimals(distinct, storage.precision),
        precision=storage.precision,
        support=tuple(distinct.tolist()) if is_supported else None,
    )


def _fit_category(
    values: Any, name: Hashable, position: int, marker: Any
) -> tuple[CategoryColumn, np.ndarray]:
    storage, codes = CategoryStorage.of(values, marker)
    counts = np.bincount(codes[codes >= 0], minlength=1)
    spec = ColumnSpec(
        name=name,
        position=position,
        kind="category",
        n_distinct=len(storage.levels),
        has_missing=bool((codes < 0).any()),
        typical=float(counts.argmax()) if len(storage.levels) else -1.0,
        levels=tuple(storage.levels.tolist()),
    )
    return CategoryColumn(spec, storage), codes


def _to_numbers(
    content: np.ndarray, missing: np.ndarray, lattice: IntegerLattice, name: Hashable
) -> np.ndarray:
    if content.dtype.kind == "f":
        infinite = np.isinf(content)
        if infinite.any():
            raise ValueError(
                "Input X contains infinity or a value too large for dtype('float64') in row "
                f"{int(infinite.argmax())} of column {name!r}."
            )
        is_plain = lattice.offset == 0 and lattice.step == 1
        numbers = content if is_plain else (content - lattice.offset) / lattice.step
    else:
        numbers = lattice.to_floats(content)
    return np.where(missing, np.nan, numbers) if missing.any() else numbers


def _check_finite_cells(values: Any, name: Hashable) -> None:
    if isinstance(values, np.ndarray) and values.dtype.kind == "f":
        _to_numbers(values, np.zeros(len(values), dtype=bool), IntegerLattice(), name)


def _missing_marker(values: Any) -> Any:
    if not (isinstance(values, np.ndarray) and values.dtype.kind == "O"):
        return np.nan
    missing = np.asarray(pd.isna(values))
    return values[missing.argmax()] if missing.any() else np.nan


def _is_bool(values: Any) -> bool:
    return holds_truth_values(values.dtype)

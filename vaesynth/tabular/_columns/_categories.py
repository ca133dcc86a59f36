"""Categories of a column as integer codes, and back."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from vaesynth._byte_order import in_native_order

UNSEEN = -2


@dataclass(frozen=True)
class CategoryStorage:
    """The distinct values of a column, in the order of their codes, as the column stores them.

    Parameters
    ----------
    levels : array
        The values seen, in an array of the column's own type.
    marker : object
        What stands for a missing cell in a plain numpy column.
    is_mixed : bool
        Whether cells are told apart by type as well (1, 1.0 and True are equal to Python).
    """

    levels: Any
    marker: Any
    is_mixed: bool = False

    @classmethod
    def of(cls, values: Any, marker: Any) -> tuple[CategoryStorage, np.ndarray]:
        """Return the storage of the column `values` and its codes."""
        is_mixed = _is_mixed(values)
        codes, levels = factorize(values, is_mixed=is_mixed)
        order = _sorted_order(levels)
        rank = np.append(np.argsort(order), -1)  # the last entry serves the code -1
        return cls(levels.take(order), marker, is_mixed), rank[codes]

    def read(self, values: Any, name: Hashable) -> np.ndarray:
        """Return the codes of `values`.

        Raises
        ------
        ValueError
            If a value is none of the levels.
        """
        codes = self.find(values)
        unseen = codes == UNSEEN
        if unseen.any():
            cell = values[unseen.argmax() : unseen.argmax() + 1].tolist()[0]
            raise ValueError(
                f"Found unknown category {cell!r} in column {name!r}: it "
                f"must be one of the {len(self.levels)} categories seen in fit."
            )
        return codes

    def find(self, values: Any, further: dict[Hashable, int] | None = None) -> np.ndarray:
        """Return the codes of `values`, -1 where missing and `UNSEEN` where a value is none of the levels.

        With `further`, values that are none get the codes that follow, which are kept there for other tables.
        """
        if isinstance(self.levels, np.ndarray) and self.levels.dtype.kind in "mM":
            values = np.asarray(values).astype(self.levels.dtype)
        codes, found = factorize(values, is_mixed=self.is_mixed)
        keys = _keys(found, is_mixed=self.is_mixed)
        known = [self._code_of_key.get(key, UNSEEN) for key in keys]
        if further is not None:
            known = [
                further.setdefault(key, len(self.levels) + len(further)) if code == UNSEEN else code
                for key, code in zip(keys, known, strict=True)
            ]
        return np.array([*known, -1], dtype=np.int64)[codes]

    def write(self, codes: np.ndarray) -> Any:
        """Return the column with these `codes`."""
        if isinstance(self.levels, pd.Categorical):
            dtype_codes = np.append(self.levels.codes, -1)  # the last entry serves the code -1
            return pd.Categorical.from_codes(dtype_codes[codes], dtype=self.levels.dtype)
        if not isinstance(self.levels, np.ndarray):
            return self.levels.take(codes, allow_fill=True)
        return self._write_numpy(codes)

    def _write_numpy(self, codes: np.ndarray) -> np.ndarray:
        missing = codes < 0
        if not len(self.levels):
            return np.full(len(codes), self._fill, dtype=self.levels.dtype)
        values = self.levels[codes]
        if missing.any():
            values[missing] = self._fill
        return values

    @property
    def _fill(self) -> Any:
        kind = self.levels.dtype.kind
        if kind in "mM":
            return np.array("NaT", dtype=self.levels.dtype)
        return self.marker if kind == "O" else np.nan

    @cached_property
    def _code_of_key(self) -> dict[Hashable, int]:
        keys = _keys(self.levels, is_mixed=self.is_mixed)
        return {key: code for code, key in enumerate(keys)}


def factorize(values: Any, *, is_mixed: bool = False) -> tuple[np.ndarray, Any]:
    """Return codes (-1 where missing) and the distinct values seen, in an array of their type."""
    if isinstance(values, pd.Categorical):
        used, codes = np.unique(values.codes[values.codes >= 0], return_inverse=True)
        everywhere = np.full(len(values), -1, dtype=np.int64)
        everywhere[values.codes >= 0] = codes
        return everywhere, pd.Categorical.from_codes(used, dtype=values.dtype)
    if is_mixed:
        return _factorize_mixed(values)
    if isinstance(values.dtype, pd.ArrowDtype) and values.dtype.kind == "f":
        # Arrow tells the two zeros apart, and NaN from null; a look-up does neither.
        codes = pd.factorize(values.to_numpy(dtype=np.float64, na_value=np.nan))[0]
        return codes.astype(np.int64, copy=False), _first_of_each(values, codes)
    if isinstance(values.dtype, pd.ArrowDtype) and _is_dictionary(values.dtype):
        # pandas takes all of a dictionary for levels, and what stands in it twice or for nothing as well.
        plain = values.astype(pd.ArrowDtype(values.dtype.pyarrow_dtype.value_type))
        codes = factorize(plain)[0]
        return codes, _first_of_each(values, codes)
    codes, levels = pd.factorize(in_native_order(values))
    if levels.dtype != values.dtype:
        levels = _first_of_each(values, codes)
    return codes.astype(np.int64, copy=False), levels


def _first_of_each(values: Any, codes: np.ndarray) -> Any:
    """Take the levels from the column: pandas 2 widens the indices of Arrow dictionaries in its own."""
    found, places = np.unique(codes, return_index=True)
    return values.take(places[found >= 0])


def _is_dictionary(dtype: pd.ArrowDtype) -> bool:
    import pyarrow as pa

    return bool(pa.types.is_dictionary(dtype.pyarrow_dtype))


def _factorize_mixed(values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    present = ~np.asarray(pd.isna(values))
    first: dict[tuple[type, Hashable], int] = {}
    codes = np.full(len(values), -1, dtype=np.int64)
    codes[present] = [first.setdefault((type(v), v), len(first)) for v in values[present]]
    levels = np.empty(len(first), dtype=object)
    levels[:] = [value for _, value in first]
    return codes, levels


def _is_mixed(values: Any) -> bool:
    if not (isinstance(values, np.ndarray) and values.dtype.kind == "O"):
        return False
    return pd.api.types.infer_dtype(values, skipna=True).startswith("mixed")


def _sorted_order(levels: Any) -> np.ndarray:
    try:
        return np.asarray(levels.argsort())
    except (TypeError, NotImplementedError):
        return _order_of_cells(levels.tolist())


def _order_of_cells(cells: list[Any]) -> np.ndarray:
    try:
        return np.array(sorted(range(len(cells)), key=cells.__getitem__), dtype=np.int64)
    except TypeError:  # no common order: keep that of first appearance
        return np.arange(len(cells))


def _keys(levels: Any, *, is_mixed: bool) -> list[Any]:
    values = levels.tolist()
    return [(type(value), value) for value in values] if is_mixed else values

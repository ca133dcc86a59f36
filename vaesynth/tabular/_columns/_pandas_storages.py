"""How a column of each type stores its numbers: out as 64-bit integers or floats, and back."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, cast

import numpy as np
import pandas as pd

from vaesynth._byte_order import in_native_order
from vaesynth.tabular._columns._arrow_storage import arrow_storage_of
from vaesynth.tabular._columns._number_storage import (
    INT64,
    NO_SHIFT,
    NumberStorage,
    Shift,
    rescale,
    unscale,
)

_TIME = (-(2**63) + 1, 2**63 - 1)  # the smallest int64 is NaT


@dataclass(frozen=True)
class NumpyStorage(NumberStorage):
    """Booleans, integers and floats of numpy."""

    dtype: np.dtype

    @property
    def is_integral(self) -> bool:  # type: ignore[override]
        return self.dtype.kind in "biu"

    @property
    def limits(self) -> tuple[int, int]:  # type: ignore[override]
        return _limits(self.dtype)

    @property
    def precision(self) -> str:  # type: ignore[override]
        return _precision(self.dtype)

    def read(self, values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        content = _widen(values)
        missing = np.isnan(content) if content.dtype.kind == "f" else np.zeros(len(values), bool)
        return content, missing

    def write(self, content: np.ndarray, missing: np.ndarray) -> np.ndarray:
        _refuse_missing(missing, self.dtype, unless=self.dtype.kind == "f")
        return content.astype(self.dtype)


@dataclass(frozen=True)
class MaskedStorage(NumberStorage):
    """The nullable integers, floats and booleans of pandas."""

    dtype: Any

    @property
    def is_integral(self) -> bool:  # type: ignore[override]
        return self._numpy_dtype.kind in "biu"

    @property
    def limits(self) -> tuple[int, int]:  # type: ignore[override]
        return _limits(self._numpy_dtype)

    @property
    def precision(self) -> str:  # type: ignore[override]
        return _precision(self._numpy_dtype)

    @property
    def _numpy_dtype(self) -> np.dtype:
        return cast(np.dtype, self.dtype.numpy_dtype)

    def read(self, values: Any) -> tuple[np.ndarray, np.ndarray]:
        missing = np.asarray(values.isna())
        filler = self._numpy_dtype.type(0)
        return _widen(values.to_numpy(dtype=self._numpy_dtype, na_value=filler)), missing

    def write(self, content: np.ndarray, missing: np.ndarray) -> Any:
        content = np.where(missing, 0, content).astype(self._numpy_dtype)
        return self.dtype.construct_array_type()(content, missing.copy())


@dataclass(frozen=True)
class TimeStorage(NumberStorage):
    """Dates, durations and periods, of numpy or of pandas, with or without time zone.

    Parameters
    ----------
    dtype : dtype
        The type of the column.
    in_wall_time : bool, default=False
        Whether times of a zone are counted by its clocks. Where clocks change, days last 23 to 25 hours.
    """

    dtype: Any
    in_wall_time: bool = False
    shifts = True
    limits = _TIME

    def accepts(self, other: NumberStorage | None) -> bool:
        """Whether `other` stores times of the same kind, in whatever unit, here or in Arrow."""
        dtype = getattr(other, "dtype", None)
        if isinstance(dtype, pd.ArrowDtype):
            return self.dtype.kind in "mM" and dtype.kind == self.dtype.kind
        return isinstance(other, TimeStorage) and other.dtype.kind == self.dtype.kind

    def read(self, values: Any) -> tuple[np.ndarray, np.ndarray]:
        if values.dtype != self.dtype:
            values = pd.Series(in_native_order(values)).astype(self.dtype).array
        missing = np.asarray(pd.isna(values))
        if isinstance(values, np.ndarray):
            return in_native_order(values).view(np.int64), missing
        index = pd.Index(values)
        return np.asarray((index.tz_localize(None) if self.in_wall_time else index).asi8), missing

    def write(self, content: np.ndarray, missing: np.ndarray) -> Any:
        content = np.where(missing, np.iinfo(np.int64).min, content)
        if isinstance(self.dtype, np.dtype):
            return content.view(self.dtype.newbyteorder("=")).astype(self.dtype, copy=False)
        if isinstance(self.dtype, pd.PeriodDtype):
            index: Any = pd.PeriodIndex  # its stubs lack the constructor from integers
            return index.from_ordinals(content, freq=self.dtype.freq).array
        times = pd.DatetimeIndex(content.view(f"M8[{self.dtype.unit}]"))
        if not self.in_wall_time:
            return times.tz_localize("UTC").tz_convert(self.dtype.tz).array
        is_first = np.ones(len(times), dtype=bool)  # of two hours of the same name
        return times.tz_localize(
            self.dtype.tz, ambiguous=is_first, nonexistent="shift_forward"
        ).array

    def by_the_clock(self, values: Any) -> TimeStorage:
        """Return the storage in wall time where all times are of one hour of the day and come back, else this one."""
        if not isinstance(self.dtype, pd.DatetimeTZDtype):
            return self
        there = pd.DatetimeIndex(values).dropna()
        wall = there.tz_localize(None)
        if (wall - wall.normalize()).nunique() != 1:
            return self
        by_clock = replace(self, in_wall_time=True)
        again = by_clock.write(*by_clock.read(there.array))
        return by_clock if (again == there).all() else self


@dataclass(frozen=True)
class ObjectStorage(NumberStorage):
    """Python integers or floats in an object column, with the column's own missing marker."""

    marker: Any
    is_integral: bool
    shift: Shift = NO_SHIFT

    @classmethod
    def of(cls, values: np.ndarray, marker: Any, *, is_integral: bool) -> ObjectStorage:
        """Return the storage of a column of numbers."""
        return cls(marker, is_integral, Shift.of(_cells(values)) if is_integral else NO_SHIFT)

    @property
    def shifts(self) -> bool:  # type: ignore[override]
        """Whether the integers are beyond 64 bits."""
        return self.shift != NO_SHIFT

    def accepts(self, other: NumberStorage | None) -> bool:
        """Whether `other` stores objects, and integers where this does."""
        return isinstance(other, ObjectStorage) and other.is_integral == self.is_integral

    def read(self, values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return the integers or floats and the mask of the missing cells."""
        missing = np.asarray(pd.isna(values))
        if self.is_integral:
            return self.shift.reduce(_cells(values), missing), missing
        content = np.full(len(values), np.nan)
        content[~missing] = values[~missing].astype(np.float64)
        return content, missing

    def write(self, content: np.ndarray, missing: np.ndarray) -> np.ndarray:
        """Return python integers or floats, and the marker."""
        cells = np.empty(len(content), dtype=object)
        cells[:] = self.shift.restore(content) if self.is_integral else content.tolist()
        cells[missing] = self.marker
        return cells


@dataclass(frozen=True)
class DecimalStorage(NumberStorage):
    """Decimals in an object column, as integers of `scale` digits after the point."""

    marker: Any
    scale: int
    shift: Shift = NO_SHIFT
    shifts = True

    @classmethod
    def of(cls, values: np.ndarray, marker: Any) -> DecimalStorage:
        """Return the storage with as many digits as the column has."""
        cells = _cells(values)
        exponents = [cell.as_tuple().exponent for cell in cells]
        scale = max((-e for e in exponents if isinstance(e, int)), default=0)
        return cls(marker, scale, Shift.of([unscale(cell, scale) for cell in cells]))

    def accepts(self, other: NumberStorage | None) -> bool:
        """Whether `other` stores decimals too."""
        return isinstance(other, DecimalStorage)

    def read(self, values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return the scaled integers and the mask of the missing cells."""
        missing = np.asarray(pd.isna(values))
        scaled = [unscale(cell, self.scale) for cell in _cells(values)]
        return self.shift.reduce(scaled, missing), missing

    def write(self, content: np.ndarray, missing: np.ndarray) -> np.ndarray:
        """Return decimals, and the marker."""
        cells = np.empty(len(content), dtype=object)
        cells[:] = [rescale(integer, self.scale) for integer in self.shift.restore(content)]
        cells[missing] = self.marker
        return cells


def storage_of(values: Any, marker: Any) -> NumberStorage | None:
    """Return the storage of a column of numbers, None for a column that cannot be numbers."""
    dtype = values.dtype
    if isinstance(dtype, np.dtype):
        return _numpy_storage(values, marker)
    if isinstance(dtype, (pd.DatetimeTZDtype, pd.PeriodDtype)):
        return TimeStorage(dtype)
    if isinstance(dtype, pd.ArrowDtype):
        return arrow_storage_of(values)
    if isinstance(values, (pd.arrays.IntegerArray, pd.arrays.FloatingArray)):
        return MaskedStorage(dtype)
    if isinstance(values, pd.arrays.BooleanArray):
        return MaskedStorage(dtype)
    return None


def _numpy_storage(values: np.ndarray, marker: Any) -> NumberStorage | None:
    kind = values.dtype.kind
    if kind in "biuf":
        return NumpyStorage(values.dtype)
    if kind in "mM":
        return TimeStorage(values.dtype)
    if kind != "O":
        return None
    inferred = pd.api.types.infer_dtype(values, skipna=True)
    if inferred == "decimal":
        return DecimalStorage.of(values, marker)
    if inferred in ("integer", "floating", "mixed-integer-float"):
        return ObjectStorage.of(values, marker, is_integral=inferred == "integer")
    return None


def _cells(values: np.ndarray) -> list[Any]:
    """Return the cells that are not missing."""
    return list(values[~np.asarray(pd.isna(values))])


def holds_truth_values(dtype: Any) -> bool:
    """Whether a type is boolean: a number to arithmetic, a category to a reader."""
    return bool(pd.api.types.is_bool_dtype(dtype))


def _limits(dtype: np.dtype) -> tuple[int, int]:
    if dtype.kind == "b":
        return (0, 1)
    if dtype.kind == "f":
        return INT64
    info = np.iinfo(dtype)
    return int(info.min), int(info.max)


def _precision(dtype: np.dtype) -> str:
    return dtype.name if dtype.name in ("float16", "float32") else "float64"


def _widen(values: np.ndarray) -> np.ndarray:
    kind = values.dtype.kind
    if kind == "f":
        return values.astype(np.float64)
    is_widest = kind == "u" and values.dtype.itemsize == 8
    return values.astype(np.uint64 if is_widest else np.int64)


def _refuse_missing(missing: np.ndarray, dtype: Any, *, unless: bool) -> None:
    if missing.any() and not unless:
        raise ValueError(
            f"A column of type {dtype} cannot hold missing cells, got {int(missing.sum())} of them."
        )

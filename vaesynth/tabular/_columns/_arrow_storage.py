"""Numbers of pandas columns that Arrow stores."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from vaesynth.tabular._columns._number_storage import NumberStorage, Shift, rescale, unscale

# Arrow is no requirement: only its own columns ask for it.
with contextlib.suppress(ImportError):
    import pyarrow as pa


@dataclass(frozen=True)
class ArrowStorage(NumberStorage):
    """Integers, booleans, dates, times and durations, through the integers Arrow keeps."""

    dtype: pd.ArrowDtype
    limits: tuple[int, int]
    shifts: bool

    def accepts(self, other: NumberStorage | None) -> bool:
        """Whether `other` is the same, or stores times of the same kind outside Arrow."""
        kind = getattr(getattr(other, "dtype", None), "kind", None)
        return self == other or (self.shifts and kind in ("m", "M") and kind == self.dtype.kind)

    def read(self, values: Any) -> tuple[np.ndarray, np.ndarray]:
        missing = np.asarray(pd.isna(values))
        array = _combine(values).cast(self.dtype.pyarrow_dtype)
        if pa.types.is_unsigned_integer(array.type):
            return array.fill_null(0).cast(pa.uint64()).to_numpy(zero_copy_only=False), missing
        if not pa.types.is_boolean(array.type):
            array = array.cast(self._integer_type)
        integers = array.cast(pa.int64()).fill_null(0)
        return integers.to_numpy(zero_copy_only=False), missing

    def write(self, content: np.ndarray, missing: np.ndarray) -> Any:
        integers = pa.array(content, mask=missing)
        kind = self.dtype.pyarrow_dtype
        if not (pa.types.is_boolean(kind) or pa.types.is_integer(kind)):
            integers = integers.cast(self._integer_type)
        return pd.arrays.ArrowExtensionArray(integers.cast(kind))

    @property
    def _integer_type(self) -> pa.DataType:
        kind = self.dtype.pyarrow_dtype
        return kind if pa.types.is_integer(kind) else pa.type_for_alias(f"int{kind.bit_width}")


@dataclass(frozen=True)
class ArrowFloatStorage(NumberStorage):
    """Floats that Arrow stores; a NaN comes back as the null it is counted as."""

    dtype: pd.ArrowDtype
    precision: str
    is_integral = False

    def read(self, values: Any) -> tuple[np.ndarray, np.ndarray]:
        content = _combine(values).cast(pa.float64()).to_numpy(zero_copy_only=False)
        return content, np.isnan(content)

    def write(self, content: np.ndarray, missing: np.ndarray) -> Any:
        content = content.astype(self.precision)
        return pd.arrays.ArrowExtensionArray(
            pa.array(content, mask=missing).cast(self.dtype.pyarrow_dtype)
        )


@dataclass(frozen=True)
class ArrowDecimalStorage(NumberStorage):
    """Fixed-point decimals that Arrow stores."""

    dtype: pd.ArrowDtype
    shift: Shift
    shifts = True

    @classmethod
    def of(cls, values: Any) -> ArrowDecimalStorage:
        """Return the storage of a column of decimals."""
        return cls(values.dtype, Shift.of(_unscaled(values)))

    def accepts(self, other: NumberStorage | None) -> bool:
        """Whether `other` stores the same decimals."""
        return isinstance(other, ArrowDecimalStorage) and other.dtype == self.dtype

    def read(self, values: Any) -> tuple[np.ndarray, np.ndarray]:
        """Return the scaled integers and the mask of the missing cells."""
        missing = np.asarray(values.isna())
        return self.shift.reduce(_unscaled(values), missing), missing

    def write(self, content: np.ndarray, missing: np.ndarray) -> Any:
        """Return a column of decimals."""
        kind = self.dtype.pyarrow_dtype
        cells = [rescale(integer, kind.scale) for integer in self.shift.restore(content)]
        return pd.arrays.ArrowExtensionArray(pa.array(cells, type=kind, mask=missing))


def _unscaled(values: Any) -> list[int]:
    scale = values.dtype.pyarrow_dtype.scale
    return [unscale(cell, scale) for cell in _combine(values).drop_null().to_pylist()]


def arrow_storage_of(values: Any) -> NumberStorage | None:
    """Return the storage of a column Arrow stores, None for one that cannot be numbers."""
    dtype = values.dtype
    kind = dtype.pyarrow_dtype
    if pa.types.is_boolean(kind):
        return ArrowStorage(dtype, (0, 1), shifts=False)
    if pa.types.is_integer(kind):
        bits, unsigned = kind.bit_width, pa.types.is_unsigned_integer(kind)
        limits = (0, 2**bits - 1) if unsigned else (-(2 ** (bits - 1)), 2 ** (bits - 1) - 1)
        return ArrowStorage(dtype, limits, shifts=False)
    if pa.types.is_floating(kind):
        return ArrowFloatStorage(dtype, f"float{kind.bit_width}")
    if pa.types.is_decimal(kind):
        return ArrowDecimalStorage.of(values)
    if pa.types.is_temporal(kind) and not pa.types.is_interval(kind):
        half = 2 ** (kind.bit_width - 1)
        return ArrowStorage(dtype, (-half, half - 1), shifts=True)
    return None


def _combine(values: Any) -> pa.Array:
    array = pa.array(values)
    return array.combine_chunks() if isinstance(array, pa.ChunkedArray) else array

"""Several tables with the same columns, read column by column into plain arrays."""

from __future__ import annotations

import datetime
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from scipy import sparse


@dataclass(frozen=True)
class SharedColumn:
    """One column of several tables.

    Parameters
    ----------
    name : hashable
        Label; its position in tables without labels.
    is_number : bool
        Whether the cells are numbers (dates and durations among them); else they are categories.
    parts : tuple of ndarray
        The cells of each table. Numbers are float64 with NaN where missing; categories are codes over the levels of
        all tables, -1 where missing.
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
    tables: Sequence[Any], categorical_features: Any = None
) -> list[SharedColumn]:
    """Read tables whose columns are those of the first.

    Columns of numbers, dates and durations are numbers; those of bool, strings, categories and mixed objects, and
    those that `categorical_features` names (labels, positions or a mask), are categories. The first table decides.

    Raises
    ------
    ValueError
        If a table has no rows, has other columns than the first, or a named column is not there; or if a column of
        numbers holds something else in another table.
    """
    if all(_is_plain(table) for table in tables):
        return _read_arrays([np.asarray(table) for table in tables], categorical_features)
    frames = [_as_frame(table) for table in tables]
    first = frames[0]
    for frame in frames:
        if not len(frame):
            raise ValueError("a table must have at least one row, got none")
        if set(frame.columns) != set(first.columns) or not frame.columns.is_unique:
            raise ValueError(
                f"all tables must have the same columns {list(first.columns)}, got {list(frame.columns)}"
            )
    named = _named_columns(list(first.columns), categorical_features)
    return [
        _read_column(name, [frame[name] for frame in frames], is_named)
        for name, is_named in zip(first.columns, named, strict=True)
    ]


def _is_plain(table: Any) -> bool:
    return isinstance(table, np.ndarray) and table.ndim == 2 and table.dtype.kind in "fiu"


def _read_arrays(arrays: list[np.ndarray], categorical_features: Any) -> list[SharedColumn]:
    width = arrays[0].shape[1]
    for array in arrays:
        if array.shape[1] != width or not len(array):
            raise ValueError(
                f"all tables must have rows and {width} columns, got an array of shape {array.shape}"
            )
    named = _named_columns(list(range(width)), categorical_features)
    columns = []
    for j, is_named in enumerate(named):
        parts = [array[:, j].astype(np.float64) for array in arrays]
        columns.append(SharedColumn(j, not is_named, _codes(parts) if is_named else tuple(parts)))
    return columns


def _codes(parts: list[Any]) -> tuple[np.ndarray, ...]:
    """Codes of the cells over the levels of all parts, -1 where missing."""
    stacked = np.concatenate(parts)
    codes = pd.factorize(stacked)[0]
    return tuple(np.split(codes, np.cumsum([len(part) for part in parts])[:-1]))


def _as_frame(table: Any) -> pd.DataFrame:
    if isinstance(table, pd.DataFrame):
        return table
    if hasattr(table, "to_pandas"):
        return table.to_pandas()
    if sparse.issparse(table):
        table = table.toarray()
    if np.ndim(table) != 2:
        raise ValueError(f"a table must have two dimensions, got {np.ndim(table)}")
    return pd.DataFrame(table).infer_objects()


def _named_columns(labels: list[Any], categorical_features: Any) -> list[bool]:
    """Which columns the user names as categories."""
    if categorical_features is None:
        return [False] * len(labels)
    given = np.asarray(categorical_features)
    if given.dtype == bool:
        if given.shape != (len(labels),):
            raise ValueError(
                f"a mask of `categorical_features` must have length {len(labels)}, got {given.shape}"
            )
        return given.tolist()
    named = given.tolist()
    if all(name in labels for name in named):
        return [label in named for label in labels]
    if all(isinstance(name, int) and 0 <= name < len(labels) for name in named):
        return [position in named for position in range(len(labels))]
    raise ValueError(f"`categorical_features` must name columns of {labels}, got {named}")


def _read_column(name: Hashable, series: list[pd.Series], is_named: bool) -> SharedColumn:
    if is_named or not _holds_numbers(series[0]):
        parts = [part.astype(object).where(part.notna(), None).to_numpy() for part in series]
        return SharedColumn(name, False, _codes(parts))
    return SharedColumn(name, True, tuple(_to_numbers(name, part) for part in series))


def _holds_numbers(series: pd.Series) -> bool:
    dtype = series.dtype
    if pd.api.types.is_bool_dtype(dtype):
        return False
    if _is_time(dtype) or pd.api.types.is_numeric_dtype(dtype):
        return True
    return _inferred(series) in _NUMERIC_OBJECTS


_TIME_OBJECTS = frozenset(["datetime", "datetime64", "date"])
_SPAN_OBJECTS = frozenset(["timedelta", "timedelta64"])
_NUMERIC_OBJECTS = _TIME_OBJECTS | _SPAN_OBJECTS | {"integer", "floating", "decimal"}
_NUMERIC_OBJECTS |= {"mixed-integer-float"}


def _inferred(series: pd.Series) -> str:
    """Say what the cells of an object column, or of one of pyarrow's types, are."""
    if pd.api.types.is_object_dtype(series.dtype) or isinstance(series.dtype, pd.ArrowDtype):
        return pd.api.types.infer_dtype(series, skipna=True)
    return "other"


def _is_time(dtype: Any) -> bool:
    return (
        pd.api.types.is_datetime64_any_dtype(dtype)
        or pd.api.types.is_timedelta64_dtype(dtype)
        or isinstance(dtype, pd.PeriodDtype)
    )


def _to_numbers(name: Hashable, series: pd.Series) -> np.ndarray:
    """Cells as floats, NaN where missing; times in microseconds."""
    inferred = _inferred(series)
    try:
        if isinstance(series.dtype, pd.PeriodDtype):
            return _microseconds(series.dt.to_timestamp())
        if inferred in _TIME_OBJECTS:
            return _microseconds(_read_times(series))
        if inferred in _SPAN_OBJECTS:
            return _microseconds(pd.to_timedelta(series.astype(object)))
        if _is_time(series.dtype):
            return _microseconds(series)
        return series.to_numpy(dtype=np.float64, na_value=np.nan).copy()
    except (TypeError, ValueError) as error:
        raise ValueError(
            f"column {name!r} must hold numbers in all tables, got cells of type {series.dtype}"
        ) from error


def _read_times(series: pd.Series) -> pd.Series:
    """Read the times of an object column; pandas' own way refuses what lies beyond its nanoseconds."""
    cells = [np.datetime64("NaT") if pd.isna(cell) else _in_utc(cell) for cell in series]
    return pd.Series(np.array(cells, dtype="M8[us]"))


def _in_utc(cell: Any) -> Any:
    zone = getattr(cell, "tzinfo", None)
    return cell if zone is None else cell.astimezone(datetime.UTC).replace(tzinfo=None)


def _microseconds(series: pd.Series) -> np.ndarray:
    missing = series.isna().to_numpy()
    if getattr(series.dt, "tz", None) is not None:
        series = series.dt.tz_convert("UTC").dt.tz_localize(None)
    unit = "m8[us]" if pd.api.types.is_timedelta64_dtype(series.dtype) else "M8[us]"
    numbers = series.to_numpy(dtype=unit).astype(np.int64).astype(np.float64)
    numbers[missing] = np.nan
    return numbers

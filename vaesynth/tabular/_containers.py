"""Containers of tables: taken apart into columns, put together again, and put below each other."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import scipy.sparse as sp
from sklearn.utils import InputTags

from vaesynth.tabular._schema import Table

_RESHAPE = (
    "Reshape your data either using array.reshape(-1, 1) if your data has a single feature or "
    "array.reshape(1, -1) if it contains a single sample."
)


class Layout(ABC):
    """What a container is beyond its columns."""

    @abstractmethod
    def rebuild(self, columns: Sequence[Any], n_rows: int) -> Any:
        """Return a container with these columns."""


@dataclass(frozen=True)
class ArrayLayout(Layout):
    """A two-dimensional ndarray of one type."""

    dtype: np.dtype

    def rebuild(self, columns: Sequence[Any], n_rows: int) -> np.ndarray:
        """Return an ndarray with these columns."""
        array = np.empty((n_rows, len(columns)), dtype=self.dtype)
        for j, column in enumerate(columns):
            array[:, j] = column
        return array


@dataclass(frozen=True)
class ListLayout(Layout):
    """A list of rows."""

    def rebuild(self, columns: Sequence[Any], n_rows: int) -> list[list[Any]]:
        """Return a list of lists with these columns."""
        return ArrayLayout(np.dtype(object)).rebuild(columns, n_rows).tolist()


@dataclass(frozen=True)
class SparseLayout(Layout):
    """A scipy sparse matrix or array."""

    container: type
    dtype: np.dtype

    def rebuild(self, columns: Sequence[Any], n_rows: int) -> Any:
        """Return a sparse container of the same class with these columns."""
        return self.container(ArrayLayout(self.dtype).rebuild(columns, n_rows))


@dataclass(frozen=True)
class FrameLayout(Layout):
    """A pandas DataFrame."""

    columns: pd.Index
    dtypes: tuple[Any, ...]

    def rebuild(self, columns: Sequence[Any], n_rows: int) -> pd.DataFrame:
        """Return a DataFrame with these columns and a fresh index."""
        index = pd.RangeIndex(n_rows)
        parts = {
            j: pd.Series(_as_stored(column, dtype), index=index, dtype=dtype, copy=False)
            for j, (column, dtype) in enumerate(zip(columns, self.dtypes, strict=True))
        }
        frame = pd.DataFrame(parts, index=index, copy=False)
        frame.columns = self.columns
        return frame


@dataclass(frozen=True)
class ArrowLayout(Layout):
    """A table of pyarrow, or of a library that converts to and from one."""

    container: type
    schema: Any
    frame: FrameLayout

    def rebuild(self, columns: Sequence[Any], n_rows: int) -> Any:
        """Return a table of the same class with these columns."""
        import pyarrow as pa

        frame = self.frame.rebuild(columns, n_rows)
        table = pa.Table.from_pandas(frame, schema=self.schema, preserve_index=False)
        # The note that pandas leaves names types by words, which it cannot read back for dictionaries.
        table = table.replace_schema_metadata(self.schema.metadata)
        return table if self.container is pa.Table else self.container(table)


@dataclass(frozen=True)
class OpenedTable:
    """The columns of a container, their labels, and what puts them back together.

    Parameters
    ----------
    columns : tuple of ndarray or ExtensionArray
        One array per column.
    names : tuple of hashable
        One label per column.
    layout : Layout
        The container itself.
    has_labels : bool
        Whether the labels are the container's own.
    n_rows : int
        Number of rows.
    """

    columns: tuple[Any, ...]
    names: tuple[Hashable, ...]
    layout: Layout
    has_labels: bool
    n_rows: int


def open_table(X: Any, estimator_name: str) -> OpenedTable:
    """Take the container `X` apart.

    Raises
    ------
    TypeError
        If `X` is no container of a kind listed in :class:`TableEncoder`.
    ValueError
        If `X` is not two-dimensional, or has no rows, no columns or complex numbers.
    """
    if isinstance(X, pd.DataFrame):
        return _open_frame(X, FrameLayout(X.columns, tuple(X.dtypes)), estimator_name)
    if sp.issparse(X):
        return _open_sparse(X, estimator_name)
    if hasattr(X, "to_arrow") or type(X).__module__.partition(".")[0] == "pyarrow":
        return _open_arrow(X, estimator_name)
    if isinstance(X, (list, tuple)):
        return _open_array(_rows_to_array(X), ListLayout(), estimator_name)
    if isinstance(X, (np.matrix, np.ma.MaskedArray)):
        raise TypeError(
            f"{type(X).__name__} is not supported: X must be a plain array. "
            "Please convert to a numpy array with np.asarray."
        )
    is_array = isinstance(X, (np.ndarray, pd.Series)) or hasattr(X, "__array__")
    # As an array the codes of a table that has been read would pass for numbers.
    if not is_array or isinstance(X, Table):
        raise TypeError(
            "X must be a DataFrame, an ndarray, a scipy sparse container, a pyarrow or polars "
            f"table or a list of rows, got {type(X).__name__}."
        )
    array = np.asarray(X)
    if (
        array.dtype.kind == "V"
    ):  # a structured array has one dimension, which is not what is wrong with it
        _check_real(array)
    return _open_array(array, ArrayLayout(array.dtype), estimator_name)


def _rows_to_array(rows: Sequence[Any]) -> np.ndarray:
    if any(sp.issparse(row) for row in rows):
        raise TypeError("X must be one container, got a list of sparse containers.")
    if rows and all(isinstance(row, (np.ndarray, list, tuple)) for row in rows):
        widths = {len(row) for row in rows} if _is_flat(rows) else {0}
        if len(widths) > 1:
            raise ValueError(f"Rows of X must have one length, got lengths {sorted(widths)}.")
        if _has_nested_cells(rows):
            # numpy would take tuples and arrays apart, and fail where their lengths differ.
            array = np.empty((len(rows), *widths), dtype=object)
            for place, row in enumerate(rows):
                for column, cell in enumerate(row):
                    array[place, column] = cell
            return array
    return np.array(rows, dtype=object)


def _is_flat(rows: Sequence[Any]) -> bool:
    return all(not isinstance(row, np.ndarray) or row.ndim == 1 for row in rows)


def _has_nested_cells(rows: Sequence[Any]) -> bool:
    """Return whether cells are tuples, arrays or lists, but not all of them, as in an array of three dimensions."""
    is_nested = [
        isinstance(cell, (tuple, list)) or (isinstance(cell, np.ndarray) and cell.ndim > 0)
        for row in rows
        if isinstance(row, (list, tuple)) or row.dtype == object
        for cell in row
    ]
    return any(is_nested) and not all(is_nested)


def _open_frame(X: pd.DataFrame, layout: Layout, estimator_name: str) -> OpenedTable:
    check_shape(X.shape, estimator_name)
    if not X.columns.is_unique:
        repeated = X.columns[X.columns.duplicated()][0]
        raise ValueError(f"Column labels of X must be unique, got {repeated!r} more than once.")
    columns = tuple(_as_array(X.iloc[:, j]) for j in range(X.shape[1]))
    for column in columns:
        _check_real(column)
    return OpenedTable(columns, tuple(X.columns), layout, True, len(X))


def _open_array(array: np.ndarray, layout: Layout, estimator_name: str) -> OpenedTable:
    _check_two_dimensional(array)
    check_shape(array.shape, estimator_name)
    _check_real(array)
    columns = tuple(np.asfortranarray(array).T)
    return OpenedTable(columns, position_names(len(columns)), layout, False, len(array))


def _open_sparse(X: Any, estimator_name: str) -> OpenedTable:
    if X.ndim != 2:
        raise ValueError(f"Expected 2D input, got input with shape {X.shape}.\n{_RESHAPE}")
    check_shape(X.shape, estimator_name)
    _check_real(X)
    return _open_array(X.toarray(order="F"), SparseLayout(type(X), X.dtype), estimator_name)


def _open_arrow(X: Any, estimator_name: str) -> OpenedTable:
    table = X.to_arrow() if hasattr(X, "to_arrow") else X
    if not (hasattr(table, "to_pandas") and getattr(table, "num_columns", None) is not None):
        raise TypeError(f"X must be a table, got {type(X).__name__}.")
    frame = table.to_pandas(types_mapper=pd.ArrowDtype, ignore_metadata=True)
    layout = FrameLayout(frame.columns, tuple(frame.dtypes))
    return _open_frame(frame, ArrowLayout(type(X), table.schema, layout), estimator_name)


def position_names(n_columns: int) -> tuple[str, ...]:
    """Return the labels of the columns of a container without labels."""
    return tuple(f"x{j}" for j in range(n_columns))


def _as_array(series: pd.Series) -> Any:
    """Return the cells in the simplest array that keeps their type."""
    if isinstance(series.dtype, np.dtype):
        return series.to_numpy()
    if isinstance(series.dtype, pd.SparseDtype):
        subtype, filler = series.dtype.subtype, series.dtype.fill_value
        # With a filler of Python's, numpy would make float64 of narrow floats and of unsigned integers.
        keeps_type = subtype.kind == "f" or (subtype.kind == "u" and not pd.isna(filler))
        return np.asarray(series.array, dtype=subtype if keeps_type else None)
    return series.array


def _as_stored(column: Any, dtype: Any) -> Any:
    if isinstance(dtype, pd.SparseDtype):
        return pd.arrays.SparseArray(column, dtype=dtype)
    return column


def _check_two_dimensional(array: np.ndarray) -> None:
    if array.ndim == 2:
        return
    if array.ndim > 2:
        raise ValueError(f"Found array with dim {array.ndim}, while dim <= 2 is required.")
    found = "scalar" if array.ndim == 0 else "1D"
    raise ValueError(f"Expected 2D array, got {found} array instead:\narray={array}.\n{_RESHAPE}")


def check_shape(shape: tuple[int, ...], estimator_name: str) -> None:
    """Refuse tables without rows or without columns."""
    for count, what in zip(shape, ("sample", "feature"), strict=True):
        if count == 0:
            raise ValueError(
                f"Found array with 0 {what}(s) (shape={shape}) while a minimum of 1 is required "
                f"by {estimator_name}."
            )


def _check_real(values: Any) -> None:
    dtype = values.dtype
    if dtype.kind == "c":
        raise ValueError(f"Complex data not supported\n{values}\n")
    if dtype.kind == "V":
        raise TypeError(
            f"Cells must be scalars, got cells of the structured type {dtype}. Turn a structured "
            "array into a table with pandas.DataFrame."
        )
    if isinstance(dtype, pd.ArrowDtype) and _is_nested(dtype):
        raise TypeError(f"argument must be a string or a number: got cells of type {dtype}.")
    if isinstance(dtype, np.dtype) and dtype.kind == "O":
        _check_scalars(np.ravel(values))


def _is_nested(dtype: pd.ArrowDtype) -> bool:
    import pyarrow as pa

    return bool(pa.types.is_nested(dtype.pyarrow_dtype))


def _check_scalars(cells: np.ndarray) -> None:
    inferred = pd.api.types.infer_dtype(cells, skipna=True)
    if inferred == "complex" or (
        inferred.startswith("mixed") and any(isinstance(cell, complex) for cell in cells)
    ):
        raise ValueError(f"Complex data not supported\n{cells}\n")
    if not inferred.startswith("mixed"):
        return
    for cell in cells:
        if not _is_hashable(cell):
            raise TypeError(
                "argument must be a string or a number: cells must be hashable scalars, got "
                f"{cell!r} of type {type(cell).__name__}."
            )


def _is_hashable(cell: Any) -> bool:
    """Return whether a cell has a hash; a tuple has one where all that it holds have."""
    try:
        hash(cell)
    except TypeError:
        return False
    return True


def concatenate_tables(tables: Sequence[Any]) -> Any:
    """Put tables of the same container and columns below each other.

    Parameters
    ----------
    tables : sequence of containers of shape (n_rows, n_columns)
        A table, and others as :meth:`TableEncoder.inverse_transform` returns them for it.

    Returns
    -------
    container of shape (sum of n_rows, n_columns)
        All rows in the container of the first table, with a fresh index.

    Raises
    ------
    ValueError
        If there is no table.

    Examples
    --------
    >>> from vaesynth.tabular import concatenate_tables
    >>> concatenate_tables([[[1, "a"]], [[2, "b"], [3, "a"]]])
    [[1, 'a'], [2, 'b'], [3, 'a']]
    """
    if not tables:
        raise ValueError("At least one table is needed, got none.")
    first = tables[0]
    if isinstance(first, pd.DataFrame):
        return _restore_types(pd.concat(tables, ignore_index=True), first.dtypes)
    if sp.issparse(first):
        return type(first)(sp.vstack([sp.csr_array(table) for table in tables]))
    if isinstance(first, (list, tuple)):
        return [list(row) for table in tables for row in table]
    if hasattr(first, "to_arrow") or type(first).__module__.partition(".")[0] == "pyarrow":
        return _concatenate_arrow(tables)
    whole = np.concatenate([np.asarray(table) for table in tables])
    return whole.astype(_byte_order_of(first, whole.dtype), copy=False)


def _restore_types(frame: pd.DataFrame, dtypes: pd.Series) -> pd.DataFrame:
    """Return the frame with the byte order of each column: pandas puts columns together in the machine's own."""
    swapped = {
        name: dtype
        for name, dtype in dtypes.items()
        if isinstance(dtype, np.dtype)
        and not dtype.isnative
        and frame[name].dtype == dtype.newbyteorder("=")
    }
    return frame.astype(swapped) if swapped else frame


def _byte_order_of(first: Any, dtype: np.dtype) -> np.dtype:
    own = np.asarray(first).dtype
    return own if own.newbyteorder("=") == dtype else dtype


def _concatenate_arrow(tables: Sequence[Any]) -> Any:
    import pyarrow as pa

    parts = [table.to_arrow() if hasattr(table, "to_arrow") else table for table in tables]
    whole = pa.concat_tables([pa.table(part) for part in parts])
    return whole if isinstance(tables[0], pa.Table) else type(tables[0])(whole)


def accept_any_table(tags: InputTags) -> None:
    """Say that missing cells, strings, categories and sparse matrices are taken.

    Parameters
    ----------
    tags : InputTags
        The estimator's ``tags.input_tags``, changed in place.

    Examples
    --------
    >>> from sklearn.utils import InputTags
    >>> tags = InputTags()
    >>> accept_any_table(tags)
    >>> tags.string
    True
    """
    tags.allow_nan = True
    tags.string = True
    tags.categorical = True
    tags.sparse = True

"""Tables of any container as pyarrow's, and a Parquet file that is written a table at a time."""

from __future__ import annotations

import os
from collections.abc import Iterable
from typing import Any

import numpy as np
import pandas as pd

from vaesynth._optional import import_optional
from vaesynth._whole_file import whole_file


def write_parquet(
    tables: Iterable[Any], path: str | os.PathLike[str], *, overwrite: bool = False
) -> int:
    """Write tables below each other into one Parquet file, whole or not at all.

    Parameters
    ----------
    tables : iterable of tables of shape (n_rows, n_columns)
        In any container, with the same columns; no more than one is in memory at a time. Each is a row group.
    path : str or path-like
        Where to.
    overwrite : bool, default=False
        Whether a file that is there may be replaced.

    Returns
    -------
    int
        Number of rows written.

    Raises
    ------
    FileExistsError
        If there is a file and `overwrite` is False.
    ImportError
        If pyarrow is not installed.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> import pandas as pd
    >>> from vaesynth.streaming import write_parquet
    >>> tables = (pd.DataFrame({"a": [number, number]}) for number in range(3))
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     n_rows = write_parquet(tables, Path(folder) / "a.parquet")
    ...     pd.read_parquet(Path(folder) / "a.parquet")["a"].tolist()
    [0, 0, 1, 1, 2, 2]
    """
    parquet = import_optional("pyarrow.parquet", "stream")
    writer, n_rows = None, 0
    with whole_file(path, overwrite=overwrite) as unfinished:
        try:
            for table in tables:
                rows = as_arrow(table)
                writer = writer or parquet.ParquetWriter(unfinished, rows.schema)
                writer.write_table(rows.cast(writer.schema))
                n_rows += rows.num_rows
        finally:
            if writer is not None:
                writer.close()
    return n_rows


def as_arrow(rows: Any) -> Any:
    """Return a table of any container as one of pyarrow.

    Parameters
    ----------
    rows : table of shape (n_rows, n_columns)
        As an estimator draws it.

    Returns
    -------
    pyarrow.Table of shape (n_rows, n_columns)
        Columns without labels are named ``x0``, ``x1`` and so on.

    Raises
    ------
    ValueError
        If the rows are images, or a column is of a type that Arrow does not have, such as words and numbers in one.

    Examples
    --------
    >>> as_arrow([[1, "a"], [2, "b"]]).column_names
    ['x0', 'x1']
    """
    pa = import_optional("pyarrow", "stream")
    if isinstance(rows, pa.Table):
        return rows
    if hasattr(rows, "to_arrow"):
        return rows.to_arrow()
    if isinstance(rows, pd.DataFrame):
        return _from_pandas(rows.rename(columns=str))
    if hasattr(rows, "toarray"):
        rows = rows.toarray()
    if np.ndim(rows) != 2 and not isinstance(rows, list):
        raise ValueError(f"a model of tables is needed, got one of images {np.shape(rows)[1:]}")
    frame = pd.DataFrame(rows).infer_objects().rename(columns=lambda position: f"x{position}")
    return _from_pandas(frame)


def _from_pandas(frame: pd.DataFrame) -> Any:
    pa = import_optional("pyarrow", "stream")
    # Arrow has intervals and periods, but no dictionaries of them.
    plain = {
        name: dtype.categories.dtype
        for name, dtype in frame.dtypes.items()
        if isinstance(dtype, pd.CategoricalDtype)
        and isinstance(dtype.categories.dtype, (pd.IntervalDtype, pd.PeriodDtype))
    }
    try:
        return pa.Table.from_pandas(frame.astype(plain), preserve_index=False)
    except pa.ArrowException as error:
        reason = "; ".join(map(str, error.args))
        raise ValueError(f"columns must be of types that a Parquet file holds: {reason}") from error

"""Tables of one kind below each other."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
import scipy.sparse as sp


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
        return pd.concat(tables, ignore_index=True)
    if sp.issparse(first):
        return type(first)(sp.vstack([sp.csr_array(table) for table in tables]))
    if isinstance(first, (list, tuple)):
        return [list(row) for table in tables for row in table]
    if hasattr(first, "to_arrow") or type(first).__module__.partition(".")[0] == "pyarrow":
        return _concatenate_arrow(tables)
    return np.concatenate([np.asarray(table) for table in tables])


def _concatenate_arrow(tables: Sequence[Any]) -> Any:
    import pyarrow as pa

    parts = [table.to_arrow() if hasattr(table, "to_arrow") else table for table in tables]
    whole = pa.concat_tables([pa.table(part) for part in parts])
    return whole if isinstance(tables[0], pa.Table) else type(tables[0])(whole)

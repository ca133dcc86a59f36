"""Tables of any container cut, joined, and handed on in parts of one size."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import pandas as pd
import scipy.sparse as sp

from vaesynth.tabular import concatenate_tables


def rechunk(tables: Iterable[Any], n_rows: int) -> Iterator[Any]:
    """Return the rows of tables in tables of `n_rows` rows; the last one may have fewer.

    Parameters
    ----------
    tables : iterable of tables of shape (any, n_columns)
        In one container.
    n_rows : int
        Rows of each table that is given.

    Yields
    ------
    table of shape (n_rows, n_columns)

    Examples
    --------
    >>> from vaesynth.streaming import rechunk
    >>> list(rechunk([[[1], [2], [3]], [[4]]], 2))
    [[[1], [2]], [[3], [4]]]
    """
    waiting: list[Any] = []
    n_waiting = 0
    for table in tables:
        waiting.append(table)
        n_waiting += count_rows(table)
        if n_waiting < n_rows:
            continue
        whole = join_frames(waiting)
        n_given = n_waiting - n_waiting % n_rows
        for start in range(0, n_given, n_rows):
            yield slice_frame(whole, start, start + n_rows)
        waiting, n_waiting = [slice_frame(whole, n_given, n_waiting)], n_waiting - n_given
    if n_waiting:
        yield join_frames(waiting)


def count_rows(table: Any) -> int:
    """Return the number of rows.

    Examples
    --------
    >>> count_rows([[1, 2], [3, 4], [5, 6]])
    3
    """
    return table.shape[0] if hasattr(table, "shape") else len(table)


def join_frames(frames: list[Any]) -> Any:
    """Put tables below each other.

    Examples
    --------
    >>> import pandas as pd
    >>> join_frames([pd.DataFrame({"a": [1]}), pd.DataFrame({"a": [2]})])["a"].tolist()
    [1, 2]
    """
    if len(frames) == 1:
        return frames[0]
    whole = concatenate_tables(frames)
    # Tables of Arrow may consist of pieces, each with its own dictionary.
    has_pieces = hasattr(whole, "unify_dictionaries")
    return whole.unify_dictionaries().combine_chunks() if has_pieces else whole


def slice_frame(table: Any, start: int, stop: int) -> Any:
    """Return the rows from `start` to before `stop`.

    Examples
    --------
    >>> slice_frame([[1], [2], [3]], 1, 3)
    [[2], [3]]
    """
    if isinstance(table, pd.DataFrame):
        return table.iloc[start:stop]
    if hasattr(table, "combine_chunks"):
        return table.slice(start, stop - start)
    if sp.issparse(table):
        return type(table)(table.tocsr()[start:stop])
    return table[start:stop]


def take_rows(frame: Any, positions: Any) -> Any:
    """Return the rows of a frame at the positions, in memory of their own.

    Examples
    --------
    >>> import pandas as pd
    >>> take_rows(pd.DataFrame({"a": [5, 6, 7]}), [2, 0])["a"].tolist()
    [7, 5]
    """
    if isinstance(frame, pd.DataFrame):
        return frame.iloc[positions]
    return frame.take(positions)

"""Real and new rows, and their targets, in the user's own containers; classes of one row, which show no variation."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from vaesynth._byte_order import in_native_order
from vaesynth._sklearn import safe_indexing
from vaesynth._warnings import SingleRowWarning, warn_user
from vaesynth.tabular import concatenate_tables


def append_rows(X: Any, tables: list[Any]) -> Any:
    """Put new tables below `X`; the rows of `X` stay as they are, the index starts from 0."""
    return concatenate_tables([X, *tables])


def repeat_rows(y: Any, positions: np.ndarray) -> Any:
    """Return the entries of a target at the given positions, in the target's own container and type."""
    if isinstance(y, (pd.Series, pd.DataFrame)):
        # pandas takes no rows of a column in the other byte order.
        native = in_native_order(y)
        rows = native.iloc[positions].reset_index(drop=True)
        own = y.dtype if isinstance(y, pd.Series) else y.dtypes
        return rows if native is y else rows.astype(own)
    if isinstance(y, list):
        return [y[position] for position in positions]
    return safe_indexing(y, positions)


def target_table(y: Any) -> Any:
    """Return a target as a table: one of one dimension becomes a table of one column.

    Examples
    --------
    >>> target_table([1.5, 2.0]).tolist()
    [[1.5], [2.0]]
    """
    if isinstance(y, (list, tuple)):
        y = np.asarray(y)
    if hasattr(y, "to_frame"):
        return y.to_frame()
    return y[:, None] if np.ndim(y) == 1 else y


def append_target(y: Any, new: Any) -> Any:
    """Put a table of new values below a target; the values of `y` stay as they are, the index starts from 0.

    Examples
    --------
    >>> import numpy as np
    >>> append_target([1.5, 2.0], np.array([[3.0]]))
    [1.5, 2.0, 3.0]
    """
    whole = concatenate_tables([target_table(y), new])
    if hasattr(y, "to_frame"):
        return whole[whole.columns[0]].rename(y.name)
    if np.ndim(y) == 1:
        whole = whole[:, 0]
    return whole.tolist() if isinstance(y, (list, tuple)) else whole


def stack_parents(parents: list[np.ndarray | None]) -> np.ndarray | None:
    """Return the positions of the parents of all new rows, shape (n_synthetic, n_parents), -1 where a row has fewer."""
    known = [origin for origin in parents if origin is not None]
    if len(known) < len(parents) or not known:
        return None
    width = max(origin.shape[1] for origin in known)
    padded = [
        np.pad(origin, ((0, 0), (0, width - origin.shape[1])), constant_values=-1)
        for origin in known
    ]
    return np.concatenate(padded)


def weigh_resampled(
    sample_weight: Any, copied: list[np.ndarray], labels: np.ndarray
) -> np.ndarray | None:
    """Return the weights of the returned rows: the real rows' own, and the mean of its class for each new row."""
    if sample_weight is None:
        return None
    weight = np.asarray(sample_weight, dtype=np.float64)
    weight = np.broadcast_to(weight, labels.shape)
    means = [np.full(len(rows), weight[labels == labels[rows[0]]].mean()) for rows in copied[1:]]
    return np.concatenate([weight, *means])


def single_row_classes(labels: np.ndarray, n_new: Mapping[Any, int]) -> list[Any]:
    """Return the classes of one row among those that are to get new ones.

    Examples
    --------
    >>> single_row_classes(np.array(["a", "b", "b", "c"]), {"a": 1, "b": 0})
    ['a']
    """
    classes, counts = np.unique(labels, return_counts=True)
    wanted = {label for label, n_rows in n_new.items() if n_rows}
    return [label for label in classes[counts == 1].tolist() if label in wanted]


def refuse_single_rows(lonely: list[Any]) -> None:
    """Raise an error where there are such classes."""
    if lonely:
        raise ValueError(
            f"every class to over-sample must have at least 2 rows, got a single row of {lonely}; "
            "`single_row='jitter'` makes noisy copies instead"
        )


def warn_of_single_rows(lonely: list[Any]) -> None:
    """Warn of what the new rows of such classes will be."""
    if lonely:
        warn_user(
            f"a class of one row shows no variation to learn from: the new rows of {lonely} are copies of that "
            "row with a little noise in the numbers",
            SingleRowWarning,
        )

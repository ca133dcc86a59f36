"""A target as a table of its own columns, and new values below it in its own container."""

from __future__ import annotations

from typing import Any

import numpy as np

from vaesynth.tabular import concatenate_tables


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

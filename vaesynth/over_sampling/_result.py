"""Real and new rows in one container of the user's own kind."""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn.utils import _safe_indexing

from vaesynth.tabular import concatenate_tables


def append_rows(X: Any, tables: list[Any]) -> Any:
    """Put new tables below `X`; the rows of `X` stay as they are, the index starts from 0."""
    return concatenate_tables([X, *tables])


def repeat_rows(y: Any, positions: np.ndarray) -> Any:
    """Entries of a target at the given positions, in the target's own container and type."""
    if hasattr(y, "iloc"):
        return y.iloc[positions].reset_index(drop=True)
    if isinstance(y, list):
        return [y[position] for position in positions]
    return _safe_indexing(y, positions)

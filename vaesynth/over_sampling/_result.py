"""Real and new rows in one container of the user's own kind."""

from __future__ import annotations

from typing import Any

import numpy as np

from vaesynth._sklearn import safe_indexing
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
    return safe_indexing(y, positions)


def stack_parents(parents: list[np.ndarray | None]) -> np.ndarray | None:
    """Positions of the parents of all new rows, shape (n_synthetic, n_parents), -1 where a row has fewer."""
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
    """Weights of the returned rows: the real rows' own, and the mean of its class for each new row."""
    if sample_weight is None:
        return None
    weight = np.asarray(sample_weight, dtype=np.float64)
    weight = np.broadcast_to(weight, labels.shape)
    means = [np.full(len(rows), weight[labels == labels[rows[0]]].mean()) for rows in copied[1:]]
    return np.concatenate([weight, *means])

"""Which columns a user names as categorical."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import Any

import numpy as np


def select_columns(
    categorical_features: Any, names: Sequence[Hashable], has_labels: bool
) -> np.ndarray | None:
    """Return the mask of the named columns, None for "auto".

    Parameters
    ----------
    categorical_features : "auto", None or array-like
        Boolean mask, integer positions or column labels; None names no column.
    names : sequence of hashable
        Labels of the columns.
    has_labels : bool
        Whether the labels are the container's own and may be used to select.

    Raises
    ------
    ValueError
        If the mask has the wrong length, a position is out of range or a label unknown.
    """
    if categorical_features is None:
        return np.zeros(len(names), dtype=bool)
    if isinstance(categorical_features, str):
        if categorical_features == "auto":
            return None
        raise ValueError(
            "`categorical_features` must be 'auto' or a list of columns, "
            f"got {categorical_features!r}."
        )
    selection = np.atleast_1d(np.asarray(categorical_features))
    if selection.ndim > 1:
        raise ValueError(
            f"`categorical_features` must be one-dimensional, got shape {selection.shape}."
        )
    if selection.size == 0:
        return np.zeros(len(names), dtype=bool)
    if selection.dtype.kind == "b":
        return _from_mask(selection, len(names))
    if selection.dtype.kind in "iu":
        return _from_positions(selection, len(names))
    return _from_labels(list(categorical_features), names, has_labels)


def _from_mask(mask: np.ndarray, n_columns: int) -> np.ndarray:
    if len(mask) != n_columns:
        raise ValueError(
            f"A mask of `categorical_features` must have one entry for each of the {n_columns} "
            f"columns, got {len(mask)}."
        )
    return mask


def _from_positions(positions: np.ndarray, n_columns: int) -> np.ndarray:
    outside = positions[(positions < -n_columns) | (positions >= n_columns)]
    if outside.size:
        raise ValueError(
            f"Positions in `categorical_features` must lie between {-n_columns} and "
            f"{n_columns - 1}, got {int(outside[0])}."
        )
    mask = np.zeros(n_columns, dtype=bool)
    mask[positions] = True
    return mask


def _from_labels(
    labels: Sequence[Hashable], names: Sequence[Hashable], has_labels: bool
) -> np.ndarray:
    if not has_labels:
        raise ValueError(
            "Names in `categorical_features` need a table with column labels, got "
            f"{labels!r} and a container without labels."
        )
    unknown = [label for label in labels if label not in set(names)]
    if unknown:
        raise ValueError(
            f"Names in `categorical_features` must be columns of X, got {unknown!r}; "
            f"the columns are {list(names)!r}."
        )
    chosen = set(labels)
    return np.array([name in chosen for name in names])

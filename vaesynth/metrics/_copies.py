"""Synthetic rows that equal a real row, or nearly."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from vaesynth.metrics._row_encoding import encode_columns, nearest_distances, own_nearest_distances
from vaesynth.metrics._tables import SharedColumn, read_shared_columns


class CopyShares(NamedTuple):
    """Shares of synthetic rows that copy a real row.

    Attributes
    ----------
    exact : float
        Share of synthetic rows that equal a real row in every cell.
    near : float
        Share of synthetic rows that equal none but are nearer to one than real rows are to each other.
    real_exact : float
        Share of real rows that equal another real row: what `exact` is compared with where rows repeat by nature.

    Examples
    --------
    >>> CopyShares(exact=0.0, near=0.01, real_exact=0.02).near
    0.01
    """

    exact: float
    near: float
    real_exact: float


def copy_shares(
    real: Any, synthetic: Any, *, quantile: float = 0.01, categorical_features: Any = None
) -> CopyShares:
    """Count synthetic rows that copy a real row exactly, or nearly.

    A near copy is nearer to a real row than the `quantile` of real rows that are nearest to another real row. Of fresh
    rows from the real distribution, as many as the real ones, about that share are such near copies by chance.
    Distances are as in `closest_record_share`.

    Parameters
    ----------
    real : table of shape (n_real, n_features)
        Real rows, at least two.
    synthetic : table of shape (n_synthetic, n_features)
        Generated rows.
    quantile : float, default=0.01
        Quantile of the distances from real rows to their nearest other real row, in [0, 1], below which a synthetic
        row is a near copy.
    categorical_features : array-like, optional
        Labels, positions or a mask of columns of numbers that are categories; others go by their type.

    Returns
    -------
    CopyShares
        Shares between 0 and 1; compare `exact` with `real_exact` and `near` with `quantile`.

    Raises
    ------
    ValueError
        If `quantile` lies outside [0, 1], there are fewer than two real rows, or the columns differ.

    Notes
    -----
    Where more than `quantile` of the real rows repeat, nothing is nearer than they are: `near` is then 0 and `exact`
    tells all.

    References
    ----------
    Platzer, Reutterer, "Holdout-Based Empirical Assessment of Mixed-Type Synthetic Data", Frontiers in Big Data 4,
    2021.

    Examples
    --------
    >>> import numpy as np
    >>> from vaesynth.metrics import copy_shares
    >>> real, fresh = np.random.default_rng(0).normal(size=(2, 500, 3))
    >>> copy_shares(real, np.vstack([real[:100], fresh[:300]])).exact
    0.25
    """
    if not 0 <= quantile <= 1:
        raise ValueError(f"`quantile` must be between 0 and 1, got {quantile}")
    columns = read_shared_columns([real, synthetic], categorical_features)
    known, made = _row_keys(columns)
    if len(known) < 2:
        raise ValueError(f"there must be at least two real rows, got {len(known)}")
    exact = np.isin(made, known)
    counts = np.unique(known, return_counts=True)[1]
    near = _nearer_than_real(columns, quantile) & ~exact
    return CopyShares(
        float(exact.mean()), float(near.mean()), float(counts[counts > 1].sum() / len(known))
    )


def find_exact_copies(real: Any, synthetic: Any, *, categorical_features: Any = None) -> np.ndarray:
    """Tell which synthetic rows equal a real row in every cell.

    Parameters
    ----------
    real : table of shape (n_real, n_features)
        Real rows.
    synthetic : table of shape (n_synthetic, n_features)
        Generated rows.
    categorical_features : array-like, optional
        Labels, positions or a mask of columns of numbers that are categories; others go by their type.

    Returns
    -------
    ndarray of bool, shape (n_synthetic,)
        Missing cells equal each other.

    Raises
    ------
    ValueError
        If a table is empty or the columns differ.

    Examples
    --------
    >>> import pandas as pd
    >>> from vaesynth.metrics import find_exact_copies
    >>> real = pd.DataFrame({"age": [31, 47], "city": ["Rome", None]})
    >>> synthetic = pd.DataFrame({"age": [47, 31], "city": [None, "Oslo"]})
    >>> find_exact_copies(real, synthetic).tolist()
    [True, False]
    """
    known, made = _row_keys(read_shared_columns([real, synthetic], categorical_features))
    return np.isin(made, known)


def _row_keys(columns: list[SharedColumn]) -> list[np.ndarray]:
    """One number for each row of each table, the same for equal rows and for no others."""
    n_rows = [len(part) for part in columns[0].parts]
    keys = np.zeros(sum(n_rows), dtype=np.int64)
    for column in columns:
        cells = np.concatenate(column.parts)
        codes = np.unique(cells, return_inverse=True, equal_nan=True)[1]
        keys = np.unique(keys * (int(codes.max()) + 1) + codes, return_inverse=True)[1]
    return np.split(keys, np.cumsum(n_rows)[:-1])


def _nearer_than_real(columns: list[SharedColumn], quantile: float) -> np.ndarray:
    real, synthetic = encode_columns(columns)
    limit = np.quantile(own_nearest_distances(real), quantile)
    return nearest_distances(synthetic, real) < limit

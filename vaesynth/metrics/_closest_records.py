"""Distances to the closest real rows, and copies of them."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np
from sklearn.utils import check_random_state

from vaesynth.metrics._row_encoding import (
    encode_columns,
    encode_rows,
    nearest_distances,
    nearest_positions,
    own_nearest_distances,
)
from vaesynth.tabular import SharedColumn, read_shared_columns


def closest_record_share(
    train: Any,
    holdout: Any,
    synthetic: Any,
    *,
    categorical_features: Any = "auto",
    random_state: Any = 0,
) -> float:
    """Compute the share of synthetic rows whose nearest real row is a training row, not a held-out row.

    If one real table is larger, as many rows are drawn from it as the other has. A synthetic row that is equally close
    to both counts one half. Distances are Euclidean, on ranks of numbers and one-hot categories, so that all columns
    have about the same weight.

    Parameters
    ----------
    train : table of shape (n_train, n_features)
        Real rows that the generator learned from.
    holdout : table of shape (n_holdout, n_features)
        Real rows of the same distribution that it has not seen.
    synthetic : table of shape (n_synthetic, n_features)
        Generated rows.
    categorical_features : "auto" or array-like, default="auto"
        Columns that are categories, as in `TableEncoder`; the first table decides.
    random_state : int, RandomState instance or None, default=0
        Source of the draw that makes the numbers equal.

    Returns
    -------
    float
        Between 0 and 1: 0.5 if the generator remembers nothing, 1 if every synthetic row is closest to a training row.

    Raises
    ------
    ValueError
        If a table is empty or the columns differ.

    Notes
    -----
    Do not use the distance to the closest record as the only measure of privacy: a generator can pass it and still
    reveal training rows to an attack. Use `membership_inference_auc` and `singling_out_rate` too. Methods that start
    from real rows, such as SMOTE, are above 0.5 by design.

    References
    ----------
    Platzer, Reutterer, "Holdout-Based Empirical Assessment of Mixed-Type Synthetic Data", Frontiers in Big Data 4,
    2021; Yao et al., "The DCR Delusion: Measuring the Privacy Risk of Synthetic Data", arXiv:2505.01524, 2025.

    Examples
    --------
    >>> import numpy as np
    >>> from vaesynth.metrics import closest_record_share
    >>> train, holdout, fresh = np.random.default_rng(0).normal(size=(3, 500, 4))
    >>> closest_record_share(train, holdout, train)
    1.0
    >>> abs(closest_record_share(train, holdout, fresh) - 0.5) < 0.1
    True
    """
    points = encode_rows([train, holdout, synthetic], 2, categorical_features)
    known, unseen = equal_numbers(points[0], points[1], random_state)
    to_known, to_unseen = (nearest_distances(points[2], rows) for rows in (known, unseen))
    return float(np.mean(to_known < to_unseen) + np.mean(to_known == to_unseen) / 2)


def nearest_real_rows(
    real: Any, synthetic: Any, *, categorical_features: Any = "auto"
) -> np.ndarray:
    """Find the real row nearest to each synthetic one.

    Distances are as in `closest_record_share`.

    Parameters
    ----------
    real : table of shape (n_real, n_features)
        Real rows.
    synthetic : table of shape (n_synthetic, n_features)
        Generated rows with the same columns.
    categorical_features : "auto" or array-like, default="auto"
        Columns that are categories, as in `TableEncoder`; the first table decides.

    Returns
    -------
    ndarray of int, shape (n_synthetic,)
        Positions in `real`.

    Raises
    ------
    ValueError
        If a table is empty or the columns differ.

    Examples
    --------
    >>> import numpy as np
    >>> from vaesynth.metrics import nearest_real_rows
    >>> nearest_real_rows(np.array([[0.0], [5.0], [9.0]]), np.array([[8.0], [1.0]])).tolist()
    [2, 0]
    """
    points = encode_rows([real, synthetic], 1, categorical_features)
    return nearest_positions(points[1], points[0])[:, 0]


def equal_numbers(
    first: np.ndarray, second: np.ndarray, random_state: Any
) -> tuple[np.ndarray, np.ndarray]:
    """Draw rows of the longer array without replacement, as many as the shorter array has."""
    rng = check_random_state(random_state)
    n_rows = min(len(first), len(second))
    drawn = [
        rows if len(rows) == n_rows else rows[rng.permutation(len(rows))[:n_rows]]
        for rows in (first, second)
    ]
    return drawn[0], drawn[1]


class CopyShares(NamedTuple):
    """Shares of synthetic rows that copy a real row.

    Attributes
    ----------
    exact : float
        Share of synthetic rows that equal a real row in every cell.
    near : float
        Share of synthetic rows that equal no real row but are closer to one than real rows usually are to each other.
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
    real: Any,
    synthetic: Any,
    *,
    quantile: float = 0.05,
    max_checked: int | None = None,
    categorical_features: Any = "auto",
) -> CopyShares:
    """Count synthetic rows that copy a real row exactly, or nearly.

    A near copy is closer to a real row than the `quantile` of the distances between real rows and their nearest other
    real row. If the synthetic rows come from the real distribution, and are as many as the real rows, about this share
    are near copies by chance. Distances are as in `closest_record_share`.

    Parameters
    ----------
    real : table of shape (n_real, n_features)
        Real rows, at least two; in any container that `TableEncoder` takes, or as the `Table` that it returns.
    synthetic : table of shape (n_synthetic, n_features)
        Generated rows, a `Table` where `real` is one.
    quantile : float, default=0.05
        Quantile of the distances from real rows to their nearest other real row, in [0, 1], below which a synthetic
        row is a near copy.
    max_checked : int, optional
        Rows of either table, evenly spaced, whose nearest real row is looked for; all by default. Exact copies are
        counted among all rows in any case.
    categorical_features : "auto" or array-like, default="auto"
        Columns that are categories, as in `TableEncoder`; the first table decides.

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
    If more than `quantile` of the real rows repeat, the quantile is 0 and nothing is closer: `near` is then 0, and only
    `exact` is informative.

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
    counts = Counter(known)
    exact = np.array([key in counts for key in made])
    checked = _spaced(len(made), max_checked)
    near = _nearer_than_real(columns, quantile, checked, max_checked) & ~exact[checked]
    n_repeated = sum(count for count in counts.values() if count > 1)
    return CopyShares(float(exact.mean()), float(near.mean()), n_repeated / len(known))


def find_exact_copies(
    real: Any, synthetic: Any, *, categorical_features: Any = "auto"
) -> np.ndarray:
    """Find the synthetic rows that equal a real row in every cell.

    Parameters
    ----------
    real : table of shape (n_real, n_features)
        Real rows, in any container that `TableEncoder` takes or as the `Table` that it returns.
    synthetic : table of shape (n_synthetic, n_features)
        Generated rows, a `Table` where `real` is one.
    categorical_features : "auto" or array-like, default="auto"
        Columns that are categories, as in `TableEncoder`; the first table decides.

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
    rows = set(known)
    return np.array([key in rows for key in made])


def _row_keys(columns: list[SharedColumn]) -> list[list[bytes]]:
    """Return bytes for each row of each table; they are the same for equal rows only."""
    keys = []
    for parts in zip(*(column.parts for column in columns), strict=True):
        cells = np.column_stack(parts).astype(np.float64) + 0.0  # one zero of the two
        cells[np.isnan(cells)] = np.nan
        keys.append(cells.view(f"V{cells.itemsize * cells.shape[1]}")[:, 0].tolist())
    return keys


def _nearer_than_real(
    columns: list[SharedColumn], quantile: float, checked: np.ndarray, max_checked: int | None
) -> np.ndarray:
    """Tell which of the checked synthetic rows are nearer to a real row than the quantile of real rows are."""
    asked = [
        replace(column, parts=(column.parts[0], column.parts[1][checked])) for column in columns
    ]
    real, synthetic = encode_columns(asked)
    apart = own_nearest_distances(real, rows=_spaced(len(real), max_checked))
    return nearest_distances(synthetic, real) < np.quantile(apart, quantile)


def _spaced(n_rows: int, max_checked: int | None) -> np.ndarray:
    """Return the positions of at most so many rows, evenly spaced."""
    n_checked = min(n_rows, max_checked or n_rows)
    return np.arange(n_checked) * n_rows // n_checked

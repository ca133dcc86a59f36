"""The real rows that lie nearest to synthetic ones, and whether those are rows that were learned from."""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn.utils import check_random_state

from vaesynth.metrics._row_encoding import encode_rows, nearest_distances, nearest_positions


def closest_record_share(
    train: Any,
    holdout: Any,
    synthetic: Any,
    *,
    categorical_features: Any = "auto",
    random_state: Any = 0,
) -> float:
    """Share of synthetic rows whose nearest real row is one that was trained on rather than one that was held out.

    Of the larger of the two real tables as many rows are drawn as the smaller has; a synthetic row as near to the one
    as to the other counts a half. Distances are Euclidean, on ranks of numbers and one-hot categories, so that every
    column weighs about the same.

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
        Between 0 and 1: 0.5 where nothing is remembered, 1 where every synthetic row is nearest to a training row.

    Raises
    ------
    ValueError
        If a table is empty or the columns differ.

    Notes
    -----
    Distance to the closest record misleads as the only measure of privacy: a generator can pass it and still give
    members away to an attack. Read it beside `membership_inference_auc` and `singling_out_rate`. Methods that start
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
    """As many rows of the longer array as the shorter has, drawn without replacement."""
    rng = check_random_state(random_state)
    n_rows = min(len(first), len(second))
    drawn = [
        rows if len(rows) == n_rows else rows[rng.permutation(len(rows))[:n_rows]]
        for rows in (first, second)
    ]
    return drawn[0], drawn[1]

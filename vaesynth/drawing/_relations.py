"""Whether columns of numbers follow from each other, so that new rows must keep what holds among them."""

from __future__ import annotations

import numpy as np

# Rows that are looked at, evenly spaced, and how many there must be for each column.
MAX_ROWS, ROWS_PER_COLUMN = 5_000, 5
# Nine in ten rows miss what other columns say by less than this part of the column's span.
MAX_MISS = 0.02


def has_relations(numbers: np.ndarray) -> bool:
    """Return whether a column follows from others.

    It does if it is nearly a sum or a difference of others, each times a constant, or a product or a ratio of powers of
    them.

    Parameters
    ----------
    numbers : ndarray of shape (n_rows, n_columns)
        Columns of numbers, NaN where missing. Rows with missing numbers are not looked at.

    Returns
    -------
    bool
        False too where there are fewer than five whole rows for each column.

    Examples
    --------
    >>> import numpy as np
    >>> rng = np.random.default_rng(0)
    >>> months, monthly = rng.integers(1, 70, 500), rng.uniform(20, 100, 500)
    >>> has_relations(np.column_stack([months, monthly]))
    False
    >>> has_relations(np.column_stack([months, monthly, (months * monthly).round(2)]))
    True
    """
    rows = numbers[:: max(1, len(numbers) // MAX_ROWS)]
    rows = rows[:, np.isfinite(rows).mean(axis=0) > 0.5] if len(rows) else rows
    rows = rows[np.isfinite(rows).all(axis=1)]
    if not len(rows):
        return False
    # Squares of larger numbers would overflow.
    rows = rows[:, (np.abs(rows) < 1e100).all(axis=0)]
    rows = rows[:, rows.min(axis=0) < rows.max(axis=0)]
    if rows.shape[1] < 2 or len(rows) < ROWS_PER_COLUMN * rows.shape[1]:
        return False
    positive = rows[:, (rows > 0).all(axis=0)]
    return _has_sum(rows) or _has_sum(np.log(positive))


def _has_sum(rows: np.ndarray) -> bool:
    """Return whether a column is nearly a sum of others, each times a constant."""
    low, high = np.quantile(rows, [0.05, 0.95], axis=0)
    kept = high > low
    if kept.sum() < 2:
        return False
    scaled = (rows[:, kept] - rows[:, kept].mean(axis=0)) / rows[:, kept].std(axis=0)
    span = (high - low)[kept] / rows[:, kept].std(axis=0)
    # Each column of the inverse holds, but for a factor, what is left of its column when all others are known.
    inverse = np.linalg.inv(scaled.T @ scaled / len(scaled) + 1e-9 * np.eye(scaled.shape[1]))
    left = np.abs(scaled @ inverse / inverse.diagonal())
    return bool((np.quantile(left, 0.9, axis=0) < MAX_MISS * span).any())

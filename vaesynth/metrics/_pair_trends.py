"""Similarity of the dependence of two columns in two tables."""

from __future__ import annotations

from itertools import combinations
from typing import Any

import numpy as np
import pandas as pd

from vaesynth.tabular import SharedColumn, read_shared_columns

_N_BINS = 10


def pair_trend_scores(
    real: Any, synthetic: Any, *, categorical_features: Any = "auto"
) -> pd.DataFrame:
    r"""Compute how similar the dependence of each pair of columns is in two tables.

    For two columns of numbers it is :math:`1 - |r - s| / 2`, where r and s are their Pearson correlations in the two
    tables, on rows that have both cells. For other pairs it is 1 less the total variation distance of the joint
    distributions of the two cells. Numbers are first cut into ten bins of equal width between the real table's
    extremes. A missing cell is a separate category.

    Parameters
    ----------
    real : table of shape (n_real, n_features)
        Real rows, in any container that `TableEncoder` takes.
    synthetic : table of shape (n_synthetic, n_features)
        Generated rows with the same columns.
    categorical_features : "auto" or array-like, default="auto"
        Columns that are categories, as in `TableEncoder`; the first table decides.

    Returns
    -------
    DataFrame of shape (n_features, n_features)
        Symmetric, rows and columns in the order of the table, between 0 and 1, 1 for equal dependence. NaN on the
        diagonal, and for two columns of numbers of which one is constant, or has fewer than two rows with both cells.

    Raises
    ------
    ValueError
        If a table is empty or the columns differ.

    Notes
    -----
    The figures are those of SDMetrics' ``CorrelationSimilarity`` and of its ``ContingencySimilarity`` with the numbers
    as ``continuous_column_names``, where both take the same columns for numbers: with "auto" a column of two numbers
    is one of categories here. SDMetrics' report of quality differs: it cuts each table between its own extremes, and so
    does not see a shift of the numbers, and leaves out pairs that depend little on each other.

    References
    ----------
    DataCebo, "SDMetrics", https://docs.sdv.dev/sdmetrics, metrics CorrelationSimilarity and ContingencySimilarity.

    Examples
    --------
    >>> import numpy as np
    >>> from vaesynth.metrics import pair_trend_scores
    >>> x = np.arange(10.0)
    >>> real, synthetic = np.column_stack([x, 2 * x]), np.column_stack([x, -x])
    >>> pair_trend_scores(real, synthetic)
         0    1
    0  NaN  0.0
    1  0.0  NaN
    """
    columns = read_shared_columns([real, synthetic], categorical_features)
    cells = [_discrete_cells(column) for column in columns]
    scores = np.full((len(columns), len(columns)), np.nan)
    for i, j in combinations(range(len(columns)), 2):
        if columns[i].is_number and columns[j].is_number:
            score = _correlation_similarity(columns[i], columns[j])
        else:
            score = _contingency_similarity(cells[i], cells[j])
        scores[i, j] = scores[j, i] = score
    names = [column.name for column in columns]
    return pd.DataFrame(scores, index=names, columns=names)


def pair_trend_score(real: Any, synthetic: Any, *, categorical_features: Any = "auto") -> float:
    """Compute the mean of `pair_trend_scores` over the pairs that have a score.

    Parameters
    ----------
    real, synthetic : tables of shape (n_rows, n_features)
        As in `pair_trend_scores`.
    categorical_features : "auto" or array-like, default="auto"
        As in `pair_trend_scores`.

    Returns
    -------
    float
        Between 0 and 1, 1 the best; NaN if no pair has a score, as in a table of one column.

    Raises
    ------
    ValueError
        As in `pair_trend_scores`.

    Examples
    --------
    >>> import pandas as pd
    >>> from vaesynth.metrics import pair_trend_score
    >>> real = pd.DataFrame({"size": [1.0, 2.0, 8.0, 9.0], "kind": ["a", "a", "b", "b"]})
    >>> swapped = real.assign(kind=["b", "b", "a", "a"])
    >>> pair_trend_score(real, real), pair_trend_score(real, swapped)
    (1.0, 0.0)
    """
    scores = pair_trend_scores(real, synthetic, categorical_features=categorical_features)
    pairs = scores.to_numpy()[np.triu_indices(len(scores), 1)]
    return float(np.nanmean(pairs)) if np.isfinite(pairs).any() else np.nan


def _correlation_similarity(first: SharedColumn, second: SharedColumn) -> float:
    pairs = zip(first.parts, second.parts, strict=True)
    real, synthetic = (_correlation(x, y) for x, y in pairs)
    return 1 - abs(real - synthetic) / 2


def _correlation(x: np.ndarray, y: np.ndarray) -> float:
    """Compute the Pearson correlation on rows that have both cells; NaN if a column is constant."""
    both = ~(np.isnan(x) | np.isnan(y))
    if both.sum() < 2:
        return np.nan
    # Sums and ranges of numbers near 1 cannot overflow.
    x, y = (column[both] / (np.abs(column[both]).max() or 1.0) for column in (x, y))
    if np.ptp(x) == 0 or np.ptp(y) == 0:
        return np.nan
    x, y = ((column - column.mean()) / np.ptp(column) for column in (x, y))
    return float(np.clip(x @ y / np.sqrt((x @ x) * (y @ y)), -1, 1))


def _discrete_cells(column: SharedColumn) -> tuple[np.ndarray, ...]:
    """Return the cells of each table as integers from 0; missing cells have their own number."""
    if not column.is_number:
        return tuple(part + 1 for part in column.parts)
    edges = _bin_edges(column.parts[0])
    # NaN is sorted beyond the last edge; numbers beyond the real ones go into the outer bins.
    return tuple(
        np.where(np.isnan(part), len(edges), np.digitize(part, edges[1:-1]))
        for part in column.parts
    )


def _bin_edges(numbers: np.ndarray) -> np.ndarray:
    """Return the edges of ten bins, as numpy's histogram has them.

    Those of numpy are refused where the numbers are so large that no ten fit between them, as of a constant date.
    """
    known = numbers[~np.isnan(numbers)]
    low, high = (known.min(), known.max()) if len(known) else (0.0, 1.0)
    if low == high:
        low, high = low - 0.5, high + 0.5
    return 2 * np.linspace(low / 2, high / 2, _N_BINS + 1)  # halves: the range might overflow


def _contingency_similarity(first: tuple[np.ndarray, ...], second: tuple[np.ndarray, ...]) -> float:
    width = 1 + max(int(part.max()) for part in second)
    joint = [x.astype(np.int64) * width + y for x, y in zip(first, second, strict=True)]
    cells = np.unique(np.concatenate(joint), return_inverse=True)[1]
    real, synthetic = np.split(cells, [len(joint[0])])
    n_cells = int(cells.max()) + 1
    shares = [np.bincount(part, minlength=n_cells) / len(part) for part in (real, synthetic)]
    return max(0.0, float(1 - np.abs(shares[0] - shares[1]).sum() / 2))

"""Similarity of the distributions of single columns in two tables."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from vaesynth.tabular import SharedColumn, read_shared_columns

# What rounding errors of a computed number leave alone.
_DECIMALS = 14


def column_shape_scores(
    real: Any, synthetic: Any, *, categorical_features: Any = "auto"
) -> pd.Series:
    r"""Compute how similar the distribution of each column is in two tables.

    For numbers, dates and durations it is 1 less the Kolmogorov-Smirnov statistic, the largest gap between the two
    distribution functions; for categories 1 less the total variation distance, half the summed gaps between the shares
    of the levels. Missing cells are left out; how many there are is not compared.

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
    Series of float, index: the columns
        Between 0 and 1, 1 for equal distributions; NaN for a column without a value in one of the tables.

    Raises
    ------
    ValueError
        If a table is empty or the columns differ.

    Notes
    -----
    The figures are those of SDMetrics' ``KSComplement`` and ``TVComplement``; numbers are rounded to 14 decimals
    before, as there. Two samples of one distribution do not reach 1: of n numbers each they stay about
    :math:`1.2 / \sqrt{n}` below.

    References
    ----------
    DataCebo, "SDMetrics", https://docs.sdv.dev/sdmetrics, metrics KSComplement and TVComplement.

    Examples
    --------
    >>> import pandas as pd
    >>> from vaesynth.metrics import column_shape_scores
    >>> real = pd.DataFrame({"age": [20, 30, 40, 50], "city": ["Rome", "Oslo", "Rome", "Oslo"]})
    >>> synthetic = pd.DataFrame({"age": [20, 30, 40, 60], "city": ["Rome", "Rome", "Rome", "Oslo"]})
    >>> column_shape_scores(real, synthetic).to_dict()
    {'age': 0.75, 'city': 0.75}
    """
    columns = read_shared_columns([real, synthetic], categorical_features)
    scores = [_shape_score(column) for column in columns]
    return pd.Series(scores, index=[column.name for column in columns], dtype=np.float64)


def column_shape_score(real: Any, synthetic: Any, *, categorical_features: Any = "auto") -> float:
    """Compute the mean of `column_shape_scores` over the columns that have a score.

    Parameters
    ----------
    real, synthetic : tables of shape (n_rows, n_features)
        As in `column_shape_scores`.
    categorical_features : "auto" or array-like, default="auto"
        As in `column_shape_scores`.

    Returns
    -------
    float
        Between 0 and 1, 1 the best; NaN if no column has a score.

    Raises
    ------
    ValueError
        As in `column_shape_scores`.

    Examples
    --------
    >>> import numpy as np
    >>> from vaesynth.metrics import column_shape_score
    >>> real = np.arange(12.0).reshape(6, 2)
    >>> column_shape_score(real, real), column_shape_score(real, real + 100)
    (1.0, 0.0)
    """
    scores = column_shape_scores(real, synthetic, categorical_features=categorical_features)
    return float(scores.mean())


def _shape_score(column: SharedColumn) -> float:
    real, synthetic = (
        part[~missing] for part, missing in zip(column.parts, column.missing, strict=True)
    )
    if not len(real) or not len(synthetic):
        return np.nan
    if column.is_number:
        return 1 - _largest_gap(_rounded(real), _rounded(synthetic))
    shares = [
        np.bincount(part, minlength=column.n_levels) / len(part) for part in (real, synthetic)
    ]
    return max(0.0, float(1 - np.abs(shares[0] - shares[1]).sum() / 2))


def _rounded(numbers: np.ndarray) -> np.ndarray:
    # Beyond a thousand a float has no such decimals, and rounding could overflow.
    is_small = np.abs(numbers) < 1e3
    return np.where(is_small, np.round(np.where(is_small, numbers, 0), _DECIMALS), numbers)


def _largest_gap(first: np.ndarray, second: np.ndarray) -> float:
    """Compute the Kolmogorov-Smirnov statistic, without the p-value of scipy's test, which warns on few rows."""
    cells = np.concatenate([first, second])
    shares = [
        np.searchsorted(np.sort(part), cells, side="right") / len(part) for part in (first, second)
    ]
    return float(np.abs(shares[0] - shares[1]).max())

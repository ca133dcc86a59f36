"""Intervals and p-values of paired differences over folds that share training rows."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from scipy import stats


class Interval(NamedTuple):
    """A mean difference with its confidence interval and the p-value of no difference."""

    difference: float
    lower: float
    upper: float
    p_value: float


def corrected_interval(
    differences: np.ndarray, test_to_train: float, confidence: float
) -> Interval:
    """Estimate a mean difference from one value for each fold.

    The variance of the mean is taken as (1 / J + n_test / n_train) times the variance of the J
    values, since the folds' training rows overlap and their scores are not independent.

    Parameters
    ----------
    differences : ndarray of shape (n_folds,)
        Differences; NaN are left out.
    test_to_train : float
        Rows of a test fold over rows of its training part.
    confidence : float
        Coverage of the interval, between 0 and 1.

    Returns
    -------
    interval : Interval
        The two-sided p-value is of Student's t with J - 1 degrees of freedom. With fewer than two
        values all but the mean is NaN.

    References
    ----------
    Nadeau, Bengio, "Inference for the Generalization Error", Machine Learning 52 (2003).
    """
    known = differences[~np.isnan(differences)]
    n_folds = len(known)
    if n_folds < 2:
        return Interval(float(known.mean()) if n_folds else np.nan, np.nan, np.nan, np.nan)
    mean = float(known.mean())
    error = float(np.sqrt((1 / n_folds + test_to_train) * known.var(ddof=1)))
    if error == 0:
        return Interval(mean, mean, mean, 1.0 if mean == 0 else 0.0)
    reach = error * stats.t.ppf((1 + confidence) / 2, n_folds - 1)
    p_value = 2 * stats.t.sf(abs(mean) / error, n_folds - 1)
    return Interval(mean, float(mean - reach), float(mean + reach), float(p_value))


def holm(p_values: list[float]) -> list[float]:
    """Return p-values adjusted for their number by Holm's step-down method; NaN counts as 1.

    References
    ----------
    Holm, "A Simple Sequentially Rejective Multiple Test Procedure", Scandinavian Journal of
    Statistics 6 (1979).
    """
    values = np.nan_to_num(np.asarray(p_values, dtype=np.float64), nan=1.0)
    order = np.argsort(values, kind="stable")
    steps = (len(values) - np.arange(len(values))) * values[order]
    adjusted = np.empty(len(values))
    adjusted[order] = np.minimum(np.maximum.accumulate(steps), 1.0)
    return adjusted.tolist()

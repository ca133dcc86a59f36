"""Class labels and row weights as codes and numbers."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from sklearn.utils import column_or_1d
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import check_consistent_length

from vaesynth._sklearn import check_sample_weight, num_samples


def refuse_missing_labels(y: Any) -> None:
    """Raise a ValueError that names the rows without a class.

    Examples
    --------
    >>> refuse_missing_labels(["a", None])
    Traceback (most recent call last):
    ...
    ValueError: Input y contains NaN: every row must have a class, got none in 1 rows, the first at 1
    """
    missing = np.asarray(pd.isna(np.asarray(y, dtype=object) if isinstance(y, list) else y))
    if missing.any():
        raise ValueError(
            f"Input y contains NaN: every row must have a class, got none in {missing.sum()} rows, "
            f"the first at {np.argwhere(missing)[0, 0]}"
        )


def encode_target(X: Any, y: Any) -> tuple[np.ndarray, np.ndarray]:
    """Classes, and the position of each row's label among them.

    Parameters
    ----------
    X : table of shape (n_samples, n_features)
        Only its length is looked at.
    y : array-like of shape (n_samples,)
        Class labels.

    Returns
    -------
    classes : ndarray of shape (n_classes,)
    codes : ndarray of int64, shape (n_samples,)

    Raises
    ------
    ValueError
        If `y` is no classification target or not as long as `X`.
    """
    if y is None:
        raise ValueError("requires y to be passed, but the target y is None")
    refuse_missing_labels(y)
    check_classification_targets(y)
    check_consistent_length(X, y)
    classes, codes = np.unique(column_or_1d(y), return_inverse=True)
    return classes, codes.astype(np.int64)


def check_weights(X: Any, codes: np.ndarray, classes: np.ndarray, sample_weight: Any) -> np.ndarray:
    """Row weights as an array of shape (n_samples,), 1 for each row where none are given.

    Raises
    ------
    ValueError
        If a weight is negative or not finite, or the weights of a class sum to zero.

    Examples
    --------
    >>> import numpy as np
    >>> check_weights([[0.0], [1.0]], np.array([0, 1]), np.array(["a", "b"]), None)
    array([1., 1.])
    """
    if sample_weight is None:
        return np.ones(num_samples(X))
    weight = check_sample_weight(
        sample_weight, np.empty((num_samples(X), 1)), dtype=np.float64, ensure_non_negative=True
    )
    totals = np.bincount(codes, weight, minlength=len(classes))
    if (totals <= 0).any():
        empty = classes[totals <= 0].tolist()
        raise ValueError(
            f"`sample_weight` must leave every class a row of positive weight, got only zeros for {empty}"
        )
    return weight

"""Labels of classes as users have them: numbers, strings, and objects such as intervals and periods."""

from __future__ import annotations

import numbers
from typing import Any

import numpy as np


def label_array(y: Any) -> np.ndarray:
    """Return labels as an array whose list holds labels: times in nanoseconds would become integers there.

    Examples
    --------
    >>> import numpy as np
    >>> label_array(np.array(["2020-01-01"], dtype="datetime64[ns]")).tolist()
    [datetime.datetime(2020, 1, 1, 0, 0)]
    """
    labels = np.asarray(y)
    if labels.dtype.kind not in "mM" or np.datetime_data(labels.dtype)[0] != "ns":
        return labels
    microseconds = labels.astype(labels.dtype.str.replace("ns", "us"))
    if (microseconds == labels).all():
        return microseconds
    import pandas as pd

    return pd.Series(labels).astype(object).to_numpy()


def read_labels(y: Any) -> np.ndarray:
    """Return labels as an array, once each of them is found to name a class.

    An object column of numbers becomes an array of numbers. Other objects, such as the intervals of `pandas.cut`, stay
    as they are, and sort by their own order.

    Parameters
    ----------
    y : array-like of shape (n_rows,) or (n_rows, n_columns)
        Labels, none of them missing.

    Returns
    -------
    ndarray
        Of the shape of `y`, or of shape (n_rows,) where it has a single column.

    Raises
    ------
    ValueError
        If labels are of kinds that do not compare, such as 1 and 'no', or are the numbers of a regression.

    Examples
    --------
    >>> import numpy as np
    >>> read_labels(np.array([0, 1, 1], dtype=object))
    array([0, 1, 1])
    >>> read_labels([1, "no"])
    Traceback (most recent call last):
    ...
    ValueError: labels in `y` must be of kinds that compare with each other, got int and str
    """
    from sklearn.utils import column_or_1d
    from sklearn.utils.multiclass import check_classification_targets

    labels = label_array(y)
    if labels.ndim == 2 and labels.shape[1] == 1:
        labels = column_or_1d(labels)
    if labels.ndim == 1 and labels.dtype.kind in "OU":
        refuse_nested_labels(labels)
        # numpy would make strings of a list of numbers and strings.
        distinct = _distinct(list(y) if isinstance(y, (list, tuple)) else labels.tolist())
        if labels.dtype == object:
            if all(isinstance(label, (numbers.Real, np.bool_)) for label in distinct):
                labels = np.asarray(labels.tolist())
            elif not all(isinstance(label, str) for label in distinct):
                return labels
    check_classification_targets(y if labels.ndim > 1 else labels)
    return labels


def refuse_nested_labels(labels: Any) -> None:
    """Raise a ValueError if a label is a tuple, a list or an array.

    Examples
    --------
    >>> refuse_nested_labels([("a", 1), ("b", 2)])
    Traceback (most recent call last):
    ...
    ValueError: labels in `y` must be single values, got ('a', 1) of type tuple
    """
    for label in labels:
        if isinstance(label, (tuple, list, np.ndarray)):
            raise ValueError(
                f"labels in `y` must be single values, got {label!r} of type {type(label).__name__}"
            )


def _distinct(labels: list[Any]) -> list[Any]:
    """Return the labels that differ, sorted."""
    try:
        return sorted(set(labels))
    except TypeError:
        kinds = " and ".join(sorted({type(label).__name__ for label in labels}))
        raise ValueError(
            f"labels in `y` must be of kinds that compare with each other, got {kinds}"
        ) from None

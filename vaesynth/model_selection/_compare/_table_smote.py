"""SMOTE for tables that imbalanced-learn's SMOTE refuses."""

from __future__ import annotations

from typing import Any

import numpy as np
from imblearn.over_sampling import SMOTE, SMOTEN, SMOTENC
from numpy.typing import ArrayLike
from sklearn.base import BaseEstimator
from sklearn.utils import column_or_1d

from vaesynth.tabular import Table, TableEncoder, concatenate_tables

N_NEIGHBORS = 5


class TableSMOTE(BaseEstimator):
    """SMOTE, SMOTENC or SMOTEN, chosen by the kinds of the columns, for a table of any container and type.

    The method gets standardised numbers and categories. A missing number becomes the median, a missing category
    a level of its own. Real rows come back first and unchanged. New rows get the types, digits and bounds of the
    columns. In a class of five rows or fewer every other row is a neighbour.

    Parameters
    ----------
    random_state : int, RandomState instance or None, default=None
        As in imbalanced-learn.

    Attributes
    ----------
    synthetic_mask_ : ndarray of bool, shape (n_resampled,)
        The rows that are new.
    """

    def __init__(self, random_state: Any = None) -> None:
        self.random_state = random_state

    def fit_resample(self, X: Any, y: ArrayLike) -> tuple[Any, np.ndarray]:
        """Append new rows until every class has as many as the largest.

        Parameters
        ----------
        X : table of shape (n_samples, n_features)
            Any table that `TableEncoder` takes.
        y : array-like of shape (n_samples,)
            Labels of two or more classes, of at least two rows each.

        Returns
        -------
        X_resampled, y_resampled : table, ndarray
            Real rows, then new ones.
        """
        labels = column_or_1d(y)
        encoder = TableEncoder()
        table = encoder.fit_transform(X)
        centre, scale = _centre_and_scale(table.numbers)
        numbers = (np.where(np.isnan(table.numbers), centre, table.numbers) - centre) / scale
        matrix = np.hstack([numbers, table.codes])
        n_numbers = numbers.shape[1]
        method = self._choose_method(n_numbers, matrix.shape[1], labels)
        resampled, y_resampled = method.fit_resample(matrix, labels)
        new = resampled[len(labels) :]
        self.synthetic_mask_ = np.arange(len(resampled)) >= len(labels)
        if not len(new):
            return X, labels
        codes = np.rint(new[:, n_numbers:]).astype(np.int64)
        made = encoder.conform(Table(new[:, :n_numbers] * scale + centre, codes))
        return concatenate_tables([X, encoder.inverse_transform(made)]), y_resampled

    def _choose_method(self, n_numbers: int, n_columns: int, y: np.ndarray) -> Any:
        """Return imbalanced-learn's method for numbers that come first and categories after them."""
        smallest = np.unique(y, return_counts=True)[1].min()
        k_neighbors = int(min(N_NEIGHBORS, smallest - 1))
        options = {"k_neighbors": k_neighbors, "random_state": self.random_state}
        if n_numbers == n_columns:
            return SMOTE(**options)
        if not n_numbers:
            return SMOTEN(**options)
        return SMOTENC(list(range(n_numbers, n_columns)), **options)


def _centre_and_scale(numbers: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the median and the standard deviation of each column's known cells, 0 and 1 where there are none."""
    known = ~np.isnan(numbers).all(axis=0)
    centre, scale = np.zeros(numbers.shape[1]), np.ones(numbers.shape[1])
    centre[known] = np.nanmedian(numbers[:, known], axis=0)
    spread = np.nanstd(numbers[:, known], axis=0)
    scale[known] = np.where(spread > 0, spread, 1.0)
    return centre, scale

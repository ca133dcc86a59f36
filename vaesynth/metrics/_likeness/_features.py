"""Rows of mixed columns as features of a classifier."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from sklearn.base import clone
from sklearn.ensemble import HistGradientBoostingClassifier

from vaesynth.metrics._row_encoding import encode_columns
from vaesynth.tabular import SharedColumn

# More levels than histograms have bins go as numbers.
_MAX_LEVELS = 255


def make_features(
    columns: Sequence[SharedColumn], classifier: Any, random_state: Any
) -> tuple[list[np.ndarray], Any]:
    """Features of the rows of each table and the classifier that is to see them.

    The default, histogram-based gradient boosting, takes cells as they are, categories as codes and missing numbers as
    one below all others: it cannot bin a column of NaN alone, which any part of the rows may have. Any other classifier
    gets the points of `encode_columns`.
    """
    if classifier is not None:
        return encode_columns(columns), clone(classifier)
    cells = zip(*(_cells(column) for column in columns), strict=True)
    is_category = [not column.is_number and column.n_levels < _MAX_LEVELS for column in columns]
    boosting = HistGradientBoostingClassifier(
        categorical_features=is_category, random_state=random_state
    )
    return [np.column_stack(parts) for parts in cells], boosting


def _cells(column: SharedColumn) -> list[np.ndarray]:
    if column.is_number:
        known = np.concatenate(column.parts)
        lowest = np.min(known[np.isfinite(known)], initial=0.0)
        below = lowest - 1 - abs(lowest)
        return [np.where(np.isnan(part), below, part) for part in column.parts]
    return [np.where(part < 0, np.nan, part) for part in column.parts]

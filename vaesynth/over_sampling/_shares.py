"""How far the columns of new rows have moved from those of their class."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np

from vaesynth.metrics import column_shape_scores
from vaesynth.tabular import Table, TableSchema

# Rows of a class that are compared, evenly spaced: enough to tell shares of a few hundredths apart.
MAX_COMPARED = 10_000


class ShareReport(NamedTuple):
    """How far new rows have moved from the real rows of their class, column by column.

    The distance of a column is that of `column_shape_scores`: for categories half the summed differences between the
    shares of the levels, for numbers the largest gap between the two distribution functions. It is 0 where new rows are
    spread like the real ones of their class, and 1 where they have no value in common. A class of few rows moves by
    chance as well, by about the root of 1 / n.

    Attributes
    ----------
    mean_drift : float
        Mean distance over columns and classes that have new rows.
    largest_drift : float
        The largest of these distances.
    column : label or None
        The column that it is of; None without new rows.
    label : label or None
        The class that it is of.

    Examples
    --------
    >>> ShareReport(0.04, 0.11, "age", "yes").column
    'age'
    """

    mean_drift: float
    largest_drift: float
    column: Any
    label: Any


def report_shares(
    schema: TableSchema, real: Table, labels: np.ndarray, new: Mapping[Any, Table]
) -> ShareReport:
    """Compare the new rows of each class with its real ones."""
    # In a table that has been read, numbers come before categories.
    specs = (*schema.numbers, *schema.categoricals)
    drifts = {
        label: 1 - column_shape_scores(_some(real.take(labels == label)), _some(table)).to_numpy()
        for label, table in new.items()
    }
    if not drifts or np.isnan(list(drifts.values())).all():
        return ShareReport(0.0, 0.0, None, None)
    by_class = np.array(list(drifts.values()))
    at, column = np.unravel_index(np.nanargmax(by_class), by_class.shape)
    return ShareReport(
        float(np.nanmean(by_class)),
        float(by_class[at, column]),
        specs[column].name,
        list(drifts)[at],
    )


def _some(table: Table) -> Table:
    n_rows = len(table)
    return table.take(np.linspace(0, n_rows - 1, min(n_rows, MAX_COMPARED)).round().astype(int))

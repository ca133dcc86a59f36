"""Scores that the default was chosen from, and what would have been chosen without a set."""

from __future__ import annotations

from itertools import product

import numpy as np
import pandas as pd
from sklearn.neighbors import NearestNeighbors

from benchmarks.anomalies.splits import Split
from vaesynth.applications import DistanceColumns, Whitening
from vaesynth.tabular import TableEncoder

VIEWS = (
    ("plain",),
    ("robust",),
    ("plain white",),
    ("robust white",),
    ("plain", "plain white"),
    ("plain", "robust white"),
    ("robust", "robust white"),
)
N_NEIGHBORS = (5, 10)
LOCAL_WEIGHTS = (0.0, 0.3, 0.5)
SOFTENING = 0.1


def score_candidates(split: Split) -> dict[str, np.ndarray]:
    """Score rows by every combination of coordinates, neighbours and weight of their own distances."""
    tables = TableEncoder(categorical_features=None)
    table = tables.fit_transform(split.X_train)
    test, _ = tables.transform_known(split.X_test)
    places = [
        np.array([spec.position for spec in specs], dtype=int)
        for specs in (tables.schema_.numbers, tables.schema_.categoricals)
    ]
    columns = DistanceColumns.fit(table, *places)
    parts = {}
    for name, encode in (("plain", columns.plain), ("robust", columns.robust)):
        rows, new = encode(table), encode(test)
        whitening = Whitening.fit(rows[:, : table.numbers.shape[1]])
        views = {name: (rows, new), f"{name} white": (whitening.apply(rows), whitening.apply(new))}
        for view, pair in views.items():
            parts |= {(view, *key): logs for key, logs in _log_distances(*pair).items()}
    return {
        f"{' + '.join(views)}, {k} neighbours, {weight}": sum(
            parts[view, k][0] - weight * parts[view, k][1] for view in views
        )
        for views, k, weight in product(VIEWS, N_NEIGHBORS, LOCAL_WEIGHTS)
    }


def _log_distances(
    rows: np.ndarray, new: np.ndarray
) -> dict[tuple[int], tuple[np.ndarray, np.ndarray]]:
    """Return, by number of neighbours, the log-distance of each new row and the mean one of its neighbours."""
    most = min(max(N_NEIGHBORS), len(rows) - 1)
    index = NearestNeighbors(n_neighbors=most + 1).fit(rows)
    of_rows = index.kneighbors(rows, return_distance=False)
    of_rows = np.array([near[near != row][:most] for row, near in enumerate(of_rows)])
    of_new = index.kneighbors(new, most, return_distance=False)
    found = {}
    for k in N_NEIGHBORS:
        own = _mean_differences(rows, rows, of_rows[:, :k])
        usual = np.median(own) or own.mean() or 1.0
        away = np.log(_mean_differences(new, rows, of_new[:, :k]) / usual + SOFTENING)
        found[(k,)] = away, np.log(own / usual + SOFTENING)[of_new[:, :k]].mean(axis=1)
    return found


def _mean_differences(left: np.ndarray, rows: np.ndarray, near: np.ndarray) -> np.ndarray:
    total = np.zeros(len(left))
    for place in near.T:
        total += np.abs(left - rows[place]).sum(axis=1)
    return total / near.shape[1]


def choose_without_each(results: pd.DataFrame) -> pd.DataFrame:
    """For each set take the candidate that is best on all others, by the mean of ROC AUC and average precision.

    Parameters
    ----------
    results : DataFrame
        A row for each candidate and set, with columns `method`, `set`, `roc_auc` and `average_precision`.

    Returns
    -------
    DataFrame
        The rows of the chosen candidates, one for each set.
    """
    means = results.groupby(["method", "set"])[["roc_auc", "average_precision"]].mean()
    quality = means.mean(axis=1).unstack("set")
    rows = []
    for name in quality.columns:
        best = quality.drop(columns=name).mean(axis=1).idxmax()
        rows.append({"set": name, "method": best, **means.loc[(best, name)]})
    return pd.DataFrame(rows)

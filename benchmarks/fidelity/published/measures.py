"""The suite's measures; every one takes real rows, drawn ones and a seed, and gives floats.

They follow the program that computed the published figures (github.com/april-tools/tabpc), quirks included, so that
the figures can stand beside those. Each docstring names the quirks.
"""

from __future__ import annotations

import io
import warnings
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pandas as pd
from scipy.spatial.distance import cdist
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import ParameterGrid
from sklearn.neighbors import NearestNeighbors
from sklearn.preprocessing import MinMaxScaler, OneHotEncoder

from benchmarks.fidelity.tables import TARGET, RealRows

N_LEVELS = 30
_CHUNK = 500


def shape_and_trend(real: RealRows, drawn: pd.DataFrame, seed: int) -> dict[str, float]:  # noqa: ARG001
    """Return SDMetrics' scores of column shapes and of all column pairs against the training rows; 1 is perfect.

    The published figures are of SDMetrics 0.24, which cuts a number into ten bins by each table's own extremes.
    """
    from sdmetrics.reports.single_table import QualityReport

    kinds = {
        name: {"sdtype": "numerical" if name in real.numbers else "categorical"}
        for name in real.train.columns
    }
    report = QualityReport()
    # Newer versions leave out weak pairs unless told not to; the older one knows no thresholds.
    report.real_correlation_threshold = report.real_association_threshold = 0
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        report.generate(real.train, drawn, {"columns": kinds}, verbose=False)
    scores = report.get_properties().set_index("Property")["Score"]
    return {"shape": float(scores["Column Shapes"]), "trend": float(scores["Column Pair Trends"])}


def detection(real: RealRows, drawn: pd.DataFrame, seed: int) -> dict[str, float]:
    """Return SDMetrics' detection scores; a score s is a mean ROC AUC of 1 - s / 2, and 1 is perfect.

    The suite writes rows as CSV and reads them again, so that categories that look like numbers are numbers here.
    """
    from sdmetrics.single_table import LogisticDetection
    from sdmetrics.single_table.detection.sklearn import ScikitLearnClassifierDetectionMetric
    from xgboost import XGBClassifier

    class XGBoostDetection(ScikitLearnClassifierDetectionMetric):
        @staticmethod
        def _get_classifier() -> Any:
            return XGBClassifier(eval_metric="logloss", enable_categorical=True, random_state=0)

    tables = [_through_csv(frame) for frame in (real.train, drawn)]
    scores = {}
    for key, metric in (("c2st_xgb", XGBoostDetection), ("c2st_lr", LogisticDetection)):
        np.random.seed(seed)  # noqa: NPY002  SDMetrics shuffles its folds by the global state
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            scores[key] = float(metric.compute(*(table.copy() for table in tables)))
    return scores


def _through_csv(frame: pd.DataFrame) -> pd.DataFrame:
    table = pd.read_csv(io.StringIO(frame.to_csv(index=False)))
    texts = [name for name in table if not pd.api.types.is_numeric_dtype(table[name].dtype)]
    return table.astype(dict.fromkeys(texts, object))


def precision_and_recall(real: RealRows, drawn: pd.DataFrame, seed: int) -> dict[str, float]:  # noqa: ARG001
    """Return alpha-precision and beta-recall against the training rows, as synthcity's "naive" variant has them.

    Space: numbers from 0 to 1 by the range of the training rows, and one indicator per category. The variant leaves
    out the last column, which is one of the two indicators of the class. Best is 1 for the precision and about 0.5
    for the recall, as the nearest of two equal samples is in either as often.

    References
    ----------
    Alaa, van Breugel, Saveliev, van der Schaar, "How Faithful is your Synthetic Data?", ICML 2022.
    """
    encoder = OneHotEncoder(sparse_output=False).fit(real.train[real.categories])
    raw = [
        np.hstack(
            [frame[real.numbers].to_numpy(float), encoder.transform(frame[real.categories])[:, :-1]]
        )
        for frame in (real.train, drawn)
    ]
    scaler = MinMaxScaler().fit(raw[0])
    true, made = (scaler.transform(rows) for rows in raw)
    levels = np.linspace(0, 1, N_LEVELS)

    center = true.mean(axis=0)
    radii = np.quantile(np.linalg.norm(true - center, axis=1), levels)
    from_center = np.linalg.norm(made - center, axis=1)
    precision = (from_center[:, np.newaxis] <= radii).mean(axis=0)

    to_true = NearestNeighbors(n_neighbors=2).fit(true).kneighbors(true)[0][:, 1]
    to_made, nearest = (
        found[:, 0] for found in NearestNeighbors(n_neighbors=1).fit(made).kneighbors(true)
    )
    reach = np.linalg.norm(made[nearest] - made.mean(axis=0), axis=1)
    covered = (to_made <= to_true)[:, np.newaxis] & (
        reach[:, np.newaxis] <= np.quantile(reach, levels)
    )
    return {
        "alpha_precision": _agreement(precision, levels),
        "beta_recall": _agreement(covered.mean(axis=0), levels),
    }


def _agreement(curve: np.ndarray, levels: np.ndarray) -> float:
    return float(1 - np.abs(curve - levels).sum() / levels.sum())


def machine_learning_efficiency(real: RealRows, rows: pd.DataFrame, seed: int) -> dict[str, float]:
    """Return the ROC AUC on the test part of XGBoost learned from `rows`, the best of 36 by a ninth of those.

    Quirk: where the first number is never negative and reaches 1,000 (`default`), the suite takes logarithms of all
    numbers, those below 0.01 as 0.01. Its scaling otherwise changes no tree.
    """
    order = np.random.default_rng(seed).permutation(len(rows))
    held_out, kept = np.split(order, [len(rows) // 9])
    first = rows[real.numbers[0]]
    floor = 0.01 if first.min() >= 0 and first.max() >= 1_000 else -np.inf
    names = [name for name in real.categories if name != TARGET]
    encoder = OneHotEncoder(sparse_output=False, handle_unknown="ignore").fit(rows[names])

    def features(frame: pd.DataFrame) -> np.ndarray:
        numbers = np.maximum(frame[real.numbers].to_numpy(float), floor)
        return np.hstack([numbers, encoder.transform(frame[names])]).astype(np.float32)

    labels = np.unique(rows[TARGET])
    if len(labels) == 1:
        return {"mle_auc": 0.5}
    known, answer = features(rows), rows[TARGET].to_numpy() == labels[1]
    tests = features(real.held_out)
    truth = real.held_out[TARGET].to_numpy() == labels[1]
    best = (-np.inf, np.nan)
    for score in _boosted(known[kept], answer[kept]):
        area = roc_auc_score(answer[held_out], score(known[held_out]))
        if area > best[0]:
            best = (area, float(roc_auc_score(truth, score(tests))))
    return {"mle_auc": best[1]}


def _boosted(rows: np.ndarray, answer: np.ndarray) -> Iterator[Callable[[np.ndarray], np.ndarray]]:
    """Yield each of 36 models as a function of rows; the first trees of 100 are the model of fewer."""
    from xgboost import XGBClassifier

    grid = {"min_child_weight": [1, 10], "max_depth": [5, 10, 20], "gamma": [0.0, 1.0]}
    for parameters in ParameterGrid(grid):
        model = XGBClassifier(n_estimators=100, tree_method="hist", **parameters).fit(rows, answer)
        for n_trees in (10, 50, 100):
            yield lambda X, model=model, n_trees=n_trees: model.predict_proba(
                X, iteration_range=(0, n_trees)
            )[:, 1]


def closest_record_share(halves: RealRows, drawn: pd.DataFrame, seed: int) -> dict[str, float]:  # noqa: ARG001
    """Return the share of drawn rows that are nearer to the half learned from than to the other; 0.5 is no memory.

    Distance: differences of numbers by the range of the training half, and 2 for each category that differs. A tie
    counts as not nearer.
    """
    span = np.ptp(halves.train[halves.numbers].to_numpy(float), axis=0)
    encoder = OneHotEncoder(handle_unknown="ignore", sparse_output=False, dtype=np.float32)
    encoder.fit(pd.concat([halves.train, halves.held_out])[halves.categories])

    def points(frame: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
        return frame[halves.numbers].to_numpy(float) / span, encoder.transform(
            frame[halves.categories]
        )

    made = points(drawn)
    to_train, to_other = (
        _nearest(made, points(frame)) for frame in (halves.train, halves.held_out)
    )
    return {"dcr": float((to_train < to_other).mean())}


def _nearest(made: tuple[np.ndarray, ...], real: tuple[np.ndarray, ...]) -> np.ndarray:
    nearest = []
    for start in range(0, len(made[0]), _CHUNK):
        numbers, indicators = (block[start : start + _CHUNK] for block in made)
        n_categories = indicators[:1].sum()
        equal = indicators @ real[1].T
        nearest.append(
            (cdist(numbers, real[0], "cityblock") + 2 * (n_categories - equal)).min(axis=1)
        )
    return np.concatenate(nearest)

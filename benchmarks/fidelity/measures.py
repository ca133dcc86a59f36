"""What a synthetic table is judged by; every function takes rows and gives floats.

Rows are subsampled where a measure allows it, so that all of them together take less than a minute on one thread.
"""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pandas as pd
from sklearn.metrics import pairwise_distances_argmin_min
from sklearn.model_selection import StratifiedKFold
from sklearn.neighbors import NearestNeighbors

from benchmarks.fidelity.features import Points, TreeFeatures
from benchmarks.fidelity.tables import TARGET, RealRows
from benchmarks.shared.metrics import ranking_scores

MAX_COMPARED = 30_000
MAX_POINTS = 4_000
MAX_REFERENCES = 14_000
N_FOLDS = 3


def measure(
    real: RealRows, synthetic: pd.DataFrame, *, seed: int, n_threads: int
) -> dict[str, Any]:
    """Return every measure of a synthetic table."""
    points = Points(real)
    return {
        **similarity_errors(real, synthetic),
        "c2st": classifier_two_sample_test(real, synthetic, seed, n_threads),
        "tstr": transfer_auc(real, synthetic, n_threads),
        "trtr": transfer_auc(real, real.train, n_threads),
        **precision_and_recall(points(real.held_out), points(synthetic), seed),
        "closer": share_closer_to_training(
            points(real.train), points(real.held_out), points(synthetic), seed
        ),
        "copies": share_of_copies(real, synthetic),
    }


def similarity_errors(real: RealRows, synthetic: pd.DataFrame) -> dict[str, float]:
    """Return 1 - SDMetrics' scores of column shapes and pair trends against the training rows.

    `pairs_error` is what SDMetrics' report gives as it is: newer versions leave out pairs whose correlation is below
    0.5 or association below 0.3 in the real rows. `all_pairs_error` counts every pair, as older versions did.
    """
    reported = _quality_scores(real, synthetic)
    complete = _quality_scores(
        real, synthetic, real_correlation_threshold=0, real_association_threshold=0
    )
    return {
        "shapes_error": 1 - float(reported["Column Shapes"]),
        "pairs_error": 1 - float(reported["Column Pair Trends"]),
        "all_pairs_error": 1 - float(complete["Column Pair Trends"]),
    }


def _quality_scores(
    real: RealRows, synthetic: pd.DataFrame, **thresholds: float
) -> dict[str, float]:
    from sdmetrics.reports import QualityReport

    kinds = {
        name: {"sdtype": "numerical" if name in real.numbers else "categorical"}
        for name in real.train.columns
    }
    report = QualityReport()
    for name, value in thresholds.items():
        setattr(report, name, value)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        metadata = {"tables": {"rows": {"columns": kinds}}}
        report.generate({"rows": real.train}, {"rows": synthetic}, metadata, verbose=False)
    return dict(report.get_properties().set_index("Property")["Score"])


def classifier_two_sample_test(
    real: RealRows, synthetic: pd.DataFrame, seed: int, n_threads: int
) -> float:
    """Return the mean ROC AUC of LightGBM telling training from synthetic rows in three folds; 0.5 is perfect.

    Both are given in equal numbers, 30,000 at most.
    """
    n_rows = min(len(real.train), len(synthetic), MAX_COMPARED)
    features = TreeFeatures(real, list(real.train.columns))
    parts = [frame.sample(n_rows, random_state=seed) for frame in (real.train, synthetic)]
    matrix = np.vstack([features(part) for part in parts])
    is_synthetic = np.repeat([0, 1], n_rows)
    folds = StratifiedKFold(N_FOLDS, shuffle=True, random_state=seed)
    areas = []
    for train, test in folds.split(matrix, is_synthetic):
        model = _lightgbm(n_threads)
        model.fit(matrix[train], is_synthetic[train], categorical_feature=features.categorical)
        score = model.predict_proba(matrix[test])[:, 1]
        areas.append(ranking_scores(is_synthetic[test] == 1, score)[1])
    return float(np.mean(areas))


def transfer_auc(real: RealRows, learned_from: pd.DataFrame, n_threads: int) -> float:
    """Return the ROC AUC on held-out rows of LightGBM trained on the given ones; a macro average over many classes.

    A class that the given rows lack has score 0 everywhere, which is an AUC of 0.5.
    """
    features = TreeFeatures(real, list(real.train.columns.drop(TARGET)))
    model = _lightgbm(n_threads)
    target = learned_from[TARGET].to_numpy()
    if len(np.unique(target)) == 1:
        return 0.5
    model.fit(features(learned_from), target, categorical_feature=features.categorical)
    probability = model.predict_proba(features(real.held_out))
    truth = real.held_out[TARGET].to_numpy()
    scored = real.labels[1:] if len(real.labels) == 2 else real.labels
    by_label = dict(zip(model.classes_, probability.T, strict=True))
    silent = np.zeros(len(truth))
    return float(np.mean([ranking_scores(truth == c, by_label.get(c, silent))[1] for c in scored]))


def precision_and_recall(real: np.ndarray, synthetic: np.ndarray, seed: int) -> dict[str, float]:
    """Return alpha-precision and beta-recall, integrated, of equal numbers of points, 4,000 at most.

    Real points are held-out rows, so that copying the training rows does not raise the recall. Perfect is 1 for the
    precision; for the recall it is about 0.5, as the nearest of two equal samples is in either as often.

    References
    ----------
    Alaa, van Breugel, Saveliev, van der Schaar, "How Faithful is your Synthetic Data?", ICML 2022.
    """
    n_points = min(len(real), len(synthetic), MAX_POINTS)
    rng = np.random.default_rng(seed)
    real, synthetic = _draw(real, n_points, rng), _draw(synthetic, n_points, rng)
    levels = np.linspace(0, 1, 101)
    center = real.mean(axis=0)
    radii = np.quantile(np.linalg.norm(real - center, axis=1), levels)
    distance = np.linalg.norm(synthetic - center, axis=1)
    precision = (distance[:, np.newaxis] <= radii).mean(axis=0)
    nearest, to_synthetic = pairwise_distances_argmin_min(real, synthetic)
    to_real = NearestNeighbors(n_neighbors=1).fit(real).kneighbors()[0][:, 0]
    from_center = np.linalg.norm(synthetic - synthetic.mean(axis=0), axis=1)
    covered = (to_synthetic <= to_real)[:, np.newaxis] & (
        from_center[nearest][:, np.newaxis] <= np.quantile(from_center, levels)
    )
    recall = covered.mean(axis=0)
    return {
        "alpha_precision": 1 - 2 * float(np.trapezoid(np.abs(precision - levels), levels)),
        "beta_recall": 1 - 2 * float(np.trapezoid(np.abs(recall - levels), levels)),
    }


def share_closer_to_training(
    train: np.ndarray, held_out: np.ndarray, synthetic: np.ndarray, seed: int
) -> float:
    """Return the share of 4,000 points nearer to a training than to a held-out point; 0.5 is no memory.

    Equal numbers of both, 14,000 at most; a tie counts half.
    """
    rng = np.random.default_rng(seed)
    n_references = min(len(train), len(held_out), MAX_REFERENCES)
    drawn = _draw(synthetic, min(len(synthetic), MAX_POINTS), rng)
    to_train, to_held_out = (
        pairwise_distances_argmin_min(drawn, _draw(rows, n_references, rng))[1]
        for rows in (train, held_out)
    )
    # Distances are made of sums in another order each: equal ones must tie.
    tie = np.isclose(to_train, to_held_out, rtol=1e-6, atol=1e-5)
    return float(np.where(tie, 0.5, to_train < to_held_out).mean())


def share_of_copies(real: RealRows, rows: pd.DataFrame) -> float:
    """Return the share of rows that equal a training row in every cell."""
    known = set(real.train.itertuples(index=False, name=None))
    return float(np.mean([row in known for row in rows.itertuples(index=False, name=None)]))


def _draw(rows: np.ndarray, n_rows: int, rng: np.random.Generator) -> np.ndarray:
    return rows[rng.choice(len(rows), n_rows, replace=False)]


def _lightgbm(n_threads: int) -> Any:
    from lightgbm import LGBMClassifier

    return LGBMClassifier(
        n_jobs=n_threads, random_state=0, verbosity=-1, deterministic=True, force_row_wise=True
    )

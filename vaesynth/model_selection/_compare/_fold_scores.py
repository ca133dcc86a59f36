"""Scores of one classifier on the rows of one test fold."""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn.metrics import average_precision_score, f1_score, log_loss, recall_score, roc_auc_score

RANKING_METRICS = ("average_precision", "roc_auc")
DECISION_METRICS = ("f1", "g_mean", "balanced_accuracy")
CALIBRATION_METRICS = ("brier", "log_loss")
METRICS = RANKING_METRICS + DECISION_METRICS + CALIBRATION_METRICS


def fold_scores(
    y: np.ndarray,
    predicted: np.ndarray,
    scores: np.ndarray,
    probabilities: np.ndarray | None,
    classes: np.ndarray,
) -> dict[str, float]:
    """Return every metric.

    Parameters
    ----------
    y, predicted : ndarray of shape (n_samples,)
        True and predicted labels.
    scores : ndarray of shape (n_samples, n_classes)
        Larger means more likely of that class.
    probabilities : ndarray of shape (n_samples, n_classes) or None
        None makes the metrics of calibration NaN.
    classes : ndarray of shape (n_classes,)
        Labels in the order of the columns. The last of two is the positive class.

    Returns
    -------
    scores : dict of str to float
        In the order of `METRICS`; see `compare_resamplers` for their definitions.
    """
    return {
        **_ranking_scores(y, scores, classes),
        **_decision_scores(y, predicted, classes),
        **_calibration_scores(y, probabilities, classes),
    }


def _scored_classes(y: np.ndarray, classes: np.ndarray) -> list[int]:
    """Return the positive class of two, or those of more that the fold holds, where both sides are there."""
    wanted = range(1, 2) if len(classes) == 2 else range(len(classes))
    return [k for k in wanted if 0 < np.count_nonzero(y == classes[k]) < len(y)]


def _ranking_scores(y: np.ndarray, scores: np.ndarray, classes: np.ndarray) -> dict[str, float]:
    columns = _scored_classes(y, classes)
    if not columns:
        return dict.fromkeys(RANKING_METRICS, np.nan)
    sides = [(y == classes[k], scores[:, k]) for k in columns]
    return {
        "average_precision": float(np.mean([average_precision_score(*side) for side in sides])),
        "roc_auc": float(np.mean([roc_auc_score(*side) for side in sides])),
    }


def _decision_scores(y: np.ndarray, predicted: np.ndarray, classes: np.ndarray) -> dict[str, float]:
    present = np.unique(y)
    recalls = recall_score(y, predicted, labels=present, average=None, zero_division=0.0)
    scored = classes[_scored_classes(y, classes)]
    f1 = (
        f1_score(y, predicted, labels=scored, average="macro", zero_division=0.0)
        if len(scored)
        else np.nan
    )
    return {
        "f1": float(f1),
        "g_mean": float(np.prod(recalls) ** (1 / len(present))),
        "balanced_accuracy": float(np.mean(recalls)),
    }


def _calibration_scores(y: np.ndarray, probabilities: Any, classes: np.ndarray) -> dict[str, float]:
    if probabilities is None:
        return dict.fromkeys(CALIBRATION_METRICS, np.nan)
    order = np.argsort(classes)
    ordered = np.asarray(probabilities, dtype=np.float64)[:, order]
    hits = y[:, np.newaxis] == classes[order]
    return {
        "brier": float(np.square(ordered - hits).sum(axis=1).mean() / 2),
        "log_loss": float(log_loss(y, ordered, labels=classes[order])),
    }

"""Scores of one classifier on one fold, in plain numpy: cheaper than the classifier itself.

Binary sets score class 1, the minority. Sets of more classes average one-vs-rest (average
precision, ROC AUC) or per-class figures (F1) with equal weights; classes that are absent from the
fold are left out.
"""

from __future__ import annotations

import numpy as np

RANKED_METRICS = ("average_precision", "roc_auc", "f1", "g_mean", "balanced_accuracy")
PROBABILITY_METRICS = ("brier", "log_loss")
METRICS = RANKED_METRICS + PROBABILITY_METRICS


def ranking_scores(is_positive: np.ndarray, score: np.ndarray) -> tuple[float, float]:
    """Return average precision and ROC AUC, ties counted as scikit-learn counts them."""
    order = np.argsort(-score, kind="stable")
    last_of_tie = np.append(np.flatnonzero(np.diff(score[order])), len(score) - 1)
    true_positives = np.cumsum(is_positive[order])[last_of_tie].astype(float)
    false_positives = last_of_tie + 1 - true_positives
    n_positive, n_negative = true_positives[-1], false_positives[-1]
    if n_positive == 0 or n_negative == 0:
        return np.nan, np.nan
    precision = true_positives / (last_of_tie + 1)
    average_precision = np.diff(true_positives, prepend=0) @ precision / n_positive
    area = np.trapezoid(np.append(0, true_positives), np.append(0, false_positives))
    return float(average_precision), float(area / (n_positive * n_negative))


def fold_scores(
    truth: np.ndarray, predicted: np.ndarray, score: np.ndarray, probability: np.ndarray | None
) -> dict[str, float]:
    """Return every metric of one fold.

    Parameters
    ----------
    truth, predicted : arrays of shape (n_rows,)
        Classes as 0, 1, ...
    score : array of shape (n_rows, n_classes)
        Larger means more likely of that class.
    probability : array of shape (n_rows, n_classes) or None
        None leaves the Brier score and the log loss missing.
    """
    n_classes = score.shape[1]
    confusion = np.bincount(truth * n_classes + predicted, minlength=n_classes**2)
    confusion = confusion.reshape(n_classes, n_classes)
    support, hits = confusion.sum(axis=1), np.diag(confusion)
    present = np.flatnonzero(support)
    recall = hits[present] / support[present]
    f1 = 2 * hits[present] / (support + confusion.sum(axis=0))[present]
    scored = [1] if n_classes == 2 else present
    ranking = np.array([ranking_scores(truth == c, score[:, c]) for c in scored])
    with np.errstate(divide="ignore"):
        g_mean = float(np.exp(np.log(recall).mean()))
    result = {
        "average_precision": float(np.nanmean(ranking[:, 0])),
        "roc_auc": float(np.nanmean(ranking[:, 1])),
        "f1": float(f1[-1] if n_classes == 2 else f1.mean()),
        "g_mean": g_mean,
        "balanced_accuracy": float(recall.mean()),
        "brier": np.nan,
        "log_loss": np.nan,
    }
    if probability is not None:
        one_hot = np.eye(n_classes)[truth]
        # Half the sum over classes equals the usual two-class score.
        result["brier"] = float(((probability - one_hot) ** 2).sum(axis=1).mean() / 2)
        of_truth = np.clip(probability[np.arange(len(truth)), truth], np.finfo(float).eps, 1)
        result["log_loss"] = float(-np.log(of_truth).mean())
    return result

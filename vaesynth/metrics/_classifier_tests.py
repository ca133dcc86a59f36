"""Tests of synthetic rows by classifiers: can they be told from real rows, and do they train a classifier as well."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from sklearn.base import clone
from sklearn.metrics import get_scorer, roc_auc_score
from sklearn.model_selection import StratifiedKFold, cross_val_predict
from sklearn.utils import check_consistent_length, check_random_state

from vaesynth.metrics._frechet_distance import make_features
from vaesynth.tabular import read_shared_columns


def detection_score(
    real: Any,
    synthetic: Any,
    *,
    cv: int = 3,
    classifier: Any = None,
    categorical_features: Any = "auto",
    random_state: Any = None,
) -> float:
    """Compute the ROC AUC of a classifier that tells synthetic from real rows: a classifier two-sample test.

    Parameters
    ----------
    real : table of shape (n_real, n_features)
        Real rows, in any container that `TableEncoder` takes.
    synthetic : table of shape (n_synthetic, n_features)
        Generated rows with the same columns.
    cv : int, default=3
        Folds; every row is judged by a classifier that has not seen it.
    classifier : classifier with ``predict_proba``, optional
        By default `HistGradientBoostingClassifier`, which sees the cells as they are. Any other sees ranks of numbers,
        one-hot categories and flags of missing numbers.
    categorical_features : "auto" or array-like, default="auto"
        Columns that are categories, as in `TableEncoder`; the first table decides.
    random_state : int, RandomState instance or None, default=None
        Source of the folds and of the default classifier.

    Returns
    -------
    float
        Between 0 and 1: 0.5 if the classifier cannot tell them apart, 1 if it always can. Clearly below 0.5, synthetic
        rows repeat real ones, which the classifier knows from the other folds.

    Raises
    ------
    ValueError
        If a table is empty, has fewer rows than folds, or the columns differ.

    References
    ----------
    Lopez-Paz, Oquab, "Revisiting Classifier Two-Sample Tests", ICLR 2017.

    Examples
    --------
    >>> import numpy as np
    >>> from vaesynth.metrics import detection_score
    >>> real, fresh = np.random.default_rng(0).normal(size=(2, 600, 3))
    >>> abs(detection_score(real, fresh, random_state=0) - 0.5) < 0.1
    True
    >>> detection_score(real, fresh + 5, random_state=0) > 0.99
    True
    """
    columns = read_shared_columns([real, synthetic], categorical_features)
    rng = check_random_state(_own_source(random_state))
    seeds = rng.randint(2**31 - 1, size=2)
    features, model = make_features(columns, classifier, int(seeds[0]))
    sizes = [len(part) for part in features]
    if min(sizes) < cv:
        raise ValueError(f"each table must have at least `cv`={cv} rows, got {min(sizes)}")
    is_synthetic = np.repeat([0, 1], sizes)
    folds = StratifiedKFold(cv, shuffle=True, random_state=int(seeds[1]))
    guesses = cross_val_predict(
        model, np.concatenate(features), is_synthetic, cv=folds, method="predict_proba"
    )[:, 1]
    return float(roc_auc_score(is_synthetic, guesses))


def _own_source(random_state: Any) -> Any:
    """Return a source of randomness that is not numpy's global one."""
    return np.random.RandomState() if random_state is None else random_state


class UtilityScores(NamedTuple):
    """One measure of two classifiers on the same real rows.

    Attributes
    ----------
    synthetic : float
        Score of the classifier that was trained on synthetic rows.
    real : float
        Score of the same classifier, trained on real rows.

    Examples
    --------
    >>> scores = UtilityScores(synthetic=0.81, real=0.9)
    >>> round(scores.synthetic / scores.real, 2)
    0.9
    """

    synthetic: float
    real: float


def train_on_synthetic_score(
    X_real: Any,
    y_real: Any,
    X_synthetic: Any,
    y_synthetic: Any,
    X_test: Any,
    y_test: Any,
    *,
    classifier: Any = None,
    scoring: Any = "balanced_accuracy",
    categorical_features: Any = "auto",
    random_state: Any = 0,
) -> UtilityScores:
    """Train one classifier on synthetic rows and one on real rows, and test both on real rows.

    Parameters
    ----------
    X_real : table of shape (n_real, n_features)
        Real rows that the generator learned from.
    y_real : array-like of shape (n_real,)
        Their classes.
    X_synthetic : table of shape (n_synthetic, n_features)
        Generated rows.
    y_synthetic : array-like of shape (n_synthetic,)
        Their classes.
    X_test : table of shape (n_test, n_features)
        Real rows that neither the generator nor a classifier has seen.
    y_test : array-like of shape (n_test,)
        Their classes.
    classifier : classifier, optional
        By default `HistGradientBoostingClassifier`, which sees the cells as they are. Any other sees ranks of numbers,
        one-hot categories and flags of missing numbers.
    scoring : str or callable, default="balanced_accuracy"
        Any scorer of scikit-learn.
    categorical_features : "auto" or array-like, default="auto"
        Columns that are categories, as in `TableEncoder`; the first table decides.
    random_state : int, RandomState instance or None, default=0
        Seed of the default classifier.

    Returns
    -------
    UtilityScores
        In the units of `scoring`.

    Raises
    ------
    ValueError
        If lengths or columns differ, or a table is empty.

    References
    ----------
    Esteban, Hyland, Rätsch, "Real-valued (Medical) Time Series Generation with Recurrent Conditional GANs",
    arXiv:1706.02633, 2017 (train on synthetic, test on real).

    Examples
    --------
    >>> import numpy as np
    >>> from vaesynth.metrics import train_on_synthetic_score
    >>> X = np.random.default_rng(0).normal(size=(3, 300, 2))
    >>> y = (X[..., 0] > 0).astype(int)
    >>> scores = train_on_synthetic_score(X[0], y[0], X[1], 1 - y[1], X[2], y[2])
    >>> scores.synthetic < 0.1, scores.real > 0.9
    (True, True)
    """
    targets = [np.asarray(y) for y in (y_real, y_synthetic, y_test)]
    tables = [X_real, X_synthetic, X_test]
    columns = read_shared_columns(tables, categorical_features)
    features, model = make_features(columns, classifier, random_state)
    for rows, target in zip(features, targets, strict=True):
        check_consistent_length(rows, target)
    scorer = get_scorer(scoring) if isinstance(scoring, str) else scoring
    real, synthetic = (
        float(scorer(clone(model).fit(rows, target), features[2], targets[2]))
        for rows, target in zip(features[:2], targets[:2], strict=True)
    )
    return UtilityScores(synthetic, real)

"""The classifiers that judge a resampled table, each on one thread and with a fixed seed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.neighbors import KNeighborsClassifier
from sklearn.neural_network import MLPClassifier
from sklearn.svm import SVC
from sklearn.tree import DecisionTreeClassifier


def _lightgbm() -> Any:
    from lightgbm import LGBMClassifier

    return LGBMClassifier(
        n_estimators=60, num_leaves=15, n_jobs=1, random_state=0, verbosity=-1, deterministic=True
    )


CLASSIFIERS: dict[str, Callable[[], Any]] = {
    "lr": lambda: LogisticRegression(max_iter=1000),
    "knn": lambda: KNeighborsClassifier(5, n_jobs=1),
    "tree": lambda: DecisionTreeClassifier(min_samples_leaf=3, random_state=0),
    "rf": lambda: RandomForestClassifier(60, n_jobs=1, random_state=0),
    "lgbm": _lightgbm,
    "svm": lambda: SVC(random_state=0),
    "mlp": lambda: MLPClassifier((32,), max_iter=200, early_stopping=False, random_state=0),
}
# On nine tables of 768 to 5,620 rows the two took five sixths of the time of all seven.
MAX_ROWS = {"svm": 3000, "mlp": 1000}
_WITHOUT_WEIGHTS = {"knn"}


def affords(name: str, n_rows: int) -> bool:
    """Tell whether a classifier judges tables of that many rows."""
    return n_rows < MAX_ROWS.get(name, n_rows + 1)


def fit_and_score(
    name: str,
    train: np.ndarray,
    target: np.ndarray,
    test: np.ndarray,
    n_classes: int,
    sample_weight: np.ndarray | None = None,
) -> tuple[np.ndarray, np.ndarray, np.ndarray | None]:
    """Return predicted classes, scores and probabilities (None where there are none) of `test`."""
    classifier = CLASSIFIERS[name]()
    if sample_weight is not None and name not in _WITHOUT_WEIGHTS:
        classifier.fit(train, target, sample_weight=sample_weight)
    else:
        classifier.fit(train, target)
    classes = classifier.classes_.astype(int)
    if not hasattr(classifier, "predict_proba"):
        decision = classifier.decision_function(test)
        if decision.ndim == 1:
            decision = np.column_stack([-decision, decision])
        scores = _widen(decision, classes, n_classes, fill=decision.min() - 1)
        return classifier.predict(test).astype(int), scores, None
    probability = _widen(classifier.predict_proba(test), classes, n_classes, fill=0.0)
    return probability.argmax(axis=1), probability, probability


def _widen(values: np.ndarray, classes: np.ndarray, n_classes: int, fill: float) -> np.ndarray:
    """Give classes that are absent from training their own column."""
    if len(classes) == n_classes:
        return values
    wide = np.full((len(values), n_classes), fill)
    wide[:, classes] = values
    return wide

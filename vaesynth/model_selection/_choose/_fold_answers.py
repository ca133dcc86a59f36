"""Scores of options on held-out rows, with thresholds that were tuned on other folds."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.metrics import get_scorer

from vaesynth._sklearn import available_if, safe_indexing
from vaesynth.model_selection._compare._fold_task import Task, fit_competitors
from vaesynth.model_selection._held_out import tune_threshold


@dataclass(frozen=True)
class Answer:
    """What a fitted option says of the test rows of one fold.

    Attributes
    ----------
    name : str
        The competitor.
    fold : int
        Counted from 0.
    score : float
        Its score, with labels as `predict` gives them.
    seconds : float
        Time of the fit and of drawing its rows.
    y : ndarray of shape (n_test,)
        True labels.
    probabilities : ndarray of shape (n_test, 2) or (n_test, 0)
        Those of the positive class last; none where no threshold is tuned.
    """

    name: str
    fold: int
    score: float
    seconds: float
    y: np.ndarray
    probabilities: np.ndarray


class PositiveIsOne(ClassifierMixin, BaseEstimator):
    """A fitted model of two classes as scorers by name know them: 1 is the positive class, 0 the other."""

    def __init__(self, model: Any, classes: np.ndarray) -> None:
        self.model, self.classes = model, classes
        self.classes_ = np.array([0, 1])

    def fit(self, X: Any, y: Any) -> Self:  # noqa: ARG002
        """Do nothing."""
        return self

    def predict(self, X: Any) -> np.ndarray:
        """Return 1 for the positive class."""
        return (self.model.predict(X) == self.classes[1]).astype(int)

    @available_if(lambda self: hasattr(self.model, "predict_proba"))
    def predict_proba(self, X: Any) -> np.ndarray:
        """Return probabilities, those of the positive class last."""
        return self.model.predict_proba(X)[:, np.searchsorted(self.model.classes_, self.classes)]

    @available_if(lambda self: hasattr(self.model, "decision_function"))
    def decision_function(self, X: Any) -> np.ndarray:
        """Return values that are larger for the positive class."""
        values = self.model.decision_function(X)
        return values if self.model.classes_[1] == self.classes[1] else -values

    def __sklearn_is_fitted__(self) -> bool:
        return True


class GivenLabels(ClassifierMixin, BaseEstimator):
    """A fitted classifier whose rows are its own predictions, 0 or 1."""

    def __init__(self) -> None:
        self.classes_ = np.array([0, 1])

    def fit(self, X: Any, y: Any) -> Self:  # noqa: ARG002
        """Do nothing."""
        return self

    def predict(self, X: np.ndarray) -> np.ndarray:
        """Return the rows."""
        return X

    def __sklearn_is_fitted__(self) -> bool:
        return True


def score_model(scoring: Any, model: Any, X: Any, y: np.ndarray, classes: np.ndarray) -> float:
    """Score a fitted model; a scorer by name scores the positive class, the last of two."""
    scorer: Callable[..., float] = get_scorer(scoring)
    if isinstance(scoring, str) and len(classes) == 2:
        return float(scorer(PositiveIsOne(model, classes), X, (y == classes[1]).astype(int)))
    return float(scorer(model, X, y))


def answer_fold(
    task: Task, classifier: Any, X: Any, y: np.ndarray, scoring: Any, *, tunes_threshold: bool
) -> list[Answer]:
    """Fit the competitors of a task on the training rows of its fold, and ask each about the test rows."""
    fold, answers = task.fold, []
    X_test, y_test = safe_indexing(X, fold.test), y[fold.test]
    for fit in fit_competitors(task, {"": classifier}, X, y):
        score = score_model(scoring, fit.model, X_test, y_test, task.classes)
        probabilities = np.empty((len(y_test), 0))
        if tunes_threshold:
            probabilities = PositiveIsOne(fit.model, task.classes).predict_proba(X_test)
        where = (fit.competitor, fold.fold, score, fit.seconds)
        answers.append(Answer(*where, y_test, probabilities))
    return answers


def tune_on(answers: list[Answer], scoring: str, classes: np.ndarray) -> float:
    """Return the threshold that scores best on the test rows of several folds."""
    probabilities = np.concatenate([answer.probabilities for answer in answers])
    y = np.concatenate([answer.y for answer in answers])
    is_positive = (y == classes[1]).astype(int)
    given = (scoring, probabilities, is_positive, np.array([0, 1]), 1, None)
    return tune_threshold(*given)


def tuned_scores(answers: list[Answer], scoring: str, classes: np.ndarray) -> list[float]:
    """Score each fold at the threshold that is best on the others, so that no row has a say in its own score."""
    scorer, scores = get_scorer(scoring), []
    for answer in answers:
        others = [other for other in answers if other.fold != answer.fold]
        predicted = answer.probabilities[:, 1] >= tune_on(others, scoring, classes)
        truth = (answer.y == classes[1]).astype(int)
        scores.append(float(scorer(GivenLabels(), predicted.astype(int), truth)))
    return scores

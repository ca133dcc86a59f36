"""Fit and judge all classifiers on one fold, under the competitors that share a sampler."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from sklearn.base import clone

from vaesynth._sklearn import safe_indexing
from vaesynth._warnings import quiet_fold
from vaesynth.model_selection._compare._competitors import Competitor
from vaesynth.model_selection._compare._fold_scores import fold_scores
from vaesynth.model_selection._resample_and_fit import resample
from vaesynth.model_selection._row_totals import ask_for

N_INNER_FOLDS = 5


@dataclass(frozen=True)
class Fold:
    """Rows to fit on and rows to judge by.

    Attributes
    ----------
    repeat, fold : int
        Counted from 0.
    train, test : ndarray of int
        Positions of rows.
    seed : int
        For whatever draws at random in this fold.
    n_rarest : int
        Training rows of the smallest class.
    """

    repeat: int
    fold: int
    train: np.ndarray
    test: np.ndarray
    seed: int
    n_rarest: int


@dataclass(frozen=True)
class Task:
    """A fold, competitors that share a sampler, and the labels, of two the positive one last."""

    fold: Fold
    competitors: dict[str, Competitor]
    classes: np.ndarray


class FittedCompetitor(NamedTuple):
    """A classifier, fitted under a competitor, and the seconds that it and its rows took."""

    classifier: str
    competitor: str
    model: Any
    seconds: float


@dataclass(frozen=True)
class Result:
    """Scores and probabilities of one fit on its test rows; probabilities in the order of the sorted labels."""

    classifier: str
    sampler: str
    repeat: int
    fold: int
    scores: dict[str, float]
    fit_seconds: float
    y: np.ndarray
    probabilities: np.ndarray | None

    def record(self) -> dict[str, Any]:
        """Return a row of the table of scores."""
        where = {"classifier": self.classifier, "sampler": self.sampler}
        place = {"repeat": self.repeat, "fold": self.fold}
        return {**where, **place, **self.scores, "fit_seconds": self.fit_seconds}


def run_task(task: Task, classifiers: dict[str, Any], X: Any, y: np.ndarray) -> list[Result]:
    """Fit and judge every classifier under every competitor that suits it; the rows are resampled once.

    Parameters
    ----------
    task : Task
        The fold and the competitors, which all have the same sampler.
    classifiers : dict of str to classifier object
        Unfitted.
    X, y : table of shape (n_samples, n_features), ndarray of shape (n_samples,)
        All rows and their labels.

    Returns
    -------
    results : list of Result
        One for each fit.
    """
    X_test, y_test = safe_indexing(X, task.fold.test), y[task.fold.test]
    results = []
    for fit in fit_competitors(task, classifiers, X, y):
        scores, probabilities = _judge(fit.model, X_test, y_test, task.classes)
        where = (fit.classifier, fit.competitor, task.fold.repeat, task.fold.fold)
        results.append(Result(*where, scores, fit.seconds, y_test, probabilities))
    return results


def fit_competitors(
    task: Task, classifiers: dict[str, Any], X: Any, y: np.ndarray
) -> Iterator[FittedCompetitor]:
    """Fit every classifier under every competitor that suits it, on the training rows of a fold.

    The sampler that the competitors share makes the new rows once, as many as any of them asks for. One that asks for
    fewer leaves some out.

    Parameters
    ----------
    task, classifiers, X, y
        As in :func:`run_task`.

    Yields
    ------
    fit : FittedCompetitor
        One fit at a time.
    """
    fold = task.fold
    X_train, y_train = safe_indexing(X, fold.train), y[fold.train]
    sampler = seeded(next(iter(task.competitors.values())).sampler, fold.seed)
    amounts = [each.amount for each in task.competitors.values() if each.amount is not None]
    if amounts:
        totals = [amount.totals(y_train) for amount in amounts]
        ask_for(sampler, {label: max(each[label] for each in totals) for label in totals[0]})
    n_folds = max(2, min(N_INNER_FOLDS, fold.n_rarest))
    start = time.perf_counter()
    with _naming(fold, " and ".join(map(repr, task.competitors))), quiet_fold():
        resampled = resample(sampler, X_train, y_train)
    resampling_seconds = time.perf_counter() - start
    for name, competitor in task.competitors.items():
        for label, classifier in classifiers.items():
            if not competitor.suits(classifier, len(task.classes)):
                continue
            start, own = time.perf_counter(), seeded(classifier, fold.seed)
            with _naming(fold, f"{label} with {name!r}"), quiet_fold():
                model = competitor.fit(own, sampler, X_train, y_train, resampled, n_folds)
            seconds = resampling_seconds + time.perf_counter() - start
            yield FittedCompetitor(label, name, model, seconds)


@contextmanager
def _naming(fold: Fold, what: str) -> Iterator[None]:
    """Add to an error in which fold and under which competitor it was raised."""
    try:
        yield
    except Exception as error:
        error.add_note(f"in fold {fold.fold} of repeat {fold.repeat}: {what}")
        raise


def seeded(estimator: Any, seed: int) -> Any:
    """Clone an estimator and seed each of its random states that is None; "passthrough" has none."""
    if isinstance(estimator, str):
        return estimator
    copy = clone(estimator)
    open_states = [
        name
        for name, value in copy.get_params().items()
        if name.rpartition("__")[2] == "random_state" and value is None
    ]
    return copy.set_params(**dict.fromkeys(open_states, seed))


def _judge(
    model: Any, X: Any, y: np.ndarray, classes: np.ndarray
) -> tuple[dict[str, float], np.ndarray | None]:
    """Score a fitted model; give also its probabilities, None where it has none."""
    order = np.searchsorted(model.classes_, classes)
    if hasattr(model, "predict_proba"):
        probabilities = np.asarray(model.predict_proba(X))
        scores, ordered = probabilities[:, order], probabilities[:, order]
    else:
        probabilities, ordered = None, None
        scores = np.asarray(model.decision_function(X))
        scores = np.column_stack([-scores, scores]) if scores.ndim == 1 else scores
        scores = scores[:, order]
    return fold_scores(y, model.predict(X), scores, ordered, classes), probabilities

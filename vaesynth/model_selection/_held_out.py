"""What a resampled classifier learns from held-out real rows: a calibration and a threshold."""

from __future__ import annotations

from collections.abc import Callable
from numbers import Integral
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike
from sklearn import config_context
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.calibration import CalibratedClassifierCV
from sklearn.metrics import get_scorer
from sklearn.model_selection import FixedThresholdClassifier, StratifiedKFold, check_cv
from sklearn.utils import indexable
from sklearn.utils.parallel import Parallel, delayed

from vaesynth._sklearn import check_method_params, safe_indexing
from vaesynth.model_selection._options import CALIBRATORS, Options

N_FOLDS = 5
N_THRESHOLDS = 50
# scikit-learn's scorers that judge predicted labels of two classes: a threshold moves no other score.
LABEL_SCORES = (
    "accuracy",
    "balanced_accuracy",
    "matthews_corrcoef",
    *(
        score + average
        for score in ("f1", "jaccard", "precision", "recall")
        for average in ("", "_macro", "_micro", "_weighted")
    ),
)


class GivenResponses(ClassifierMixin, BaseEstimator):
    """A fitted classifier whose rows are its own responses, of shape (n_samples, n_columns)."""

    def __init__(self, classes: Any = None) -> None:
        self.classes = classes

    @property
    def classes_(self) -> np.ndarray:
        """The labels."""
        return self.classes

    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> Self:  # noqa: ARG002
        """Do nothing."""
        return self

    def predict(self, X: Any) -> np.ndarray:
        """Refuse: scikit-learn asks for the method and does not call it."""
        raise NotImplementedError("responses are given, labels are not")

    def __sklearn_is_fitted__(self) -> bool:
        return True


class GivenScores(GivenResponses):
    """Responses that are decision values."""

    def decision_function(self, X: np.ndarray) -> np.ndarray:
        """Return the rows; a single column as a vector, as scikit-learn does for two classes."""
        return X[:, 0] if X.shape[1] == 1 else X


class GivenProbabilities(GivenResponses):
    """Responses that are class probabilities."""

    def predict_proba(self, X: np.ndarray) -> np.ndarray:
        """Return the rows."""
        return X


def cross_fit(
    fit_and_respond: Callable[[Any, np.ndarray, dict[str, Any], Any], np.ndarray],
    X: Any,
    y: np.ndarray,
    params: dict[str, dict[str, Any]],
    *,
    cv: Any,
    n_jobs: int | None,
) -> tuple[np.ndarray, np.ndarray]:
    """Respond to each real row by a model that was fitted without it.

    Parameters
    ----------
    fit_and_respond : callable
        Takes training rows, their labels, their metadata and other rows; fits on the former and
        gives an array with a row for each of the latter.
    X, y, params : table of n_samples rows, ndarray of shape (n_samples,), dict of dict
        Real rows, labels and the metadata of each part.
    cv : int, splitter, iterable or None
        As in scikit-learn; None means 5. A number means stratified folds of rows that are shuffled,
        always in the same way: a table may be sorted.
    n_jobs : int or None
        Folds fitted at once.

    Returns
    -------
    responses : ndarray of shape (n_held_out, ...)
        Responses of the models.
    rows : ndarray of int, shape (n_held_out,)
        Positions of the rows in `X`.
    """
    (X,) = indexable(X)
    if cv is None or isinstance(cv, Integral):
        cv = StratifiedKFold(N_FOLDS if cv is None else int(cv), shuffle=True, random_state=0)
    splits = list(check_cv(cv, y, classifier=True).split(X, y))
    labels = np.unique(y)
    if any(len(np.unique(y[train])) < len(labels) for train, _ in splits):
        raise ValueError(
            f"`cv` must leave rows of all {len(labels)} classes in every training part, got {cv!r}"
        )

    def respond(train: np.ndarray, test: np.ndarray) -> np.ndarray:
        given = {part: check_method_params(X, of_part, train) for part, of_part in params.items()}
        return fit_and_respond(safe_indexing(X, train), y[train], given, safe_indexing(X, test))

    responses = Parallel(n_jobs=n_jobs)(delayed(respond)(train, test) for train, test in splits)
    return np.concatenate(responses), np.concatenate([test for _, test in splits])


def positive_position(y: ArrayLike) -> int:
    """Return which of the two sorted labels is the positive class.

    Parameters
    ----------
    y : array-like of shape (n_samples,)
        Labels of two classes.

    Returns
    -------
    position : {0, 1}
        The position of the rarer class; 1 if both are as frequent.
    """
    counts = np.unique(np.asarray(y), return_counts=True)[1]
    return 0 if counts[0] < counts[1] else 1


def calibrate_and_tune(
    options: Options,
    responses: np.ndarray,
    y: np.ndarray,
    classes: np.ndarray,
    positive: int,
    sample_weight: np.ndarray | None,
) -> tuple[CalibratedClassifierCV | None, float | None]:
    """Fit the calibrator that the options ask for, then tune the threshold on what it returns.

    Parameters
    ----------
    options : Options
        What to learn.
    responses : ndarray of shape (n_samples, n_columns)
        Scores of held-out rows for a calibrator, else their probabilities.
    y : ndarray of shape (n_samples,)
        Their labels.
    classes : ndarray of shape (n_classes,)
        The labels, sorted.
    positive : int
        Position of the positive class in `classes`.
    sample_weight : ndarray of shape (n_samples,) or None
        Weights of the rows.

    Returns
    -------
    calibrator : CalibratedClassifierCV or None
        None where the options name no calibrator.
    threshold : float or None
        The tuned threshold, or the one that the options give.
    """
    calibrator, probabilities = None, responses
    if options.calibrate in CALIBRATORS:
        calibrator = fit_calibrator(options.calibrate, responses, y, classes, sample_weight)
        probabilities = calibrator.predict_proba(responses)
    if not options.is_tuned:
        return calibrator, options.threshold
    given = (options.threshold, probabilities, y, classes, positive, sample_weight)
    return calibrator, tune_threshold(*given)


def fit_calibrator(
    method: str, scores: np.ndarray, y: np.ndarray, classes: np.ndarray, sample_weight: Any
) -> CalibratedClassifierCV:
    """Fit one of scikit-learn's calibrators to scores of shape (n_samples, n_columns).

    The result's `predict_proba` takes such scores, too.
    """
    calibrator = CalibratedClassifierCV(GivenScores(classes), method=method, cv=2, ensemble=False)
    with config_context(enable_metadata_routing=False):  # nothing is to be routed to given scores
        return calibrator.fit(scores, y, sample_weight)


def tune_threshold(
    scoring: Any,
    probabilities: np.ndarray,
    y: np.ndarray,
    classes: np.ndarray,
    positive: int,
    sample_weight: np.ndarray | None,
) -> float:
    """Find the threshold on the probability of the positive class that scores best.

    Parameters
    ----------
    scoring : str or callable
        A scorer of scikit-learn's. One given by name scores the positive class.
    probabilities : ndarray of shape (n_samples, 2)
        Probabilities of held-out rows.
    y : ndarray of shape (n_samples,)
        Their labels.
    classes : ndarray of shape (2,)
        The labels, sorted.
    positive : int
        Position of the positive class in `classes`.
    sample_weight : ndarray of shape (n_samples,) or None
        Weights of the rows, for a scorer given by name.

    Returns
    -------
    threshold : float
        Rows of this probability or more belong to the positive class. It is 0.5 if the score is the same at every
        threshold.

    Raises
    ------
    ValueError
        If the score depends on no threshold, though the probabilities differ, and is not known to be one of labels.
    """
    candidates = _candidate_thresholds(probabilities[:, positive], y == classes[positive])
    weights = {}
    if isinstance(scoring, str):
        # Scorers of scikit-learn's names take 1 as the positive class and know no other labels.
        y, classes = (y == classes[positive]).astype(int), np.array([0, 1])
        probabilities, positive = probabilities[:, [1 - positive, positive]], 1
        weights = {} if sample_weight is None else {"sample_weight": sample_weight}
    judge = FixedThresholdClassifier(GivenProbabilities(classes), pos_label=classes[positive])
    judge.fit(probabilities, y)
    scorer, scores = get_scorer(scoring), []
    with config_context(skip_parameter_validation=True, assume_finite=True):
        for judge.threshold in candidates.tolist():
            scores.append(scorer(judge, probabilities, y, **weights))
    if len(candidates) == 1 or np.ptp(scores) > 0:
        # One alone is 1, that of all positive rows, and its score says nothing of the scorer.
        best = 0 if len(candidates) == 1 else np.nanargmax(scores)
        return _between_rows(candidates[best], probabilities[:, positive])
    is_label_score = isinstance(scoring, str) and scoring in LABEL_SCORES
    if np.ptp(probabilities[:, positive]) > 0 and not is_label_score:
        raise ValueError(
            "`threshold` must be a scorer of predicted labels, got "
            f"{scoring!r}, which is {scores[0]:g} at every threshold"
        )
    return 0.5


def _between_rows(threshold: float, probability: np.ndarray) -> float:
    """Move a threshold half-way down to the next row: no given row changes sides, new ones are met half-way."""
    return float((threshold + probability[probability < threshold].max(initial=0.0)) / 2)


def _candidate_thresholds(probability: np.ndarray, is_positive: np.ndarray) -> np.ndarray:
    """Return the thresholds to try.

    A threshold between two positive rows catches no more of them than the higher row's own probability does and lets
    more of the others through, so that the positive rows' probabilities are all that need be tried, and one above all.
    """
    inner = np.quantile(
        probability[is_positive], np.linspace(0, 1, N_THRESHOLDS), method="inverted_cdf"
    )
    return np.unique([*inner, min(np.nextafter(probability.max(), 2), 1.0)])

"""Resample rows, fit on the result, and bring probabilities back to the real class shares; what such pairs say."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import logit, logsumexp
from sklearn.base import clone
from sklearn.utils import Tags, get_tags

from vaesynth.model_selection._row_weights import (
    tells_synthetic_rows,
    weight_parameter,
    weights_after_resampling,
    weights_at_real_shares,
)


@dataclass(frozen=True)
class ResampledRows:
    """Rows that a sampler has returned. Several classifiers can be fitted on them.

    Attributes
    ----------
    sampler : sampler object or "passthrough"
        The fitted sampler.
    X, y : table of shape (n_resampled, n_features), array-like of shape (n_resampled,)
        The rows and their labels.
    """

    sampler: Any
    X: Any
    y: Any


@dataclass(frozen=True)
class FittedParts:
    """A fitted sampler, a classifier fitted on its rows, and what the class shares were before and after.

    Attributes
    ----------
    sampler : sampler object or "passthrough"
        Fitted on the real rows.
    classifier : classifier object
        Fitted on the resampled rows.
    log_ratio : ndarray of shape (n_classes,)
        Logarithm of the share of each class among the real rows over that among the rows that the
        classifier was fitted on, both weighted where the classifier was given weights.
    n_rows : int
        Number of real rows.
    """

    sampler: Any
    classifier: Any
    log_ratio: np.ndarray
    n_rows: int

    def log_probabilities(self, X: Any) -> np.ndarray:
        """Return log-probabilities under the class shares of the real rows."""
        return correct_log_probabilities(self.classifier.predict_proba(X), self.log_ratio)

    def scores(self, X: Any) -> np.ndarray:
        """Return the scores that scikit-learn's calibrators are fitted to, with one column for two classes.

        These are the values of the decision function. A classifier without one gives the log-odds under the class
        shares of the real rows: a sigmoid of log-odds can leave probabilities as they are, a sigmoid of
        probabilities cannot. A probability of 0 or 1 is moved by half a row, because its log-odds are infinite and
        one such row would decide the fit.
        """
        if hasattr(self.classifier, "decision_function"):
            scores = self.classifier.decision_function(X)
            return scores[:, np.newaxis] if scores.ndim == 1 else scores
        doubt = 0.5 / (self.n_rows + 1)
        odds = logit(np.clip(np.exp(self.log_probabilities(X)), doubt, 1 - doubt))
        return odds[:, 1:] if odds.shape[1] == 2 else odds


def resample(
    sampler: Any, X: Any, y: np.ndarray, params: dict[str, Any] | None = None
) -> ResampledRows:
    """Return what a sampler makes of rows.

    Parameters
    ----------
    sampler : sampler object or "passthrough"
        The sampler, which is cloned before it is fitted. "passthrough" returns the rows as they are.
    X, y : table of shape (n_samples, n_features), ndarray of shape (n_samples,)
        Real rows and their labels.
    params : dict, optional
        Metadata for `fit_resample`.

    Returns
    -------
    resampled : ResampledRows
        The returned rows with the fitted sampler.
    """
    if sampler == "passthrough":
        return ResampledRows(sampler, X, y)
    sampler = clone(sampler)
    return ResampledRows(sampler, *sampler.fit_resample(X, y, **(params or {})))


def fit_on_resampled(
    resampled: ResampledRows,
    classifier: Any,
    y: np.ndarray,
    params: dict[str, Any],
    synthetic_weight: float | str,
) -> FittedParts:
    """Fit a classifier on resampled rows.

    Parameters
    ----------
    resampled : ResampledRows
        The rows to fit on.
    classifier : classifier object
        The classifier, which is cloned before it is fitted.
    y : ndarray of shape (n_samples,)
        Labels of the real rows.
    params : dict
        Metadata for `fit` of the classifier. `sample_weight` has one weight for each real row.
    synthetic_weight : float or {"real_shares", "real_shares_if_told"}
        Weight of a synthetic row in units of the mean weight of the real rows of its class. "real_shares" weighs
        rows such that the class shares are those of the real rows; "real_shares_if_told" does so only where the
        sampler tells which rows are new.

    Returns
    -------
    parts : FittedParts
        The fitted sampler and classifier.
    """
    to_classifier = dict(params)
    given = weights = to_classifier.pop("sample_weight", None)
    if resampled.sampler != "passthrough":
        weights = _weigh(resampled.sampler, given, y, resampled.y, synthetic_weight)
    classifier = clone(classifier)
    if weights is not None:
        to_classifier[weight_parameter(classifier) or "sample_weight"] = weights
    classifier.fit(resampled.X, resampled.y, **to_classifier)
    classes = np.unique(y)
    before = class_shares(y, classes, given)
    after = class_shares(resampled.y, classes, weights)
    return FittedParts(resampled.sampler, classifier, _log_ratio(before, after), len(y))


def copy_column_facts(estimator: Any, *parts: Any) -> None:
    """Set what the first of the fitted parts that knows it says of the columns; forget what none of them says."""
    for name in ("n_features_in_", "feature_names_in_"):
        found = [getattr(part, name) for part in parts if hasattr(part, name)]
        if found:
            setattr(estimator, name, found[0])
        elif hasattr(estimator, name):
            delattr(estimator, name)


def combine_tags(tags: Tags, predictor: Any, samplers: Iterable[Any]) -> Tags:
    """Return the tags of an estimator whose rows go through samplers to a classifier or a regressor."""
    inner = get_tags(predictor)
    tags.classifier_tags, tags.regressor_tags = inner.classifier_tags, inner.regressor_tags
    if tags.classifier_tags is not None:
        tags.classifier_tags.multi_label = False  # samplers know one target
    tags.input_tags = inner.input_tags
    tags.non_deterministic = inner.non_deterministic
    for sampler in samplers:
        if sampler == "passthrough":
            continue
        of_sampler = get_tags(sampler)
        for kind in ("sparse", "allow_nan", "string", "categorical"):
            taken = getattr(tags.input_tags, kind) and getattr(of_sampler.input_tags, kind)
            setattr(tags.input_tags, kind, taken)
        tags.non_deterministic |= of_sampler.non_deterministic
    return tags


def _weigh(
    sampler: Any, given: Any, y: np.ndarray, y_resampled: Any, synthetic_weight: float | str
) -> np.ndarray | None:
    """Return weights of the resampled rows, or None where all weigh the same."""
    known = np.ones(len(y)) if given is None else given
    if synthetic_weight == "real_shares_if_told":
        synthetic_weight = "real_shares" if tells_synthetic_rows(sampler) else 1.0
    if synthetic_weight == "real_shares":
        return weights_at_real_shares(sampler, known, y, y_resampled)
    if given is None and synthetic_weight == 1:
        return None
    return weights_after_resampling(sampler, known, y, y_resampled, float(synthetic_weight))


def _log_ratio(before: np.ndarray, after: np.ndarray) -> np.ndarray:
    """Return log(before / after), and 0 for a class whose rows all weigh nothing."""
    ratio = np.divide(before, after, out=np.ones(len(before)), where=after > 0)
    with np.errstate(divide="ignore"):
        return np.log(ratio)


def class_shares(y: ArrayLike, classes: np.ndarray, weights: Any = None) -> np.ndarray:
    """Return the share of each class among rows.

    Parameters
    ----------
    y : array-like of shape (n_samples,)
        Labels, all of them in `classes`.
    classes : ndarray of shape (n_classes,)
        The labels, sorted.
    weights : array-like of shape (n_samples,), optional
        Weights of the rows.

    Returns
    -------
    shares : ndarray of shape (n_classes,)
        They sum to 1.
    """
    totals = np.bincount(np.searchsorted(classes, np.asarray(y)), weights, len(classes))
    return totals / totals.sum()


def correct_log_probabilities(probabilities: np.ndarray, log_ratio: np.ndarray) -> np.ndarray:
    """Move class probabilities from one set of class shares to another.

    If resampling leaves the distribution of the rows of each class as it was, Bayes' rule gives
    p(k | x) ∝ p_resampled(k | x) · π_k / π_resampled,k, where π are the class shares.

    Parameters
    ----------
    probabilities : ndarray of shape (n_samples, n_classes)
        Probabilities of a classifier fitted on resampled rows.
    log_ratio : ndarray of shape (n_classes,)
        Logarithm of π_k / π_resampled,k.

    Returns
    -------
    log_probabilities : ndarray of shape (n_samples, n_classes)
        Natural logarithms; -inf where the probability is 0.

    References
    ----------
    Saerens, Latinne, Decaestecker, "Adjusting the Outputs of a Classifier to New a Priori
    Probabilities: A Simple Procedure", Neural Computation 14 (2002), equation 2.4.
    """
    with np.errstate(divide="ignore"):
        shifted = np.log(np.asarray(probabilities, dtype=np.float64)) + log_ratio
    return shifted - logsumexp(shifted, axis=1, keepdims=True)

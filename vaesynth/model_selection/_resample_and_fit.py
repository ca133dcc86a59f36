"""A sampler and a classifier, fitted one after the other."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import logit
from sklearn.base import clone

from vaesynth.model_selection._prior_correction import class_shares, correct_log_probabilities
from vaesynth.model_selection._row_weights import (
    tells_synthetic_rows,
    weight_parameter,
    weights_after_resampling,
    weights_at_real_shares,
)


@dataclass(frozen=True)
class FittedParts:
    """What one pass of resampling and fitting leaves.

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
    log_ratio: NDArray[np.float64]
    n_rows: int

    def log_probabilities(self, X: Any) -> NDArray[np.float64]:
        """Give log-probabilities under the class shares of the real rows."""
        return correct_log_probabilities(self.classifier.predict_proba(X), self.log_ratio)

    def scores(self, X: Any) -> NDArray[np.float64]:
        """Give what scikit-learn's calibrators read, with one column for two classes.

        Where there is no decision function it is the log-odds under the class shares of the real rows: a
        sigmoid of them can leave probabilities as they are, a sigmoid of probabilities cannot. Certainty
        counts as half a row of doubt, lest one row of infinite log-odds should decide.
        """
        if hasattr(self.classifier, "decision_function"):
            scores = self.classifier.decision_function(X)
            return scores[:, np.newaxis] if scores.ndim == 1 else scores
        doubt = 0.5 / (self.n_rows + 1)
        odds = logit(np.clip(np.exp(self.log_probabilities(X)), doubt, 1 - doubt))
        return odds[:, 1:] if odds.shape[1] == 2 else odds


def fit_parts(
    sampler: Any,
    classifier: Any,
    X: Any,
    y: NDArray,
    params: dict[str, dict[str, Any]],
    synthetic_weight: float | str,
) -> FittedParts:
    """Resample rows and fit the classifier on the result.

    Parameters
    ----------
    sampler : sampler object or "passthrough"
        Cloned before it is fitted.

    classifier : classifier object
        Cloned before it is fitted.

    X, y : table of n_samples rows, ndarray of shape (n_samples,)
        Real rows and their labels.

    params : dict of dict
        Metadata for "sampler" and for "classifier".

    synthetic_weight : float or {"real_shares", "real_shares_if_told"}
        Weight of a synthetic row in units of the mean weight of the real rows of its class; or weights that
        keep the class shares of the real rows, with the second name only where the sampler tells its new rows.

    Returns
    -------
    parts : FittedParts
        The fitted sampler and classifier.
    """
    to_classifier = dict(params["classifier"])
    given = to_classifier.pop("sample_weight", None)
    X_resampled, y_resampled, weights = X, y, given
    if sampler != "passthrough":
        sampler = clone(sampler)
        X_resampled, y_resampled = sampler.fit_resample(X, y, **params["sampler"])
        weights = _weigh(sampler, given, y, y_resampled, synthetic_weight)
    classifier = clone(classifier)
    if weights is not None:
        to_classifier[weight_parameter(classifier) or "sample_weight"] = weights
    classifier.fit(X_resampled, y_resampled, **to_classifier)
    classes = np.unique(y)
    before = class_shares(y, classes, given)
    after = class_shares(y_resampled, classes, weights)
    return FittedParts(sampler, classifier, _log_ratio(before, after), len(y))


def _weigh(
    sampler: Any, given: Any, y: NDArray, y_resampled: Any, synthetic_weight: float | str
) -> NDArray[np.float64] | None:
    """Weights of the resampled rows, or None where all weigh the same."""
    known = np.ones(len(y)) if given is None else given
    if synthetic_weight == "real_shares_if_told":
        synthetic_weight = "real_shares" if tells_synthetic_rows(sampler) else 1.0
    if synthetic_weight == "real_shares":
        return weights_at_real_shares(sampler, known, y, y_resampled)
    if given is None and synthetic_weight == 1:
        return None
    return weights_after_resampling(sampler, known, y, y_resampled, float(synthetic_weight))


def _log_ratio(before: NDArray, after: NDArray) -> NDArray[np.float64]:
    """Give log(before / after), and 0 for a class whose rows all weigh nothing."""
    ratio = np.divide(before, after, out=np.ones(len(before)), where=after > 0)
    with np.errstate(divide="ignore"):
        return np.log(ratio)

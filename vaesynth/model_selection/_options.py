"""The options of a resampled classifier that go beyond resampling, and what they require."""

from __future__ import annotations

from dataclasses import dataclass
from numbers import Integral, Real
from typing import Any

import numpy as np
from sklearn.utils import get_tags

from vaesynth.model_selection._row_weights import weight_parameter

CALIBRATORS = ("sigmoid", "isotonic")


def require_classifier(estimator: Any) -> None:
    """Raise an error if an estimator says that it is something else than a classifier.

    Raises
    ------
    TypeError
        If it is a regressor, a clusterer or the like.
    """
    if not hasattr(estimator, "__sklearn_tags__"):
        return
    kind = get_tags(estimator).estimator_type
    if kind not in ("classifier", None):
        raise TypeError(f"a classifier is needed, got {estimator!r}, which is a {kind}")


@dataclass(frozen=True)
class Options:
    """The parameters of a `ResampledClassifier` that go beyond resampling.

    Attributes
    ----------
    calibrate : str or None
        A way to correct probabilities.
    threshold : float, str, callable or None
        A threshold, or the score to tune it by.
    synthetic_weight : float or {"auto", "real_shares"}
        Relative weight of synthetic rows.
    cv : int, splitter, iterable or None
        Folds that hold rows out.
    """

    calibrate: str | None
    threshold: Any
    synthetic_weight: float | str
    cv: Any

    @property
    def is_tuned(self) -> bool:
        """Return whether a threshold is tuned."""
        return self.threshold is not None and not isinstance(self.threshold, Real)

    @property
    def holds_rows_out(self) -> bool:
        """Return whether anything is learned from held-out rows."""
        return self.calibrate in CALIBRATORS or self.is_tuned

    def chosen_synthetic_weight(self, classifier: Any) -> float | str:
        """Return the weight of synthetic rows; "auto" leaves a prior correction nothing to correct where it can."""
        if self.synthetic_weight != "auto":
            return self.synthetic_weight
        is_weighed = self.calibrate == "prior" and weight_parameter(classifier) is not None
        return "real_shares_if_told" if is_weighed else 1.0

    def check(self, classifier: Any, y: np.ndarray) -> None:
        """Refuse what the classifier or the target cannot give, before any training."""
        require_classifier(classifier)
        counts = np.unique(y, return_counts=True)[1]
        if self.threshold is not None and len(counts) != 2:
            found = "1 class" if len(counts) == 1 else f"{len(counts)} classes"
            raise ValueError(
                f"Only binary classification is supported with `threshold`, got a target of {found}"
            )
        self._check_responses(classifier)
        if self.synthetic_weight not in ("auto", 1) and weight_parameter(classifier) is None:
            raise ValueError(
                "`synthetic_weight` other than 'auto' and 1 needs a classifier whose `fit` takes "
                f"`sample_weight`, got {classifier!r}"
            )
        n_folds = 5 if self.cv is None else self.cv
        if self.holds_rows_out and isinstance(n_folds, Integral) and n_folds > counts.min():
            raise ValueError(
                "`cv` must be at most the number of rows of the smallest class, got "
                f"{n_folds} folds and n_samples={counts.min()} in it"
            )

    def check_weights(self, y: np.ndarray, sample_weight: Any) -> None:
        """Refuse weights that leave one class only, which no threshold can be tuned on."""
        if sample_weight is None or not self.is_tuned:
            return
        classes, codes = np.unique(y, return_inverse=True)
        totals = np.bincount(codes, np.asarray(sample_weight, dtype=np.float64))
        if totals.min() <= 0:
            raise ValueError(
                "`threshold` needs rows of both classes whose `sample_weight` is above 0, "
                f"got total weights {totals.tolist()} of the classes {classes.tolist()}"
            )

    def _check_responses(self, classifier: Any) -> None:
        """Refuse a classifier without the probabilities or scores to be corrected or compared."""
        has_probabilities = hasattr(classifier, "predict_proba")
        if self.calibrate in CALIBRATORS:
            if not (has_probabilities or hasattr(classifier, "decision_function")):
                raise ValueError(
                    f"`calibrate={self.calibrate!r}` needs a classifier with `predict_proba` or "
                    f"`decision_function`, got {classifier!r}"
                )
        elif not has_probabilities and (self.calibrate or self.threshold is not None):
            asked = "calibrate='prior'" if self.calibrate else "threshold"
            raise ValueError(
                f"`{asked}` needs a classifier with `predict_proba`, got {classifier!r}; "
                "`calibrate='sigmoid'` makes probabilities of a `decision_function`"
            )

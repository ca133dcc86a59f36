"""Ways to meet imbalance that are compared: samplers, thresholds and class weights."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from imblearn.over_sampling import RandomOverSampler
from sklearn.base import clone
from sklearn.pipeline import Pipeline
from sklearn.utils.class_weight import compute_sample_weight

from vaesynth.model_selection._compare._table_smote import TableSMOTE
from vaesynth.model_selection._resample_and_fit import ResampledRows
from vaesynth.model_selection._resampled_classifier import ResampledClassifier
from vaesynth.model_selection._row_totals import Amount, keep_totals
from vaesynth.model_selection._row_weights import weight_parameter

NONE = "none"
CLASS_WEIGHTS = "class weights"
CVAE = "CVAE"
TUNED_F1 = "threshold tuning"
TUNED_BALANCED = "threshold tuning, balanced"


@dataclass(frozen=True)
class Competitor:
    """One way to meet imbalance.

    Attributes
    ----------
    sampler : sampler object or "passthrough"
        Resamples the training rows.
    options : dict
        Other parameters of `ResampledClassifier`.
    weighs_classes : bool
        Whether the classifier is given weights that balance the classes.
    amount : Amount or None
        How many rows each class is to have; None leaves that to the sampler.
    """

    sampler: Any = "passthrough"
    options: dict[str, Any] = field(default_factory=dict)
    weighs_classes: bool = False
    amount: Amount | None = None

    @property
    def resamples(self) -> bool:
        """Return whether rows are resampled."""
        return self.sampler != "passthrough"

    @property
    def public(self) -> Any:
        """What a comparison shows of the competitor: its sampler, and a `ResampledClassifier` where it has options."""
        if self.weighs_classes:
            return CLASS_WEIGHTS
        return ResampledClassifier(self.sampler, **self.options) if self.options else self.sampler

    def suits(self, classifier: Any, n_classes: int) -> bool:
        """Return whether the competitor can be used with a classifier and a number of classes."""
        if self.weighs_classes:
            return can_weigh_classes(classifier)
        if not self.resamples and "threshold" in self.options:
            return n_classes == 2 and hasattr(classifier, "predict_proba")
        return True

    def fit(
        self,
        classifier: Any,
        sampler: Any,
        X: Any,
        y: np.ndarray,
        resampled: ResampledRows,
        n_folds: int,
    ) -> Any:
        """Fit a classifier.

        Parameters
        ----------
        classifier : classifier object
            The unfitted classifier.
        sampler : sampler object or "passthrough"
            The competitor's sampler with its seed. It resamples the parts of the rows that inner folds are fitted on.
        X, y : table of shape (n_samples, n_features), ndarray of shape (n_samples,)
            Real rows and their labels.
        resampled : ResampledRows
            What the sampler made of these rows.
        n_folds : int
            Inner folds, where the competitor learns from held-out rows.

        Returns
        -------
        model : classifier object
            The fitted model.
        """
        if self.weighs_classes:
            return fit_balanced(classifier, X, y)
        if self.amount is not None:
            resampled = keep_totals(resampled, y, self.amount.totals(y))
        model = ResampledClassifier(sampler, classifier, **{"cv": n_folds, **self.options})
        return model._fit(X, y, {}, resampled)


def default_competitors() -> dict[str, Competitor]:
    """Return the competitors that are compared unless others are asked for."""
    from vaesynth.over_sampling import CVAESampler  # torch loads only where it is needed

    cvae = CVAESampler()
    return {
        **reference_competitors(),
        CLASS_WEIGHTS: Competitor(weighs_classes=True),
        "random": Competitor(RandomOverSampler()),
        "SMOTE": Competitor(TableSMOTE()),
        CVAE: Competitor(cvae),
        "CVAE, prior corrected": Competitor(cvae, {"calibrate": "prior"}),
    }


def reference_competitors() -> dict[str, Competitor]:
    """Return the competitors without which no verdict is possible."""
    return {
        NONE: Competitor(),
        TUNED_F1: Competitor(options={"threshold": "f1"}),
        TUNED_BALANCED: Competitor(options={"threshold": "balanced_accuracy"}),
    }


def resolve_competitors(samplers: Any) -> dict[str, Competitor]:
    """Turn what a user gave into competitors by name, the references among them.

    Parameters
    ----------
    samplers : mapping, iterable of str or None
        Samplers by name, names of default competitors, or None for all of these.

    Returns
    -------
    competitors : dict of str to Competitor
        The references first.
    """
    known = default_competitors()
    if samplers is None:
        return known
    if isinstance(samplers, Mapping):
        given = {str(name): _as_competitor(value, known) for name, value in samplers.items()}
    elif isinstance(samplers, Iterable) and not isinstance(samplers, str):
        given = {name: _as_competitor(name, known) for name in samplers}
    else:
        raise TypeError(
            "`samplers` must be None, names of default competitors or a dict of name to sampler, "
            f"got {samplers!r}"
        )
    return {**reference_competitors(), **given}


def _as_competitor(value: Any, known: dict[str, Competitor]) -> Competitor:
    if isinstance(value, str):
        if value == "passthrough":
            return Competitor()
        if value not in known:
            raise ValueError(
                f"a competitor given by name must be one of {list(known)}, got {value!r}"
            )
        return known[value]
    if isinstance(value, ResampledClassifier):
        options = value.get_params(deep=False)
        options = {name: kept for name, kept in options.items() if kept is not None}
        options.pop("classifier", None)
        return Competitor(options.pop("sampler", known[CVAE].sampler), options)
    if hasattr(value, "fit_resample"):
        return Competitor(value)
    raise TypeError(
        "a competitor must be a sampler with `fit_resample`, a ResampledClassifier, 'passthrough' or "
        f"the name of a default competitor, got {value!r}"
    )


def _class_weight_parameter(classifier: Any) -> str | None:
    """Name the parameter by which a classifier, or the last step of a pipeline, weighs classes."""
    if isinstance(classifier, Pipeline):
        name, last = classifier.steps[-1]
        inner = _class_weight_parameter(last)
        return None if inner is None else f"{name}__{inner}"
    return "class_weight" if "class_weight" in classifier.get_params(deep=False) else None


def can_weigh_classes(classifier: Any) -> bool:
    """Return whether :func:`fit_balanced` can fit a classifier."""
    named = _class_weight_parameter(classifier) is not None
    return named or weight_parameter(classifier) is not None


def fit_balanced(classifier: Any, X: Any, y: np.ndarray) -> Any:
    """Fit with weights under which all classes weigh the same."""
    balanced, name = clone(classifier), _class_weight_parameter(classifier)
    if name is not None:
        return balanced.set_params(**{name: "balanced"}).fit(X, y)
    weights = np.asarray(compute_sample_weight("balanced", y))
    return balanced.fit(X, y, **{str(weight_parameter(classifier)): weights})

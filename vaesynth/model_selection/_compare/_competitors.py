"""Ways to meet imbalance, each of which makes a classifier out of a classifier."""

import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from imblearn.over_sampling import RandomOverSampler
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, clone
from sklearn.pipeline import Pipeline
from sklearn.utils.class_weight import compute_sample_weight

from vaesynth.model_selection._compare._table_smote import TableSMOTE
from vaesynth.model_selection._resampled_classifier import ResampledClassifier
from vaesynth.model_selection._row_weights import synthetic_rows, weight_parameter

NONE = "none"
CLASS_WEIGHTS = "class weights"
TUNED_F1 = "threshold tuning"
TUNED_BALANCED = "threshold tuning, balanced"


@dataclass(frozen=True)
class Strategy:
    """One way to meet imbalance.

    Attributes
    ----------
    sampler : sampler object or "passthrough"
        What the training rows pass through.

    options : dict
        Other parameters of `ResampledClassifier`.

    weighs_classes : bool
        Whether the classifier is given weights that balance the classes.
    """

    sampler: Any = "passthrough"
    options: dict[str, Any] = field(default_factory=dict)
    weighs_classes: bool = False

    @property
    def resamples(self) -> bool:
        """Tell whether rows are resampled."""
        return self.sampler != "passthrough"

    @property
    def public(self) -> Any:
        """What stands for the strategy in a comparison: as little as tells what it does."""
        if self.weighs_classes:
            return CLASS_WEIGHTS
        return ResampledClassifier(self.sampler, **self.options) if self.options else self.sampler

    def suits(self, classifier: Any, n_classes: int) -> bool:
        """Tell whether the strategy can be used with a classifier and a number of classes."""
        if self.weighs_classes:
            named = _class_weight_parameter(classifier) is not None
            return named or weight_parameter(classifier) is not None
        if not self.resamples and "threshold" in self.options:
            return n_classes == 2 and hasattr(classifier, "predict_proba")
        return True

    def fit(self, classifier: Any, sampler: Any, X: Any, y: NDArray, n_folds: int) -> Any:
        """Fit a classifier on rows, which pass through a sampler that stands for the strategy's own."""
        if self.weighs_classes:
            return _fit_balanced(classifier, X, y)
        options = {"cv": n_folds, **self.options}
        return ResampledClassifier(sampler, classifier, **options).fit(X, y)


class RememberingSampler(BaseEstimator):
    """A sampler that resamples one table once, however many classifiers ask for it.

    Parameters
    ----------
    sampler : sampler object
        Cloned for each table.

    X : table
        The table to remember, known by being the same object.

    Attributes
    ----------
    seconds_ : float
        Wall time that resampling it took.
    """

    def __init__(self, sampler: Any, X: Any) -> None:
        self.sampler = sampler
        self.X = X

    def __sklearn_clone__(self) -> "RememberingSampler":
        return self

    def fit_resample(self, X: Any, y: Any) -> tuple[Any, Any]:
        """Resample a table, or give what came of it before."""
        if X is not self.X:
            return self._resample(X, y)[1]
        if not hasattr(self, "remembered_"):
            start = time.perf_counter()
            self.remembered_ = self._resample(X, y)
            self.seconds_ = time.perf_counter() - start
        self.fitted_, resampled = self.remembered_
        self.sizes_ = len(y), len(resampled[1])
        return resampled

    @property
    def synthetic_mask_(self) -> NDArray[np.bool_]:
        """Which of the rows last returned are new: an ndarray of shape (n_resampled,)."""
        return synthetic_rows(self.fitted_, *self.sizes_)

    def _resample(self, X: Any, y: Any) -> tuple[Any, tuple[Any, Any]]:
        self.fitted_ = clone(self.sampler)
        resampled = self.fitted_.fit_resample(X, y)
        self.sizes_ = len(y), len(resampled[1])
        return self.fitted_, resampled


def default_strategies() -> dict[str, Strategy]:
    """Give the strategies that are compared unless others are asked for."""
    from vaesynth.over_sampling import CVAESampler  # torch loads only where it is needed

    cvae = CVAESampler()
    return {
        **reference_strategies(),
        CLASS_WEIGHTS: Strategy(weighs_classes=True),
        "random": Strategy(RandomOverSampler()),
        "SMOTE": Strategy(TableSMOTE()),
        "CVAE": Strategy(cvae),
        "CVAE, prior corrected": Strategy(cvae, {"calibrate": "prior"}),
    }


def reference_strategies() -> dict[str, Strategy]:
    """Give the strategies without which no verdict is possible."""
    return {
        NONE: Strategy(),
        TUNED_F1: Strategy(options={"threshold": "f1"}),
        TUNED_BALANCED: Strategy(options={"threshold": "balanced_accuracy"}),
    }


def resolve_strategies(samplers: Any) -> dict[str, Strategy]:
    """Turn what a user gave into strategies by name, the references among them.

    Parameters
    ----------
    samplers : mapping, iterable of str or None
        Samplers by name, names of default strategies, or None for all of these.

    Returns
    -------
    strategies : dict of str to Strategy
        The references first.
    """
    known = default_strategies()
    if samplers is None:
        return known
    if isinstance(samplers, Mapping):
        given = {str(name): _as_strategy(value, known) for name, value in samplers.items()}
    elif isinstance(samplers, Iterable) and not isinstance(samplers, str):
        given = {name: _as_strategy(name, known) for name in samplers}
    else:
        raise TypeError(
            "`samplers` must be None, names of default strategies or a dict of name to sampler, "
            f"got {samplers!r}"
        )
    return {**reference_strategies(), **given}


def _as_strategy(value: Any, known: dict[str, Strategy]) -> Strategy:
    if isinstance(value, str):
        if value == "passthrough":
            return Strategy()
        if value not in known:
            raise ValueError(
                f"a strategy given by name must be one of {list(known)}, got {value!r}"
            )
        return known[value]
    if isinstance(value, ResampledClassifier):
        options = value.get_params(deep=False)
        options = {name: kept for name, kept in options.items() if kept is not None}
        options.pop("classifier", None)
        return Strategy(options.pop("sampler", known["CVAE"].sampler), options)
    if hasattr(value, "fit_resample"):
        return Strategy(value)
    raise TypeError(
        "a strategy must be a sampler with `fit_resample`, a ResampledClassifier, 'passthrough' or "
        f"the name of a default strategy, got {value!r}"
    )


def _class_weight_parameter(classifier: Any) -> str | None:
    """Name the parameter by which a classifier, or the last step of a pipeline, weighs classes."""
    if isinstance(classifier, Pipeline):
        name, last = classifier.steps[-1]
        inner = _class_weight_parameter(last)
        return None if inner is None else f"{name}__{inner}"
    return "class_weight" if "class_weight" in classifier.get_params(deep=False) else None


def _fit_balanced(classifier: Any, X: Any, y: NDArray) -> Any:
    """Fit with weights under which all classes weigh the same."""
    balanced, name = clone(classifier), _class_weight_parameter(classifier)
    if name is not None:
        return balanced.set_params(**{name: "balanced"}).fit(X, y)
    weights = np.asarray(compute_sample_weight("balanced", y))
    return balanced.fit(X, y, **{str(weight_parameter(classifier)): weights})

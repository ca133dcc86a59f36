"""A sampler and a classifier as one scikit-learn classifier."""

from __future__ import annotations

from collections.abc import Callable
from numbers import Integral, Real
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike
from sklearn import get_config
from sklearn.base import BaseEstimator, ClassifierMixin, MetaEstimatorMixin
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.utils import Tags, assert_all_finite, column_or_1d
from sklearn.utils.metadata_routing import MetadataRouter, MethodMapping, process_routing
from sklearn.utils.validation import check_consistent_length, check_is_fitted

from vaesynth._labels import read_labels
from vaesynth._sklearn import HasMethods, Interval, StrOptions, available_if, fit_context
from vaesynth._warnings import quiet_fold
from vaesynth._whole_fit import whole_fit
from vaesynth.model_selection._held_out import (
    LABEL_SCORES,
    calibrate_and_tune,
    cross_fit,
    positive_position,
)
from vaesynth.model_selection._options import CALIBRATORS, Options
from vaesynth.model_selection._resample_and_fit import (
    FittedParts,
    ResampledRows,
    combine_tags,
    copy_column_facts,
    fit_on_resampled,
    resample,
)
from vaesynth.model_selection._row_weights import weights_for_parts


def _classifier_has(method: str) -> Callable[[Any], bool]:
    """Return whether the inner classifier, fitted or not, has a method."""

    def check(self: ResampledClassifier) -> bool:
        getattr(getattr(self, "classifier_", self._chosen_classifier()), method)
        return True

    return check


def _gives_probabilities(self: ResampledClassifier) -> bool:
    """Return whether the classifier or a calibrator gives probabilities."""
    return self.calibrate in CALIBRATORS or _classifier_has("predict_proba")(self)


def _gives_log_probabilities(self: ResampledClassifier) -> bool:
    """Return whether the classifier or what comes after it gives log-probabilities."""
    if self.calibrate is None:
        return _classifier_has("predict_log_proba")(self)
    return _gives_probabilities(self)


def _decides_by_its_classifier(self: ResampledClassifier) -> bool:
    """Return whether the decision function is that of the classifier: its sign must be what `predict` says."""
    return (
        self.calibrate is None
        and self.threshold is None
        and _classifier_has("decision_function")(self)
    )


def default_classifier() -> Any:
    """Return what takes the tables that `CVAESampler` takes."""
    return HistGradientBoostingClassifier()


def check_target(estimator: Any, X: Any, y: Any) -> np.ndarray:
    """Return `y` as a one-dimensional array of class labels, as long as `X`."""
    if y is None:
        raise ValueError(
            f"{type(estimator).__name__} requires y to be passed, but the target y is None"
        )
    check_consistent_length(X, y)
    labels = column_or_1d(y, warn=True)
    # First, because `read_labels` would cast an infinity to an integer.
    assert_all_finite(labels, input_name="y")
    return read_labels(labels)


class ResampledClassifier(ClassifierMixin, MetaEstimatorMixin, BaseEstimator):
    """Classifier that resamples the rows it is fitted on, and only those.

    `fit` passes the training rows to `sampler` and fits `classifier` on the rows that the sampler
    returns. Every other method passes its rows to the classifier unchanged. Because it is one
    estimator, it can be the last step of a plain :class:`sklearn.pipeline.Pipeline`, which takes no
    sampler, and cross-validation never resamples the rows of a test fold.

    `X` is neither checked nor converted here: the sampler and the classifier get a data frame with
    missing values or categories as it is.

    Parameters
    ----------
    sampler : sampler object, "passthrough" or None, default=None
        An object with `fit_resample`, such as any sampler of imbalanced-learn. ``"passthrough"``
        fits the classifier on the rows as they are, which makes "no resampling" one point of a grid
        search. None means ``CVAESampler()``.
    classifier : classifier object, default=None
        An object with `fit` and `predict`. None means
        :class:`sklearn.ensemble.HistGradientBoostingClassifier`, which takes the tables that
        ``CVAESampler`` takes: missing values, categorical columns and columns of any scale.
    calibrate : {"prior", "sigmoid", "isotonic"} or None, default=None
        How to bring probabilities back to the class shares of the real rows. ``"prior"`` divides the
        change of the class shares out in closed form, for any number of classes and without another
        fit. It takes account of the sampler and of the weights of rows, but not of weights that a
        classifier sets itself (`class_weight`). ``"sigmoid"`` and ``"isotonic"`` fit scikit-learn's
        calibrators on held-out real rows: to the decision function, or to the prior-corrected log-odds
        where the classifier has no decision function. None leaves probabilities as they are.
    threshold : float, str, callable or None, default=None
        Lowest calibrated probability at which the positive class is predicted. The positive class is
        the rarer of two classes, or the last one if both are equally frequent. A float from 0 to 1 is
        used as it is. A scorer of predicted labels, given by name (``"f1"``, ``"balanced_accuracy"``, …;
        it scores the positive class) or as an object, makes `fit` tune the threshold on held-out real
        rows. None predicts the most probable class.
    synthetic_weight : float, "real_shares" or "auto", default="auto"
        Weight of a row that the sampler added, in units of the mean weight of the real rows of its
        class. With ``"real_shares"`` every class weighs as much as its real rows do, and the new rows
        have 15 % of that weight: they smooth what the classifier learns about the class and do not make
        it more frequent. Both need a classifier that takes `sample_weight`. ``"auto"`` means 1, except
        with ``calibrate="prior"``, where it means ``"real_shares"`` if the classifier takes weights and
        the sampler tells which rows are new; the closed form then has nothing left to correct.
    cv : int, cross-validation splitter, iterable or None, default=None
        Folds that hold rows out, for ``"sigmoid"``, ``"isotonic"`` and a tuned threshold. None
        means 5. A number means stratified folds of shuffled rows, the same in every fit. Only the
        rows of the other folds are resampled, never those that are held out.
    n_jobs : int or None, default=None
        Number of folds to fit at the same time.

    Attributes
    ----------
    sampler_ : sampler object or "passthrough"
        The sampler fitted on the training rows.
    classifier_ : classifier object
        The classifier fitted on the resampled rows.
    classes_ : ndarray of shape (n_classes,)
        The class labels, sorted.
    calibrator_ : CalibratedClassifierCV or None
        The calibrator fitted to scores of held-out rows, for ``"sigmoid"`` and ``"isotonic"``.
    best_threshold_ : float
        The threshold on the probability of `positive_class_`. Only exists if `threshold` is not None.
    positive_class_ : label
        The class that the threshold is for. Only exists if `threshold` is not None.
    n_features_in_ : int
        Number of columns seen in `fit`.
    feature_names_in_ : ndarray of shape (n_features_in_,)
        Names of the columns seen in `fit`. Only exists if they are all strings.

    See Also
    --------
    imblearn.pipeline.Pipeline : A pipeline in which any step may be a sampler.

    Notes
    -----
    Over-sampling raises the predicted probabilities of the rare class, because the classifier sees
    more of its rows than there are. The order of the rows survives this. The probabilities and any
    fixed threshold on them do not, unless `calibrate` corrects them.

    ``"prior"`` with equal weights is exact if new rows follow the distribution of their class and the
    probabilities are right on the resampled rows. On real tables it removes most of the error, and
    ``"sigmoid"`` removes more (``benchmarks/calibration.py``). ``"sigmoid"``, ``"isotonic"`` and a
    tuned threshold need neither assumption. They cost one more fit of sampler and classifier per
    fold, and all use the same predictions: each real row is predicted by a model whose sampler and
    classifier have not seen it. The classifier itself is fitted on all rows, as in
    ``CalibratedClassifierCV(ensemble=False)``. Calibration uses the weights of rows, and so does the
    score of a threshold given by name.

    References
    ----------
    Saerens, Latinne, Decaestecker, "Adjusting the Outputs of a Classifier to New a Priori
    Probabilities: A Simple Procedure", Neural Computation 14 (2002).

    van den Goorbergh, van Smeden, Timmerman, Van Calster, "The harm of class imbalance
    corrections for risk prediction models", JAMIA 29 (2022).

    Examples
    --------
    >>> from imblearn.over_sampling import RandomOverSampler
    >>> from sklearn.datasets import make_classification
    >>> from sklearn.linear_model import LogisticRegression
    >>> from sklearn.pipeline import make_pipeline
    >>> from sklearn.preprocessing import StandardScaler
    >>> from vaesynth.model_selection import ResampledClassifier
    >>> X, y = make_classification(200, weights=[0.9], random_state=0)
    >>> model = make_pipeline(
    ...     StandardScaler(),
    ...     ResampledClassifier(RandomOverSampler(random_state=0), LogisticRegression()),
    ... )
    >>> model.fit(X, y).predict_proba(X).shape
    (200, 2)

    Correct the probabilities, and choose the threshold that is best for the rare class:

    >>> y.mean().round(2), model.predict_proba(X)[:, 1].mean().round(2)
    (np.float64(0.1), np.float64(0.18))
    >>> model.set_params(
    ...     resampledclassifier__calibrate="prior", resampledclassifier__threshold="f1"
    ... ).fit(X, y).predict_proba(X)[:, 1].mean().round(2)
    np.float64(0.1)
    >>> 0.3 < model[-1].best_threshold_ < 0.8
    True
    """

    _parameter_constraints = {  # noqa: RUF012
        "sampler": [HasMethods(["fit_resample"]), StrOptions({"passthrough"}), None],
        "classifier": [HasMethods(["fit", "predict"]), None],
        "calibrate": [StrOptions({"prior", *CALIBRATORS}), None],
        "threshold": [
            Interval(Real, 0, 1, closed="both"),
            StrOptions(set(LABEL_SCORES)),
            callable,
            None,
        ],
        "synthetic_weight": [
            Interval(Real, 0, None, closed="left"),
            StrOptions({"auto", "real_shares"}),
        ],
        "cv": ["cv_object"],
        "n_jobs": [Integral, None],
    }

    def __init__(
        self,
        sampler: Any = None,
        classifier: Any = None,
        *,
        calibrate: str | None = None,
        threshold: Any = None,
        synthetic_weight: float | str = "auto",
        cv: Any = None,
        n_jobs: int | None = None,
    ) -> None:
        self.sampler = sampler
        self.classifier = classifier
        self.calibrate = calibrate
        self.threshold = threshold
        self.synthetic_weight = synthetic_weight
        self.cv = cv
        self.n_jobs = n_jobs

    @whole_fit
    def fit(self, X: Any, y: ArrayLike, **params: Any) -> Self:
        """Resample the rows and fit the classifier on the result.

        Parameters
        ----------
        X : {array-like, data frame, sparse matrix} of shape (n_samples, n_features)
            Training rows, in any form that both the sampler and the classifier take.
        y : array-like of shape (n_samples,)
            Class labels, of two or more classes.
        **params : dict
            Per-row metadata. With scikit-learn's metadata routing, each entry goes where it was
            requested: to `fit_resample` of the sampler, to `fit` of the classifier, or to both.
            Without it only `sample_weight`, an array of shape (n_samples,), is taken, and goes to
            each of the two that accepts it. The sampler gets it as given. The classifier gets one
            weight per resampled row: a real row keeps its own, a synthetic row has `synthetic_weight`
            times the mean weight of the real rows of its class. Other metadata stays unchanged.

        Returns
        -------
        self : ResampledClassifier
            The fitted classifier.

        Raises
        ------
        ValueError
            If `y` is None, continuous, not finite, not one-dimensional or not as long as `X`, if
            weights cannot follow the rows through the sampler, or if `calibrate`, `threshold` or
            `synthetic_weight` asks for what the classifier or the number of classes cannot give.

        TypeError
            If `classifier` is a regressor or the like, or if `sample_weight` is given and neither part
            accepts it.
        """
        return self._fit(X, y, params)

    @fit_context(prefer_skip_nested_validation=False)
    def _fit(
        self, X: Any, y: Any, params: dict[str, Any], resampled: ResampledRows | None = None
    ) -> Self:
        """Fit as `fit` does. `resampled` is given where the sampler has resampled these rows already."""
        labels = check_target(self, X, y)
        self._options().check(self._chosen_classifier(), labels)
        to_sampler, to_classifier = self._metadata_for_parts(params)
        routed = {"sampler": to_sampler, "classifier": to_classifier}
        classes = np.unique(labels)
        held_out = self._learn_from_held_out_rows(X, labels, classes, routed)
        parts = self._fit_parts(X, labels, routed, resampled)
        self.sampler_, self.classifier_ = parts.sampler, parts.classifier
        self._parts, self._is_prior_corrected = parts, self.calibrate == "prior"
        self.calibrator_, threshold = held_out
        self._set_threshold(threshold, labels)
        copy_column_facts(self, self.classifier_, self.sampler_)
        return self

    @property
    def classes_(self) -> np.ndarray:
        """Class labels, sorted: an ndarray of shape (n_classes,)."""
        return self.classifier_.classes_

    def predict(self, X: Any) -> np.ndarray:
        """Predict the class of each row.

        Parameters
        ----------
        X : {array-like, data frame, sparse matrix} of shape (n_samples, n_features)
            Rows to classify. They are not resampled.

        Returns
        -------
        labels : ndarray of shape (n_samples,)
            The predicted labels.
        """
        check_is_fitted(self)
        if hasattr(self, "best_threshold_"):
            positive = int(np.flatnonzero(self.classes_ == self.positive_class_)[0])
            is_positive = self.predict_proba(X)[:, positive] >= self.best_threshold_
            return self.classes_[np.where(is_positive, positive, 1 - positive)]
        if self._is_prior_corrected or self.calibrator_ is not None:
            return self.classes_[self.predict_proba(X).argmax(axis=1)]
        return self.classifier_.predict(X)

    @available_if(_gives_probabilities)
    def predict_proba(self, X: Any) -> np.ndarray:
        """Predict class probabilities.

        Parameters
        ----------
        X : {array-like, data frame, sparse matrix} of shape (n_samples, n_features)
            Rows to classify. They are not resampled.

        Returns
        -------
        probabilities : ndarray of shape (n_samples, n_classes)
            Probabilities in the order of `classes_`: under the class shares of the real rows with
            `calibrate`, and under those *after* resampling without it.
        """
        check_is_fitted(self)
        if self.calibrator_ is not None:
            return self.calibrator_.predict_proba(self._parts.scores(X))
        if self._is_prior_corrected:
            return np.exp(self._parts.log_probabilities(X))
        return self.classifier_.predict_proba(X)

    @available_if(_gives_log_probabilities)
    def predict_log_proba(self, X: Any) -> np.ndarray:
        """Predict the natural logarithm of class probabilities.

        Parameters
        ----------
        X : {array-like, data frame, sparse matrix} of shape (n_samples, n_features)
            Rows to classify. They are not resampled.

        Returns
        -------
        log_probabilities : ndarray of shape (n_samples, n_classes)
            Log-probabilities in the order of `classes_`.
        """
        check_is_fitted(self)
        if self.calibrator_ is not None:
            with np.errstate(divide="ignore"):
                return np.log(self.predict_proba(X))
        if self._is_prior_corrected:
            return self._parts.log_probabilities(X)
        return self.classifier_.predict_log_proba(X)

    @available_if(_decides_by_its_classifier)
    def decision_function(self, X: Any) -> np.ndarray:
        """Compute the decision function of the classifier; only without `calibrate` and `threshold`.

        Parameters
        ----------
        X : {array-like, data frame, sparse matrix} of shape (n_samples, n_features)
            Rows to classify. They are not resampled.

        Returns
        -------
        decisions : ndarray of shape (n_samples,) or (n_samples, n_classes)
            What the classifier returns.
        """
        check_is_fitted(self)
        return self.classifier_.decision_function(X)

    def get_metadata_routing(self) -> MetadataRouter:
        """Describe which metadata goes to which part.

        Returns
        -------
        router : MetadataRouter
            `fit` routes to `fit_resample` of the sampler and to `fit` of the classifier.
        """
        router = MetadataRouter(owner=self).add_self_request(self)
        router.add(
            classifier=self._chosen_classifier(),
            method_mapping=MethodMapping().add(caller="fit", callee="fit"),
        )
        sampler = self._chosen_sampler()
        if sampler != "passthrough":
            to_sampler = MethodMapping().add(caller="fit", callee="fit_resample")
            router.add(sampler=sampler, method_mapping=to_sampler)
        return router

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags = combine_tags(tags, self._chosen_classifier(), [self._chosen_sampler()])
        if self.threshold is not None:
            tags.classifier_tags.multi_class = False
        return tags

    def _chosen_sampler(self) -> Any:
        """Return the sampler to clone, or "passthrough"."""
        if self.sampler is not None:
            return self.sampler
        from vaesynth.over_sampling import CVAESampler  # torch loads only where it is needed

        return CVAESampler()

    def _chosen_classifier(self) -> Any:
        """Return the classifier to clone."""
        return default_classifier() if self.classifier is None else self.classifier

    def _metadata_for_parts(self, params: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
        """Split the metadata of `fit` into what the sampler and what the classifier gets."""
        given = {name: value for name, value in params.items() if value is not None}
        if get_config()["enable_metadata_routing"]:
            routed = process_routing(self, "fit", **given)
            to_sampler = routed.get("sampler", {}).get("fit_resample", {})
            return dict(to_sampler), dict(routed["classifier"]["fit"])
        if other := sorted(given.keys() - {"sample_weight"}):
            raise ValueError(
                "Metadata other than `sample_weight` needs "
                f"`sklearn.set_config(enable_metadata_routing=True)`, got {other}"
            )
        return weights_for_parts(given, self._chosen_sampler(), self._chosen_classifier())

    def _fit_parts(
        self,
        X: Any,
        y: np.ndarray,
        params: dict[str, dict[str, Any]],
        resampled: ResampledRows | None = None,
    ) -> FittedParts:
        if resampled is None:
            resampled = resample(self._chosen_sampler(), X, y, params["sampler"])
        classifier = self._chosen_classifier()
        weight = self._options().chosen_synthetic_weight(classifier)
        return fit_on_resampled(resampled, classifier, y, params["classifier"], weight)

    def _respond_to_held_out(
        self, X: Any, y: np.ndarray, params: dict[str, dict[str, Any]], X_held_out: Any
    ) -> np.ndarray:
        """Fit on some rows and give scores or probabilities of others."""
        with quiet_fold():
            parts = self._fit_parts(X, y, params)
        if self.calibrate in CALIBRATORS:
            return parts.scores(X_held_out)
        if self.calibrate == "prior":
            return np.exp(parts.log_probabilities(X_held_out))
        return parts.classifier.predict_proba(X_held_out)

    def _learn_from_held_out_rows(
        self, X: Any, y: np.ndarray, classes: np.ndarray, params: dict[str, dict[str, Any]]
    ) -> tuple[Any, float | None]:
        """Return the calibrator and the threshold, each None where there is none."""
        options = self._options()
        if not options.holds_rows_out:
            return None, self.threshold
        weights = params["classifier"].get("sample_weight")
        options.check_weights(y, weights)
        responses, rows = cross_fit(
            self._respond_to_held_out, X, y, params, cv=self.cv, n_jobs=self.n_jobs
        )
        weights = None if weights is None else np.asarray(weights)[rows]
        positive = positive_position(y)
        return calibrate_and_tune(options, responses, y[rows], classes, positive, weights)

    def _set_threshold(self, threshold: float | None, y: np.ndarray) -> None:
        """Publish the threshold and its class, or forget those of an earlier fit."""
        if threshold is not None:
            self.best_threshold_ = threshold
            self.positive_class_ = np.unique(y)[positive_position(y)]
        elif hasattr(self, "best_threshold_"):
            del self.best_threshold_, self.positive_class_

    def _options(self) -> Options:
        return Options(self.calibrate, self.threshold, self.synthetic_weight, self.cv)

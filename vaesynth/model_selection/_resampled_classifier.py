"""A sampler and a classifier as one scikit-learn classifier."""

from collections.abc import Callable
from inspect import signature
from typing import Any, Self

from numpy.typing import ArrayLike, NDArray
from sklearn import get_config
from sklearn.base import BaseEstimator, ClassifierMixin, MetaEstimatorMixin, _fit_context, clone
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.utils import Tags, assert_all_finite, column_or_1d, get_tags
from sklearn.utils._param_validation import HasMethods, StrOptions
from sklearn.utils.metadata_routing import MetadataRouter, MethodMapping, process_routing
from sklearn.utils.metaestimators import available_if
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import check_consistent_length, check_is_fitted, has_fit_parameter

from vaesynth.model_selection._row_weights import weights_after_resampling


def _classifier_has(method: str) -> Callable[[Any], bool]:
    """Tell whether the inner classifier, fitted or not, has a method."""

    def check(self: "ResampledClassifier") -> bool:
        getattr(getattr(self, "classifier_", self._chosen_classifier()), method)
        return True

    return check


class ResampledClassifier(ClassifierMixin, MetaEstimatorMixin, BaseEstimator):
    """Classifier that resamples the rows it is fitted on, and only those.

    `fit` passes the training rows through `sampler` and fits `classifier` on what comes back.
    Every other method hands its rows to the classifier as they are. It is one estimator, so
    it can end a plain :class:`sklearn.pipeline.Pipeline`, which has no place for a sampler, and
    inside cross-validation the rows of the test fold are never resampled.

    `X` is neither checked nor converted here: a data frame with missing values or categories
    reaches both parts untouched.

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

    Attributes
    ----------
    sampler_ : sampler object or "passthrough"
        The sampler fitted on the training rows.

    classifier_ : classifier object
        The classifier fitted on the resampled rows.

    classes_ : ndarray of shape (n_classes,)
        The class labels, sorted.

    n_features_in_ : int
        Number of columns seen in `fit`.

    feature_names_in_ : ndarray of shape (n_features_in_,)
        Names of the columns seen in `fit`. Only exists if they are all strings.

    See Also
    --------
    imblearn.pipeline.Pipeline : A pipeline in which any step may be a sampler.

    Notes
    -----
    Over-sampling moves the predicted probabilities of the rare class upwards, because the
    classifier sees more of it than there is. Rankings survive that; the probabilities themselves
    and any fixed threshold on them do not.

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
    """

    _parameter_constraints = {  # noqa: RUF012
        "sampler": [HasMethods(["fit_resample"]), StrOptions({"passthrough"}), None],
        "classifier": [HasMethods(["fit", "predict"]), None],
    }

    def __init__(self, sampler: Any = None, classifier: Any = None) -> None:
        self.sampler = sampler
        self.classifier = classifier

    @_fit_context(prefer_skip_nested_validation=False)
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
            whichever of the two accepts it. The sampler gets it as given. The classifier gets one
            weight per resampled row: a real row keeps its own, a synthetic row has the mean weight
            of the real rows of its class. All other metadata reaches the classifier unchanged.

        Returns
        -------
        self : ResampledClassifier
            The fitted classifier.

        Raises
        ------
        ValueError
            If `y` is None, continuous, not finite, not one-dimensional or not as long as `X`, or
            if weights cannot follow the rows through the sampler.

        TypeError
            If `sample_weight` is given and neither part accepts it.
        """
        labels = self._check_target(X, y)
        sampler_params, classifier_params = self._metadata_for_parts(params)
        X_resampled, y_resampled = self._resample(X, labels, sampler_params)
        if "sample_weight" in classifier_params and self.sampler_ != "passthrough":
            classifier_params["sample_weight"] = weights_after_resampling(
                self.sampler_, classifier_params["sample_weight"], labels, y_resampled
            )
        self.classifier_ = clone(self._chosen_classifier())
        self.classifier_.fit(X_resampled, y_resampled, **classifier_params)
        self._copy_feature_attributes()
        return self

    @property
    def classes_(self) -> NDArray:
        """Class labels, sorted: an ndarray of shape (n_classes,)."""
        return self.classifier_.classes_

    def predict(self, X: Any) -> NDArray:
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
        return self.classifier_.predict(X)

    @available_if(_classifier_has("predict_proba"))
    def predict_proba(self, X: Any) -> NDArray:
        """Predict class probabilities.

        Parameters
        ----------
        X : {array-like, data frame, sparse matrix} of shape (n_samples, n_features)
            Rows to classify. They are not resampled.

        Returns
        -------
        probabilities : ndarray of shape (n_samples, n_classes)
            Probabilities in the order of `classes_`, under the class shares *after* resampling.
        """
        check_is_fitted(self)
        return self.classifier_.predict_proba(X)

    @available_if(_classifier_has("predict_log_proba"))
    def predict_log_proba(self, X: Any) -> NDArray:
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
        return self.classifier_.predict_log_proba(X)

    @available_if(_classifier_has("decision_function"))
    def decision_function(self, X: Any) -> NDArray:
        """Compute the decision function of the classifier.

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
        classifier = get_tags(self._chosen_classifier())
        tags.classifier_tags = classifier.classifier_tags
        tags.input_tags = classifier.input_tags
        tags.non_deterministic = classifier.non_deterministic
        sampler = self._chosen_sampler()
        if sampler != "passthrough":
            inputs = get_tags(sampler).input_tags
            for kind in ("sparse", "allow_nan", "string", "categorical"):
                taken = getattr(tags.input_tags, kind) and getattr(inputs, kind)
                setattr(tags.input_tags, kind, taken)
            tags.non_deterministic |= get_tags(sampler).non_deterministic
        return tags

    def _chosen_sampler(self) -> Any:
        """Give the sampler to clone, or "passthrough"."""
        if self.sampler is not None:
            return self.sampler
        from vaesynth.over_sampling import CVAESampler  # torch loads only where it is needed

        return CVAESampler()

    def _chosen_classifier(self) -> Any:
        """Give the classifier to clone."""
        return HistGradientBoostingClassifier() if self.classifier is None else self.classifier

    def _check_target(self, X: Any, y: Any) -> NDArray:
        """Return `y` as a one-dimensional array of class labels, as long as `X`."""
        if y is None:
            raise ValueError(
                f"{type(self).__name__} requires y to be passed, but the target y is None"
            )
        check_consistent_length(X, y)
        labels = column_or_1d(y, warn=True)
        # First, because check_classification_targets would cast an infinity to an integer.
        assert_all_finite(labels, input_name="y")
        check_classification_targets(labels)
        return labels

    def _metadata_for_parts(self, params: dict[str, Any]) -> tuple[dict, dict]:
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
        return self._weights_without_routing(given)

    def _weights_without_routing(self, given: dict[str, Any]) -> tuple[dict, dict]:
        """Give `sample_weight` to each part whose signature names it."""
        sampler, classifier = self._chosen_sampler(), self._chosen_classifier()
        sampler_takes_it = (
            sampler != "passthrough"
            and "sample_weight" in signature(sampler.fit_resample).parameters
        )
        classifier_takes_it = has_fit_parameter(classifier, "sample_weight")
        if given and not (sampler_takes_it or classifier_takes_it):
            raise TypeError(
                "`sample_weight` must be accepted by the sampler or the classifier, "
                f"got {sampler!r} and {classifier!r}, which both lack it"
            )
        return (given if sampler_takes_it else {}), (dict(given) if classifier_takes_it else {})

    def _resample(self, X: Any, y: NDArray, params: dict[str, Any]) -> tuple[Any, Any]:
        """Fit the sampler, keep it as `sampler_`, and return its rows."""
        sampler = self._chosen_sampler()
        if sampler == "passthrough":
            self.sampler_ = sampler
            return X, y
        self.sampler_ = clone(sampler)
        return self.sampler_.fit_resample(X, y, **params)

    def _copy_feature_attributes(self) -> None:
        """Publish what the classifier, or else the sampler, noted about the columns."""
        for name in ("n_features_in_", "feature_names_in_"):
            for part in (self.classifier_, self.sampler_):
                if hasattr(part, name):
                    setattr(self, name, getattr(part, name))
                    break

"""What the rooms use of scikit-learn that its documentation does not promise; its decorators, with types.

A release of scikit-learn may move or change these names. They are imported here and nowhere else, so that one file
shows what has to be looked at then, and one file has to be mended.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np
from sklearn.base import BaseEstimator
from sklearn.utils import _safe_indexing
from sklearn.utils._param_validation import HasMethods, Interval, StrOptions
from sklearn.utils.validation import _check_feature_names as check_feature_names
from sklearn.utils.validation import _check_feature_names_in as check_feature_names_in
from sklearn.utils.validation import _check_method_params as check_method_params
from sklearn.utils.validation import _check_n_features as check_n_features
from sklearn.utils.validation import _check_sample_weight as check_sample_weight
from sklearn.utils.validation import _num_samples as num_samples

from vaesynth._byte_order import in_native_order

if TYPE_CHECKING:
    Function = TypeVar("Function", bound=Callable[..., Any])

    def available_if(check: Callable[[Any], bool]) -> Callable[[Function], Function]:
        """Offer a method where the check of its object holds."""

    def fit_context(*, prefer_skip_nested_validation: bool) -> Callable[[Function], Function]:
        """Validate the parameters of an estimator before a method runs."""

    def validate_params(
        parameter_constraints: dict[str, Any], *, prefer_skip_nested_validation: bool
    ) -> Callable[[Function], Function]:
        """Validate the arguments of a function before it runs."""

else:
    from sklearn.base import _fit_context as fit_context
    from sklearn.utils._param_validation import validate_params
    from sklearn.utils.metaestimators import available_if


def safe_indexing(X: Any, indices: Any) -> Any:
    """Return rows of a table or of labels; of pandas' own in the byte order of the machine, as it takes no others."""
    return _safe_indexing(X if isinstance(X, np.ndarray) else in_native_order(X), indices)


__all__ = [
    "HasMethods",
    "Interval",
    "StrOptions",
    "available_if",
    "check_feature_names",
    "check_feature_names_in",
    "check_method_params",
    "check_n_features",
    "check_sample_weight",
    "fit_context",
    "num_samples",
    "safe_indexing",
    "validate_parameters",
    "validate_params",
]


def validate_parameters(estimator: BaseEstimator) -> None:
    """Raise a ValueError if a parameter of an estimator breaks the constraints that the estimator declares, if any.

    Examples
    --------
    >>> from sklearn.linear_model import Ridge
    >>> validate_parameters(Ridge(alpha=-1))
    Traceback (most recent call last):
    ...
    sklearn.utils._param_validation.InvalidParameterError: The 'alpha' parameter of Ridge must be ... Got -1 instead.
    """
    if hasattr(estimator, "_parameter_constraints"):
        estimator._validate_params()

"""Noise taken off images and tables."""

from __future__ import annotations

import numbers
from collections.abc import Callable
from typing import Any, ClassVar, Self

import numpy as np
from sklearn.base import BaseEstimator, TransformerMixin, _fit_context, clone
from sklearn.utils._param_validation import StrOptions
from sklearn.utils.validation import _check_feature_names_in, check_is_fitted

from vaesynth.applications._noise_models import NOISES, plan_noise_model
from vaesynth.applications._partial_tables import as_transformed
from vaesynth.estimators import VAE, is_image_array, remember_features
from vaesynth.saving import Savable

# A denoiser is asked for the likeliest clean image, not for new ones: the KL term need only keep the latents in bounds.
IMAGE_BETA = 0.01


class VAEDenoiser(Savable, TransformerMixin, BaseEstimator):
    """Denoiser.

    Examples
    --------
    >>> VAEDenoiser()
    VAEDenoiser()
    """

    _parameter_constraints: ClassVar[dict] = {
        "estimator": [VAE, None],
        "noise": [StrOptions(set(NOISES)), callable, None],
        "level": [numbers.Real, "array-like"],
        "random_state": ["random_state"],
    }

    def __init__(
        self,
        estimator: VAE | None = None,
        *,
        noise: str | Callable | None = "gaussian",
        level: Any = (0.05, 0.4),
        random_state: Any = None,
    ) -> None:
        self.estimator = estimator
        self.noise = noise
        self.level = level
        self.random_state = random_state

    @_fit_context(prefer_skip_nested_validation=False)
    def fit(self, X: Any, y: Any = None) -> Self:  # noqa: ARG002
        plan = None if self.noise is None else plan_noise_model(self.noise, self.level)
        model = self._choose_model(X)
        model = model.fit(X) if plan is None else model.fit_denoising(X, plan)
        self.estimator_ = model
        remember_features(self, model.n_features_in_, getattr(model, "feature_names_in_", None))
        return self

    def transform(self, X: Any) -> Any:
        check_is_fitted(self)
        return as_transformed(self.estimator_.reconstruct(X), X)

    def get_feature_names_out(self, input_features: Any = None) -> np.ndarray:
        check_is_fitted(self)
        return _check_feature_names_in(self, input_features)

    def _choose_model(self, X: Any) -> VAE:
        if self.estimator is not None:
            model = clone(self.estimator)
        elif self.noise is None:
            model = VAE(numeric_encoding="standardize", prior="standard_normal")
        elif is_image_array(X):
            model = VAE(network="spatial", beta=IMAGE_BETA)
        else:
            model = VAE(numeric_encoding="standardize")
        if self.random_state is not None:
            model.set_params(random_state=self.random_state)
        return model

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags = VAE().__sklearn_tags__().input_tags
        tags.transformer_tags.preserves_dtype = []
        return tags

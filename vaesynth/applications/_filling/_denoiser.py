"""Noise taken off images and tables."""

from __future__ import annotations

import numbers
from collections.abc import Callable
from typing import Any, ClassVar, Self

import numpy as np
from sklearn.base import BaseEstimator, TransformerMixin, clone
from sklearn.utils.validation import check_is_fitted

from vaesynth._sklearn import StrOptions, check_feature_names_in, fit_context
from vaesynth.applications._filling._noise_models import NOISES, plan_noise_model
from vaesynth.applications._filling._partial_tables import as_transformed
from vaesynth.estimators import VAE, is_image_array, remember_features
from vaesynth.saving import Savable

# A denoiser is asked for the likeliest clean image, not for new ones: the KL term need only keep the latents in bounds.
IMAGE_BETA = 0.01


class VAEDenoiser(Savable, TransformerMixin, BaseEstimator):
    r"""Take noise off images and tables, learned from clean rows and a noise model or from noisy rows alone.

    With a noise model each training step puts new noise on clean rows: the encoder reads the noisy ones, the likelihood
    is that of the clean ones (a denoising VAE). With ``noise=None`` the rows of `fit` are noisy themselves: a VAE
    learns them as what its decoder gives plus normal noise whose scale it learns, so that what its few latents cannot
    follow is the noise. In both cases :meth:`transform` gives the decoder's mean at the posterior mean of a noisy row;
    it draws nothing.

    Parameters
    ----------
    estimator : VAE or None, default=None
        The model to train, a clone of which is in `estimator_`. None takes, with a noise model and for images,
        ``VAE(network="spatial", beta=0.01)``, whose latents lie on a grid so that detail survives, and else
        ``VAE(numeric_encoding="standardize", prior="standard_normal")``.
    noise : {"gaussian", "masking", "salt_and_pepper"}, callable or None, default="gaussian"
        The noise model. "gaussian" is normal noise of standard deviation `level`. Of "masking" and "salt_and_pepper"
        `level` is the share of cells that are hit: such a pixel becomes 0, or 0 or 1 alike often; such a number its
        column's mean, or its smallest or largest one; such a category any category of its column. A callable
        ``noise(X, random_state)`` gives a noisy copy of `X`, which is a batch of rows in the user's own container, and
        draws from the numpy `RandomState` alone. None takes the rows as noisy.
    level : float or (float, float), default=(0.05, 0.4)
        Level of the noise, for pixels between 0 and 1 or in standard deviations of a column; or a range, from which
        every row in a step has a level of its own: one model then serves all of them. Without effect on a callable and
        on None.
    random_state : int, RandomState instance or None, default=None
        Source of all randomness; None leaves it to that of `estimator`.

    Attributes
    ----------
    estimator_ : VAE
        The trained model.
    n_features_in_ : int
        Number of columns, or of pixels times channels.
    feature_names_in_ : ndarray of str, shape (n_features_in_,)
        Column names, where they are all strings.

    Notes
    -----
    Images between 0 and 1 should be floats, since noise leaves that range: bytes cannot hold it.

    For missing cells there is `VAEImputer`: a mask that is known says more than one that has to be guessed.

    References
    ----------
    Im, Ahn, Memisevic, Bengio, "Denoising Criterion for Variational Auto-Encoding Framework", AAAI 2017; Prakash,
    Krull, Jug, "Fully Unsupervised Diversity Denoising with Convolutional Variational Autoencoders", ICLR 2021 (noisy
    images alone); Vincent, Larochelle, Bengio, Manzagol, "Extracting and Composing Robust Features with Denoising
    Autoencoders", ICML 2008 (masking, salt and pepper).

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.datasets import load_digits
    >>> from vaesynth import VAE
    >>> from vaesynth.applications import VAEDenoiser
    >>> X = load_digits().images / 16
    >>> noisy = X + 0.3 * np.random.default_rng(0).normal(size=X.shape)
    >>> denoiser = VAEDenoiser(VAE(max_iter=20), level=0.3, random_state=0).fit(X)
    >>> error = np.square(denoiser.transform(noisy) - X).mean()
    >>> bool(error < 0.5 * np.square(noisy - X).mean())
    True
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

    @fit_context(prefer_skip_nested_validation=False)
    def fit(self, X: Any, y: Any = None) -> Self:  # noqa: ARG002
        """Learn to tell rows from noise.

        Parameters
        ----------
        X : table of shape (n_samples, n_features), or ndarray of images
            As `VAE` takes them: clean rows, or noisy ones with ``noise=None``.
        y : None
            Ignored.

        Returns
        -------
        self

        Raises
        ------
        ValueError
            If `X` or a parameter is refused; nothing is trained then.
        DivergenceError
            If the loss is no longer finite.
        """
        plan = None if self.noise is None else plan_noise_model(self.noise, self.level)
        model = self._choose_model(X)
        model = model.fit(X) if plan is None else model.fit_denoising(X, plan)
        self.estimator_ = model
        remember_features(self, model.n_features_in_, getattr(model, "feature_names_in_", None))
        return self

    def transform(self, X: Any) -> Any:
        """Take the noise off.

        Parameters
        ----------
        X : table or images like the fitted
            Noisy rows.

        Returns
        -------
        table or images
            In the container and types of the fitted; lists of rows come back as an array.
        """
        check_is_fitted(self)
        return as_transformed(self.estimator_.reconstruct(X), X)

    def get_feature_names_out(self, input_features: Any = None) -> np.ndarray:
        """Give the names of the columns, which are those of the fitted table.

        Parameters
        ----------
        input_features : array-like of str or None, default=None
            Names of the columns of a table without names.

        Returns
        -------
        ndarray of str
        """
        check_is_fitted(self)
        return check_feature_names_in(self, input_features)

    def _choose_model(self, X: Any) -> VAE:
        if self.estimator is not None:
            model = clone(self.estimator)
        elif self.noise is not None and is_image_array(X):
            model = VAE(network="spatial", beta=IMAGE_BETA)
        else:
            model = VAE(numeric_encoding="standardize", prior="standard_normal")
        if self.random_state is not None:
            model.set_params(random_state=self.random_state)
        return model

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags = VAE().__sklearn_tags__().input_tags
        tags.transformer_tags.preserves_dtype = []
        return tags

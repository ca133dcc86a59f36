"""Noise taken off images and tables."""

from __future__ import annotations

import numbers
from collections.abc import Callable
from typing import Any, ClassVar, Self

import numpy as np
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.utils.validation import check_is_fitted

from vaesynth._sklearn import StrOptions, check_feature_names_in, fit_context
from vaesynth._whole_fit import whole_fit
from vaesynth.applications._filling._noise_models import NOISES, plan_noise_model
from vaesynth.applications._filling._partial_tables import as_transformed
from vaesynth.estimators import (
    CLIENT_CONSTRAINTS,
    VAE,
    adapt_model,
    fit_denoising,
    is_image_array,
    remember_features,
)
from vaesynth.saving import Savable

# Learned from noisy rows, or a table: numbers stay as they are but for their units, so that noise stays normal.
RECIPE = {"numeric_encoding": "standardize", "prior": "standard_normal"}
# Latents on a grid let detail survive. Nobody draws new images from this model: the KL term need only keep the latents
# in bounds.
IMAGE_RECIPE = {"network": "spatial", "beta": 0.01}


class VAEDenoiser(Savable, TransformerMixin, BaseEstimator):
    r"""Take noise off images and tables, learned from clean rows and a noise model or from noisy rows alone.

    With a noise model each training step puts new noise on clean rows: the encoder reads the noisy rows, and the
    likelihood is that of the clean ones (a denoising VAE). With ``noise=None`` the rows of `fit` are noisy themselves.
    A VAE then learns each row as the output of its decoder plus normal noise whose scale it learns; what its few
    latents cannot follow is taken for noise. In both cases :meth:`transform` returns the decoder's mean at the
    posterior mean of a noisy row; it draws nothing.

    Parameters
    ----------
    model : VAE or None, default=None
        The model to train; a copy of it is trained. None is ``VAE()``. What is "auto" in the model is chosen here: for
        images with a noise model ``network="spatial"``, whose latents lie on a grid so that detail survives, and
        ``beta=0.01``; for tables, and without a noise model, ``numeric_encoding="standardize"`` and
        ``prior="standard_normal"``.
    noise : {"gaussian", "masking", "salt_and_pepper"}, callable or None, default="gaussian"
        The noise model. "gaussian" adds normal noise of standard deviation `level`. "masking" and "salt_and_pepper"
        hit a share `level` of the cells. A masked pixel becomes 0, a masked number the mean of its column. Salt and
        pepper makes a pixel 0 or 1 with equal chances, and a number the smallest or largest of its column. A category
        that is hit becomes any category of its column. A callable ``noise(X, random_state)`` returns a noisy copy of
        `X`, a batch of rows in the user's own container, and draws from the numpy `RandomState` alone. None says that
        the rows of `fit` are noisy.
    level : float or (float, float), default=(0.05, 0.4)
        Level of the noise. For "gaussian" it is in units of pixels between 0 and 1, or of standard deviations of a
        column. With a range every row in a step has a level of its own, so that one model serves all levels in it.
        Has no effect where `noise` is a callable or None.
    n_jobs : int or None, default=None
        Threads; None leaves their number to `model`. Nothing depends on it.
    random_state : int, RandomState instance or None, default=None
        Source of all randomness; None leaves it to that of `model`.
    verbose : bool or int, default=False
        Whether to show a progress bar with the loss.

    Attributes
    ----------
    model_ : VAE
        The trained model.
    n_features_in_ : int
        Number of columns, or of pixels times channels.
    feature_names_in_ : ndarray of str, shape (n_features_in_,)
        Column names, where they are all strings.

    Notes
    -----
    Images between 0 and 1 should be floats: noise leaves that range, and bytes cannot hold it.

    Use `VAEImputer` for missing cells: it is told which cells are wrong, where a denoiser has to guess.

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
    >>> denoiser = VAEDenoiser(VAE(network="dense", max_iter=20), level=0.3, random_state=0)
    >>> error = np.square(denoiser.fit(X).transform(noisy) - X).mean()
    >>> bool(error < 0.5 * np.square(noisy - X).mean())
    True
    """

    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {
        **CLIENT_CONSTRAINTS,
        "noise": [StrOptions(set(NOISES)), callable, None],
        "level": [numbers.Real, "array-like"],
    }

    def __init__(
        self,
        model: VAE | None = None,
        *,
        noise: str | Callable[..., Any] | None = "gaussian",
        level: Any = (0.05, 0.4),
        n_jobs: int | None = None,
        random_state: Any = None,
        verbose: bool | int = False,
    ) -> None:
        self.model = model
        self.noise = noise
        self.level = level
        self.n_jobs = n_jobs
        self.random_state = random_state
        self.verbose = verbose

    @whole_fit
    @fit_context(prefer_skip_nested_validation=False)
    def fit(self, X: Any, y: Any = None) -> Self:  # noqa: ARG002
        """Fit the model to rows and noise.

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
        model = model.fit(X) if plan is None else fit_denoising(model, X, plan)
        self.model_ = model
        remember_features(self, model.n_features_in_, getattr(model, "feature_names_in_", None))
        return self

    def transform(self, X: Any) -> Any:
        """Return rows with the noise taken off.

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
        return as_transformed(self.model_.reconstruct(X), X)

    def get_feature_names_out(self, input_features: Any = None) -> np.ndarray:
        """Return the names of the columns, which are those of the fitted table.

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
        learns_images = self.noise is not None and is_image_array(X)
        recipe = IMAGE_RECIPE if learns_images else RECIPE
        model = VAE() if self.model is None else self.model
        return adapt_model(self, model, recipe)

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags = VAE().__sklearn_tags__().input_tags
        tags.transformer_tags.preserves_dtype = []
        return tags

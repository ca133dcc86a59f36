"""Images that a model has drawn."""

from __future__ import annotations

import math
from typing import Any, Self

import numpy as np

from vaesynth.plotting._images._mosaic import MosaicDisplay, check_images


class GeneratedImagesDisplay(MosaicDisplay):
    """Grid of generated images.

    Parameters
    ----------
    images : ndarray of shape (n_images, height, width) or (n_images, n_channels, height, width)
        The images.

    Attributes
    ----------
    ax_, figure_, im_ : Axes, Figure, AxesImage
        What was drawn, after :meth:`plot`.

    Examples
    --------
    >>> from vaesynth import VAE
    >>> from vaesynth.datasets import make_shapes
    >>> from vaesynth.plotting import GeneratedImagesDisplay
    >>> images, _ = make_shapes(100, image_size=8, random_state=0)
    >>> vae = VAE(latent_dim=2, beta=0.1, max_iter=50, random_state=0).fit(images)
    >>> display = GeneratedImagesDisplay.from_estimator(vae, 16, random_state=0)
    >>> display.images.shape
    (16, 8, 8)
    """

    def __init__(self, images: Any) -> None:
        self.images = check_images(images)

    @classmethod
    def from_estimator(
        cls,
        estimator: Any,
        n_images: int = 16,
        *,
        y: Any = None,
        random_state: Any = None,
        n_cols: int | None = None,
        ax: Any = None,
        **imshow_kwargs: Any,
    ) -> Self:
        """Draw images from a fitted estimator and plot them.

        Parameters
        ----------
        estimator : estimator of images with ``sample``
            The fitted model.
        n_images : int, default=16
            Number of images.
        y : label or array-like, optional
            Class of the images, for an estimator with classes.
        random_state : int, RandomState instance or None, default=None
            Seed of the draw.
        n_cols : int, optional
            Images in a row; by default as many as rows.
        ax : Axes, optional
            Where to plot; a new figure by default.
        **imshow_kwargs : dict
            Passed to ``Axes.imshow``.

        Returns
        -------
        GeneratedImagesDisplay
        """
        given = {} if y is None else {"y": y}
        images = estimator.sample(n_images, random_state=random_state, **given)
        return cls(images).plot(n_cols=n_cols, ax=ax, **imshow_kwargs)

    def plot(self, *, n_cols: int | None = None, ax: Any = None, **imshow_kwargs: Any) -> Self:
        """Plot the images; parameters as in :meth:`from_estimator`."""
        n_cols = math.ceil(math.sqrt(len(self.images))) if n_cols is None else n_cols
        self._plot_mosaic(self.images, n_cols, ax, **imshow_kwargs)
        return self


class ReconstructionDisplay(MosaicDisplay):
    """Images in a row and, below them, what a model makes of them.

    Parameters
    ----------
    originals, reconstructions : ndarray of shape (n_images, height, width) or (n_images, n_channels, height, width)
        The images.

    Attributes
    ----------
    ax_, figure_, im_ : Axes, Figure, AxesImage
        What was drawn, after :meth:`plot`.

    Examples
    --------
    >>> from vaesynth import VAE
    >>> from vaesynth.datasets import make_shapes
    >>> from vaesynth.plotting import ReconstructionDisplay
    >>> images, _ = make_shapes(100, image_size=8, random_state=0)
    >>> vae = VAE(latent_dim=2, beta=0.1, max_iter=50, random_state=0).fit(images)
    >>> ReconstructionDisplay.from_estimator(vae, images[:8]).reconstructions.shape
    (8, 8, 8)
    """

    def __init__(self, originals: Any, reconstructions: Any) -> None:
        self.originals = check_images(originals)
        self.reconstructions = check_images(reconstructions)
        if self.originals.shape != self.reconstructions.shape:
            raise ValueError(
                "originals and reconstructions must have one shape, got "
                f"{self.originals.shape} and {self.reconstructions.shape}"
            )

    @classmethod
    def from_estimator(
        cls, estimator: Any, X: Any, *, ax: Any = None, **imshow_kwargs: Any
    ) -> Self:
        """Reconstruct images by a fitted estimator and plot both.

        Parameters
        ----------
        estimator : estimator of images with ``reconstruct``
            The fitted model.
        X : ndarray of images
            As many as are to stand in a row.
        ax : Axes, optional
            Where to plot; a new figure by default.
        **imshow_kwargs : dict
            Passed to ``Axes.imshow``.

        Returns
        -------
        ReconstructionDisplay
        """
        return cls(X, estimator.reconstruct(X)).plot(ax=ax, **imshow_kwargs)

    def plot(self, *, ax: Any = None, **imshow_kwargs: Any) -> Self:
        """Plot originals above reconstructions; parameters as in :meth:`from_estimator`."""
        both = np.concatenate([self.originals, self.reconstructions])
        self._plot_mosaic(both, len(self.originals), ax, **imshow_kwargs)
        height = self.originals.shape[-2]
        labels = ["original", "reconstruction"]
        self.ax_.set_yticks([height / 2, height * 1.5 + 1], labels)
        self.ax_.tick_params(length=0)
        return self

"""Grids of images: generated images, reconstructions, and noisy images beside denoised ones."""

from __future__ import annotations

import math
from typing import Any, Self

import numpy as np

from vaesynth.plotting._display import AxesDisplay

GAP = 1


class MosaicDisplay(AxesDisplay):
    """Base of the displays of images in rows and columns, drawn on one pair of axes."""

    ax_: Any
    figure_: Any
    im_: Any

    def _plot_mosaic(self, images: np.ndarray, n_cols: int, ax: Any, **imshow_kwargs: Any) -> None:
        ax = self._take_axes(ax, (n_cols, -(-len(images) // n_cols)))
        low, high = brightness_range(images)
        options = {"cmap": "gray", "vmin": low, "vmax": high, **imshow_kwargs}
        self.im_ = ax.imshow(make_mosaic(images, n_cols), **options)
        ax.set_xticks([])
        ax.set_yticks([])


def make_mosaic(images: np.ndarray, n_cols: int) -> np.ndarray:
    """Put images side by side, `n_cols` in a row, with a gap of one pixel between them.

    Parameters
    ----------
    images : ndarray of shape (n_images, height, width) or (n_images, n_channels, height, width)
        One or three channels.
    n_cols : int
        Images in a row.

    Returns
    -------
    ndarray of float, shape (n_rows * (height + 1) - 1, n_cols * (width + 1) - 1) or the same with three channels last
        NaN in the gaps of grey images; colours between 0 and 1, white in the gaps.

    Examples
    --------
    >>> import numpy as np
    >>> make_mosaic(np.zeros((3, 4, 4)), 2).shape
    (9, 9)
    """
    bricks = _channels_last(images)
    n_images, height, width, n_channels = bricks.shape
    if n_channels not in (1, 3):
        raise ValueError(f"images must have one or three channels to be drawn, got {n_channels}")
    if n_channels == 3:
        low, high = brightness_range(images)
        bricks = ((bricks - low) / (high - low)).clip(0, 1)
    n_rows = -(-n_images // n_cols)
    empty = np.nan if n_channels == 1 else 1.0
    wall = np.full((n_rows * n_cols, height + GAP, width + GAP, n_channels), empty)
    wall[:n_images, :height, :width] = bricks
    wall = wall.reshape(n_rows, n_cols, *wall.shape[1:]).swapaxes(1, 2)
    flat = wall.reshape(n_rows * (height + GAP), n_cols * (width + GAP), n_channels)
    return flat[:-GAP, :-GAP].squeeze(2) if n_channels == 1 else flat[:-GAP, :-GAP]


def brightness_range(images: np.ndarray) -> tuple[float, float]:
    """Return the values of black and white: 0 and 255 for bytes, else 0 and 1, or the extremes if they lie beyond.

    Examples
    --------
    >>> import numpy as np
    >>> brightness_range(np.zeros(2, np.uint8)), brightness_range(np.array([-1.0, 0.5]))
    ((0.0, 255.0), (-1.0, 1.0))
    """
    if images.dtype == np.uint8:
        return 0.0, 255.0
    return float(min(0, images.min())), float(max(1, images.max()))


def check_images(images: Any) -> np.ndarray:
    """Return the images as an array, once they are found to be images.

    Raises
    ------
    ValueError
        If they are not of shape (n_images, height, width) or (n_images, n_channels, height, width), or none.

    Examples
    --------
    >>> import numpy as np
    >>> check_images(np.zeros((2, 8, 8))).shape
    (2, 8, 8)
    """
    array = np.asarray(images)
    if array.ndim not in (3, 4) or len(array) == 0:
        raise ValueError(
            "images must have shape (n_images, height, width) or (n_images, n_channels, height, width), "
            f"got {array.shape}"
        )
    return array


def _channels_last(images: np.ndarray) -> np.ndarray:
    bricks = images[:, None] if images.ndim == 3 else images
    return np.moveaxis(bricks.astype(float), 1, 3)


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
            The images of the row.
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


class DenoisedImagesDisplay(MosaicDisplay):
    """Noisy images in a row, below them what a denoiser makes of them and, where they are known, the clean ones.

    Parameters
    ----------
    noisy, denoised : ndarray of shape (n_images, height, width) or (n_images, n_channels, height, width)
        The images.
    clean : ndarray of the same shape, optional
        What the noise was put on.

    Attributes
    ----------
    ax_, figure_, im_ : Axes, Figure, AxesImage
        What was drawn, after :meth:`plot`.

    Examples
    --------
    >>> import numpy as np
    >>> from vaesynth import VAE
    >>> from vaesynth.applications import VAEDenoiser
    >>> from vaesynth.datasets import make_shapes
    >>> from vaesynth.plotting import DenoisedImagesDisplay
    >>> clean = make_shapes(100, image_size=8, random_state=0)[0] / 255
    >>> model = VAE(network="dense", latent_dim=2, beta=0.1, max_iter=50)
    >>> denoiser = VAEDenoiser(model, level=0.2, random_state=0).fit(clean)
    >>> noisy = clean[:8] + 0.2 * np.random.default_rng(0).normal(size=(8, 8, 8))
    >>> DenoisedImagesDisplay.from_estimator(denoiser, noisy, clean[:8]).denoised.shape
    (8, 8, 8)
    """

    def __init__(self, noisy: Any, denoised: Any, clean: Any = None) -> None:
        self.noisy = check_images(noisy)
        self.denoised = check_images(denoised)
        self.clean = None if clean is None else check_images(clean)
        for images in (self.denoised, self.clean):
            if images is not None and images.shape != self.noisy.shape:
                raise ValueError(
                    f"all images must have the shape of the noisy ones, {self.noisy.shape}, got {images.shape}"
                )

    @classmethod
    def from_estimator(
        cls, estimator: Any, X: Any, clean: Any = None, *, ax: Any = None, **imshow_kwargs: Any
    ) -> Self:
        """Take the noise off images by a fitted denoiser and plot both.

        Parameters
        ----------
        estimator : transformer of images
            The fitted denoiser.
        X : ndarray of images
            The noisy images of the row.
        clean : ndarray of images, optional
            What the noise was put on, for a third row.
        ax : Axes, optional
            Where to plot; a new figure by default.
        **imshow_kwargs : dict
            Passed to ``Axes.imshow``.

        Returns
        -------
        DenoisedImagesDisplay
        """
        return cls(X, estimator.transform(X), clean).plot(ax=ax, **imshow_kwargs)

    def plot(self, *, ax: Any = None, **imshow_kwargs: Any) -> Self:
        """Plot the rows; parameters as in :meth:`from_estimator`.

        Black and white are those of the clean images, or of the denoised ones: noise beyond them is cut.
        """
        rows = {"noisy": self.noisy, "denoised": self.denoised}
        if self.clean is not None:
            rows["clean"] = self.clean
        quiet = self.denoised if self.clean is None else self.clean
        options = {"vmin": float(quiet.min()), "vmax": float(quiet.max()), **imshow_kwargs}
        images = np.concatenate(list(rows.values()))
        self._plot_mosaic(images, len(self.noisy), ax, **options)
        height = self.noisy.shape[-2]
        middles = [height / 2 + place * (height + GAP) for place in range(len(rows))]
        self.ax_.set_yticks(middles, list(rows))
        self.ax_.tick_params(length=0)
        return self

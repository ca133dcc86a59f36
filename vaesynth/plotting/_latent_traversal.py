"""Images that show how each latent changes an image."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Self

import numpy as np

from vaesynth.plotting._image_grids import MosaicDisplay, check_images


class LatentTraversalDisplay(MosaicDisplay):
    """A row of images for each latent, along which it alone changes.

    Parameters
    ----------
    images : ndarray of shape (n_latents * n_values, height, width) or (…, n_channels, height, width)
        The images, all of the first latent first.
    latents : sequence of int
        Which latents they are.
    values : sequence of float
        Values of the latent from left to right.

    Attributes
    ----------
    ax_, figure_, im_ : Axes, Figure, AxesImage
        What was drawn, after :meth:`plot`.

    Examples
    --------
    >>> from vaesynth import VAE
    >>> from vaesynth.datasets import make_shapes
    >>> from vaesynth.plotting import LatentTraversalDisplay
    >>> images, _ = make_shapes(100, image_size=8, random_state=0)
    >>> vae = VAE(latent_dim=3, beta=0.1, max_iter=50, random_state=0).fit(images)
    >>> LatentTraversalDisplay.from_estimator(vae, values=[-2, 0, 2]).images.shape
    (9, 8, 8)
    """

    def __init__(self, images: Any, latents: Sequence[int], values: Sequence[float]) -> None:
        self.images = check_images(images)
        self.latents = list(latents)
        self.values = list(values)
        if len(self.images) != len(self.latents) * len(self.values):
            raise ValueError(
                f"there must be an image for each of {len(self.latents)} latents and {len(self.values)} values, "
                f"got {len(self.images)}"
            )

    @classmethod
    def from_estimator(
        cls,
        estimator: Any,
        x: Any = None,
        *,
        y: Any = None,
        latents: Sequence[int] | None = None,
        values: Sequence[float] = tuple(np.linspace(-3, 3, 9)),
        ax: Any = None,
        **imshow_kwargs: Any,
    ) -> Self:
        """Decode images along each latent and plot them.

        Parameters
        ----------
        estimator : estimator of images with ``transform``, ``inverse_transform`` and ``latent_dim_``
            The fitted model.
        x : ndarray of shape (height, width) or (n_channels, height, width), optional
            The image whose latents are kept where they do not change; by default they are 0.
        y : label, optional
            Class of the images, for an estimator with classes.
        latents : sequence of int, optional
            Which latents to change; by default all.
        values : sequence of float, default=nine from -3 to 3
            Values of the latent from left to right.
        ax : Axes, optional
            Where to plot; a new figure by default.
        **imshow_kwargs : dict
            Passed to ``Axes.imshow``.

        Returns
        -------
        LatentTraversalDisplay
        """
        given = {} if y is None else {"y": [y]}
        start = np.zeros((1, estimator.latent_dim_))
        if x is not None:
            start = np.asarray(estimator.transform(np.asarray(x)[None], **given), dtype=float)
        latents = range(start.shape[1]) if latents is None else latents
        points = np.repeat(start, len(latents) * len(values), axis=0)
        for row, latent in enumerate(latents):
            points[row * len(values) : (row + 1) * len(values), latent] = values
        classes = {} if y is None else {"y": [y] * len(points)}
        images = estimator.inverse_transform(points, **classes)
        return cls(images, latents, values).plot(ax=ax, **imshow_kwargs)

    def plot(self, *, ax: Any = None, **imshow_kwargs: Any) -> Self:
        """Plot the images; parameters as in :meth:`from_estimator`."""
        self._plot_mosaic(self.images, len(self.values), ax, **imshow_kwargs)
        height, width = self.images.shape[-2:]
        rows, columns = np.arange(len(self.latents)), np.arange(len(self.values))
        self.ax_.set_yticks(rows * (height + 1) + height / 2, [str(j) for j in self.latents])
        ticks = [f"{value:.3g}" for value in self.values]
        self.ax_.set_xticks(columns * (width + 1) + width / 2, ticks)
        self.ax_.tick_params(length=0)
        self.ax_.set(ylabel="latent", xlabel="value")
        return self

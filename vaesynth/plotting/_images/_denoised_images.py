"""Noisy images and what a denoiser makes of them."""

from __future__ import annotations

from typing import Any, Self

import numpy as np

from vaesynth.plotting._images._mosaic import GAP, MosaicDisplay, check_images


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
            Noisy images, as many as are to stand in a row.
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

"""What a lossy compressor makes of images: bits against error."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Self

import numpy as np

from vaesynth.plotting._display import AxesDisplay
from vaesynth.plotting._images._mosaic import brightness_range, check_images


class RateDistortionDisplay(AxesDisplay):
    """Peak signal-to-noise ratio of decompressed images against the bits they take, one point for each quality.

    Parameters
    ----------
    curves : mapping of str to array-like of shape (n_points, 2)
        Bits per pixel and decibels, by the name of the compressor.

    Attributes
    ----------
    ax_, figure_ : Axes, Figure
        What was drawn, after :meth:`plot`.
    lines_ : list of Line2D
        One line for each compressor.

    Examples
    --------
    >>> from sklearn.datasets import load_digits
    >>> from vaesynth.applications import VQVAECompressor
    >>> from vaesynth.plotting import RateDistortionDisplay
    >>> X = load_digits().images
    >>> compressor = VQVAECompressor(distortion_weights=[20, 200], max_iter=2, random_state=0)
    >>> display = RateDistortionDisplay.from_estimator(compressor.fit(X[:200]), X[200:300])
    >>> display.curves["VQVAECompressor"].shape
    (2, 2)
    """

    def __init__(self, curves: Mapping[str, Any]) -> None:
        self.curves = {name: _check_curve(name, curve) for name, curve in curves.items()}

    @classmethod
    def from_estimator(
        cls,
        estimator: Any,
        X: Any,
        *,
        others: Mapping[str, Any] | None = None,
        ax: Any = None,
        **line_kwargs: Any,
    ) -> Self:
        """Compress images at every quality, and plot.

        Parameters
        ----------
        estimator : VQVAECompressor
            Fitted, with loss.
        X : ndarray of images
            What to compress, as one stream for each quality.
        others : mapping of str to array-like of shape (n_points, 2), optional
            Curves of other compressors.
        ax : Axes, optional
            Where to plot; a new figure by default.
        **line_kwargs : dict
            Passed to ``Axes.plot``.

        Returns
        -------
        RateDistortionDisplay
        """
        X = check_images(X)
        streams = [estimator.compress(X, quality) for quality in range(estimator.n_qualities_)]
        curve = [
            (8 * len(stream) / X.size, _decibels(X, estimator.decompress(stream)))
            for stream in streams
        ]
        curves = {type(estimator).__name__: curve, **(others or {})}
        return cls(curves).plot(ax=ax, **line_kwargs)

    def plot(self, *, ax: Any = None, **line_kwargs: Any) -> Self:
        """Plot the curves; parameters as in :meth:`from_estimator`."""
        ax = self._take_axes(ax)
        self.lines_ = []
        for name, curve in self.curves.items():
            options = {"marker": "o", **line_kwargs}
            self.lines_ += ax.plot(curve[:, 0], curve[:, 1], label=name, **options)
        ax.set(xlabel="bits per pixel", ylabel="peak signal-to-noise ratio, dB")
        ax.legend()
        return self


def _check_curve(name: str, curve: Any) -> np.ndarray:
    points = np.asarray(curve, dtype=float)
    if points.ndim != 2 or points.shape[1] != 2 or len(points) == 0:
        raise ValueError(f"curves must have shape (n_points, 2), got {points.shape} for {name!r}")
    return points


def _decibels(X: np.ndarray, back: np.ndarray) -> float:
    low, high = brightness_range(X)
    error = np.mean((X.astype(float) - back) ** 2)
    return float(10 * np.log10((high - low) ** 2 / max(error, 1e-12)))

"""Curves of training and of what a latent costs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Self

import numpy as np

from vaesynth.plotting._display import AxesDisplay
from vaesynth.plotting._image_grids import brightness_range, check_images


class LossCurveDisplay(AxesDisplay):
    """Terms of the objective over the epochs.

    Parameters
    ----------
    terms : mapping of str to sequence of float
        Nats per row in each epoch, by the name of the term.
    best_iter : int, optional
        Epoch whose weights were kept, counted from 1.

    Attributes
    ----------
    ax_, figure_ : Axes, Figure
        What was drawn, after :meth:`plot`.
    lines_ : list of Line2D
        One line for each term.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from vaesynth import VAE
    >>> from vaesynth.plotting import LossCurveDisplay
    >>> vae = VAE(max_iter=20, random_state=0).fit(load_iris().data)
    >>> sorted(LossCurveDisplay.from_estimator(vae).terms)
    ['kl', 'loss', 'reconstruction']
    """

    def __init__(self, terms: Mapping[str, Sequence[float]], best_iter: int | None = None) -> None:
        self.terms = {name: list(values) for name, values in terms.items()}
        self.best_iter = best_iter

    @classmethod
    def from_estimator(cls, estimator: Any, *, ax: Any = None, **line_kwargs: Any) -> Self:
        """Plot the history of a fitted estimator.

        Parameters
        ----------
        estimator : estimator with ``history_``
            The fitted model, or a fitted `CVAESampler`.
        ax : Axes, optional
            Where to plot; a new figure by default.
        **line_kwargs : dict
            Passed to ``Axes.plot``.

        Returns
        -------
        LossCurveDisplay
        """
        history = estimator.history_
        return cls(history.terms, history.best_iter).plot(ax=ax, **line_kwargs)

    def plot(self, *, ax: Any = None, **line_kwargs: Any) -> Self:
        """Plot the terms; parameters as in :meth:`from_estimator`."""
        ax = self._take_axes(ax)
        self.lines_ = []
        for name, values in self.terms.items():
            label = name.replace("_", " ")
            self.lines_ += ax.plot(range(1, len(values) + 1), values, label=label, **line_kwargs)
        if self.best_iter is not None and self.best_iter < max(map(len, self.terms.values())):
            ax.axvline(self.best_iter, color="grey", linestyle=":", label="weights kept")
        ax.set(xlabel="epoch", ylabel="nats per row")
        ax.legend()
        return self


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

"""Map of rows in two dimensions of the latent space."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Self

import numpy as np

from vaesynth._optional import import_optional
from vaesynth.plotting._display import AxesDisplay


class LatentMapDisplay(AxesDisplay):
    """Scatter plot of two latents, with a colour for each class.

    Parameters
    ----------
    points : ndarray of shape (n_samples, 2)
        Latent points.
    labels : ndarray of shape (n_samples,), optional
        Classes of the points.
    latents : pair of int, default=(0, 1)
        Which latents they are, for the axes.

    Attributes
    ----------
    ax_, figure_ : Axes, Figure
        What was drawn, after :meth:`plot`.
    scatters_ : list of PathCollection
        The points, one collection a class.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from vaesynth import VAE
    >>> from vaesynth.plotting import LatentMapDisplay
    >>> X, y = load_iris(return_X_y=True)
    >>> vae = VAE(latent_dim=4, max_iter=20, random_state=0).fit(X)
    >>> LatentMapDisplay.from_estimator(vae, X, y).points.shape
    (150, 2)
    """

    def __init__(self, points: Any, labels: Any = None, latents: Sequence[int] = (0, 1)) -> None:
        self.points = np.asarray(points)
        self.labels = None if labels is None else np.asarray(labels)
        self.latents = tuple(latents)
        if self.points.ndim != 2 or self.points.shape[1] != 2:
            raise ValueError(f"points must have shape (n_samples, 2), got {self.points.shape}")
        if self.labels is not None and len(self.labels) != len(self.points):
            raise ValueError(
                f"there must be a label for each of {len(self.points)} points, got {len(self.labels)}"
            )

    @classmethod
    def from_estimator(
        cls,
        estimator: Any,
        X: Any,
        y: Any = None,
        *,
        latents: Sequence[int] | str = "auto",
        ax: Any = None,
        **scatter_kwargs: Any,
    ) -> Self:
        """Encode rows by a fitted estimator and plot them.

        Parameters
        ----------
        estimator : estimator with ``transform``
            The fitted model.
        X : table or images like the fitted
            What to encode.
        y : array-like of shape (n_samples,), optional
            Classes, for the colours alone.
        latents : pair of int or "auto", default="auto"
            Which latents to show; "auto" takes the two that vary most.
        ax : Axes, optional
            Where to plot; a new figure by default.
        **scatter_kwargs : dict
            Passed to ``Axes.scatter``.

        Returns
        -------
        LatentMapDisplay

        Raises
        ------
        ValueError
            If the estimator has fewer than two latents, or `latents` is no pair of them.
        """
        encoded = np.asarray(estimator.transform(X))
        pair = _choose_latents(encoded, latents)
        return cls(encoded[:, pair], y, pair).plot(ax=ax, **scatter_kwargs)

    def plot(self, *, ax: Any = None, **scatter_kwargs: Any) -> Self:
        """Plot the points; parameters as in :meth:`from_estimator`."""
        ax = self._take_axes(ax)
        options = {"s": 8, "alpha": 0.6, **scatter_kwargs}
        groups = [(None, slice(None))]
        if self.labels is not None:
            groups = [(label, self.labels == label) for label in np.unique(self.labels)]
        cycle = _colours(len(groups))
        self.scatters_ = [
            ax.scatter(*self.points[members].T, label=label, **{"color": colour, **options})
            for (label, members), colour in zip(groups, cycle, strict=True)
        ]
        if self.labels is not None:
            ax.legend(markerscale=2, fontsize="small")
        ax.set(xlabel=f"latent {self.latents[0]}", ylabel=f"latent {self.latents[1]}")
        return self


def _choose_latents(encoded: np.ndarray, latents: Sequence[int] | str) -> list[int]:
    n_latents = encoded.shape[1]
    if n_latents < 2:
        raise ValueError(f"a map must have at least two latents, got {n_latents}")
    if isinstance(latents, str):
        return sorted(np.argsort(-encoded.var(axis=0), kind="stable")[:2].tolist())
    pair = [int(latent) for latent in latents]
    if len(pair) != 2 or not all(0 <= latent < n_latents for latent in pair):
        raise ValueError(
            f"`latents` must be 'auto' or two numbers from 0 to {n_latents - 1}, got {latents!r}"
        )
    return pair


def _colours(n_classes: int) -> list[Any]:
    """Return distinct colours: those of the qualitative map if there are enough, else those of a continuous map."""
    colormaps = import_optional("matplotlib", "plot").colormaps
    if n_classes <= 10:
        return list(colormaps["tab10"].colors[:n_classes])
    return list(colormaps["turbo"](np.linspace(0, 1, n_classes)))

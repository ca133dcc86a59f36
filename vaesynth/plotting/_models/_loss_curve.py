"""How training went."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Self

from vaesynth.plotting._display import AxesDisplay


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

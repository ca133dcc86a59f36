"""Scores of a detector with its threshold, and what columns add to the score of a row."""

from __future__ import annotations

from typing import Any, Self

import numpy as np
import pandas as pd

from vaesynth.plotting._display import AxesDisplay


class OutlierScoresDisplay(AxesDisplay):
    """Histogram of the scores of normal rows and of others, with the threshold.

    Parameters
    ----------
    normal : ndarray of shape (n_normal,)
        Scores of normal rows.
    scores : ndarray of shape (n_samples,)
        Scores of the rows that are judged.
    threshold : float
        Score below which a row is an outlier; it is drawn where it is finite.

    Attributes
    ----------
    ax_, figure_ : Axes, Figure
        What was drawn, after :meth:`plot`.
    histograms_ : list of BarContainer
        That of the normal rows, and that of the others.

    Examples
    --------
    >>> import numpy as np
    >>> from vaesynth.plotting import OutlierScoresDisplay
    >>> rng = np.random.default_rng(0)
    >>> display = OutlierScoresDisplay(rng.normal(size=50), rng.normal(-3, 1, 20), -2.0).plot()
    >>> len(display.histograms_)
    2
    """

    def __init__(self, normal: np.ndarray, scores: np.ndarray, threshold: float) -> None:
        self.normal = np.asarray(normal, dtype=float)
        self.scores = np.asarray(scores, dtype=float)
        self.threshold = float(threshold)
        if not len(self.normal) + len(self.scores):
            raise ValueError("there must be a score to draw, got none")

    @classmethod
    def from_estimator(cls, detector: Any, X: Any, *, ax: Any = None, **hist_kwargs: Any) -> Self:
        """Plot the scores of rows, and those of the rows that the fitted detector held out.

        Parameters
        ----------
        detector : VAEOutlierDetector
            A fitted detector.
        X : table or images like the fitted
            Rows to judge.
        ax : Axes, optional
            Where to plot; a new figure by default.
        **hist_kwargs : dict
            Passed to ``Axes.hist``.

        Returns
        -------
        OutlierScoresDisplay
        """
        scores = detector.score_samples(X)
        display = cls(detector.calibration_scores_, scores, detector.offset_)
        return display.plot(ax=ax, **hist_kwargs)

    def plot(self, *, ax: Any = None, **hist_kwargs: Any) -> Self:
        """Plot both histograms in the same bins; parameters as in :meth:`from_estimator`."""
        ax = self._take_axes(ax)
        everything = np.concatenate([self.normal, self.scores])
        # An extreme outlier would stretch the bins so much that all other rows share one.
        lowest = np.quantile(everything, 0.02)
        options = {"bins": np.linspace(lowest, everything.max() + 1e-9, 41), "alpha": 0.6}
        options |= {"density": True, **hist_kwargs}
        self.histograms_ = []
        for values, label in ((self.normal, "normal, held out"), (self.scores, "judged")):
            if len(values):
                bars = ax.hist(np.maximum(values, lowest), label=label, **options)[2]
                self.histograms_.append(bars)
        if np.isfinite(self.threshold):
            ax.axvline(self.threshold, color="black", linestyle="--", label="threshold")
        ax.set(xlabel="score (right is more normal)", ylabel="density")
        ax.legend(frameon=False)
        return self


class ContributionsDisplay(AxesDisplay):
    """Contributions of the columns to the score of one row, the largest first.

    Parameters
    ----------
    contributions : Series
        What each column adds, as a row of ``VAEOutlierDetector.feature_contributions``.

    Attributes
    ----------
    ax_, figure_ : Axes, Figure
        What was drawn, after :meth:`plot`.
    bars_ : BarContainer
        One bar for each column drawn.

    Examples
    --------
    >>> import pandas as pd
    >>> from vaesynth.plotting import ContributionsDisplay
    >>> display = ContributionsDisplay(pd.Series({"age": -0.2, "dose": -9.0})).plot()
    >>> [label.get_text() for label in display.ax_.get_yticklabels()]
    ['dose', 'age']
    """

    def __init__(self, contributions: pd.Series) -> None:
        self.contributions = pd.Series(contributions, dtype=float)
        if not len(self.contributions):
            raise ValueError("`contributions` must have a column, got none")

    @classmethod
    def from_estimator(
        cls, detector: Any, X: Any, *, n_columns: int = 10, ax: Any = None, **bar_kwargs: Any
    ) -> Self:
        """Plot the contributions to the score of the first row of a table.

        Parameters
        ----------
        detector : VAEOutlierDetector
            A fitted detector.
        X : table like the fitted
            Its first row is explained.
        n_columns : int, default=10
            Columns to draw at most.
        ax : Axes, optional
            Where to plot; a new figure by default.
        **bar_kwargs : dict
            Passed to ``Axes.barh``.

        Returns
        -------
        ContributionsDisplay
        """
        contributions = detector.feature_contributions(X).iloc[0]
        return cls(contributions).plot(n_columns=n_columns, ax=ax, **bar_kwargs)

    def plot(self, *, n_columns: int = 10, ax: Any = None, **bar_kwargs: Any) -> Self:
        """Plot the columns that add most or take most; parameters as in :meth:`from_estimator`."""
        if n_columns < 1:
            raise ValueError(f"`n_columns` must be at least 1, got {n_columns}")
        order = self.contributions.abs().sort_values(ascending=False, kind="stable").index
        chosen = self.contributions[order[:n_columns]]
        ax = self._take_axes(ax, (6.4, 1.2 + 0.3 * len(chosen)))
        colors = np.where(chosen < 0, "tab:red", "tab:blue")
        options = {"color": colors, **bar_kwargs}
        self.bars_ = ax.barh(range(len(chosen)), chosen, **options)
        ax.set_yticks(range(len(chosen)), [str(name) for name in chosen.index])
        ax.invert_yaxis()
        ax.axvline(0, color="grey", linewidth=1)
        ax.set_xlabel("added to the score beyond the usual")
        return self

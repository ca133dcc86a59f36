"""Differences between resamplers and no resampling."""

from __future__ import annotations

from typing import Any, Self

import numpy as np

from vaesynth.plotting._display import AxesDisplay

COLUMNS = ("classifier", "sampler", "metric", "difference", "lower", "upper")


class ResamplerComparisonDisplay(AxesDisplay):
    """Differences with their intervals, one line for each resampler, one colour for each classifier.

    Parameters
    ----------
    differences : DataFrame
        Columns classifier, sampler, difference, lower and upper; one row for each interval.
    metric : str
        What the differences are of, for the axis.

    Attributes
    ----------
    ax_, figure_ : Axes, Figure
        What was drawn, after :meth:`plot`.
    intervals_ : list of ErrorbarContainer
        The intervals, one container a classifier.

    Examples
    --------
    >>> import pandas as pd
    >>> from vaesynth.plotting import ResamplerComparisonDisplay
    >>> differences = pd.DataFrame(
    ...     [["tree", "SMOTE", "f1", 0.05, 0.01, 0.09], ["tree", "random", "f1", 0.02, -0.02, 0.06]],
    ...     columns=["classifier", "sampler", "metric", "difference", "lower", "upper"],
    ... )
    >>> display = ResamplerComparisonDisplay.from_differences(differences, "f1")
    >>> [label.get_text() for label in display.ax_.get_yticklabels()]
    ['SMOTE', 'random']
    """

    def __init__(self, differences: Any, metric: str) -> None:
        self.differences = differences
        self.metric = metric

    @classmethod
    def from_differences(
        cls, differences: Any, metric: str, *, ax: Any = None, **errorbar_kwargs: Any
    ) -> Self:
        """Plot one metric of a table of differences.

        Parameters
        ----------
        differences : DataFrame
            Columns classifier, sampler, metric, difference, lower and upper, as
            ``ResamplerComparison.differences`` returns them: a positive difference is better.
        metric : str
            Which rows to plot.
        ax : Axes, optional
            Where to plot; a new figure by default.
        **errorbar_kwargs : dict
            Passed to ``Axes.errorbar``.

        Returns
        -------
        ResamplerComparisonDisplay

        Raises
        ------
        ValueError
            If a column or the metric is not in the table.
        """
        missing = [name for name in COLUMNS if name not in differences.columns]
        if missing:
            raise ValueError(f"`differences` must have the columns {COLUMNS}, lacks {missing}")
        known = list(dict.fromkeys(differences["metric"]))
        if metric not in known:
            raise ValueError(f"`metric` must be one of {known}, got {metric!r}")
        chosen = differences[differences["metric"] == metric]
        return cls(chosen, metric).plot(ax=ax, **errorbar_kwargs)

    def plot(self, *, ax: Any = None, **errorbar_kwargs: Any) -> Self:
        """Plot the intervals; parameters as in :meth:`from_differences`."""
        samplers = list(dict.fromkeys(self.differences["sampler"]))
        classifiers = list(dict.fromkeys(self.differences["classifier"]))
        ax = self._take_axes(
            ax, (6.4, 1.2 + 0.25 * len(samplers) * (1 + len(classifiers)) ** 0.5 * 1.4)
        )
        options = {"fmt": "o", "capsize": 3, **errorbar_kwargs}
        spread = np.linspace(-0.25, 0.25, len(classifiers)) if len(classifiers) > 1 else [0.0]
        self.intervals_ = []
        for name, shift in zip(classifiers, spread, strict=True):
            rows = self.differences[self.differences["classifier"] == name]
            heights = np.array([samplers.index(sampler) for sampler in rows["sampler"]]) + shift
            centre = rows["difference"].to_numpy()
            reach = np.abs(rows[["lower", "upper"]].to_numpy().T - centre)
            drawn = ax.errorbar(centre, heights, xerr=reach, label=name, **options)
            self.intervals_.append(drawn)
        ax.axvline(0, color="grey", linewidth=1, zorder=0)
        ax.set_yticks(range(len(samplers)), samplers)
        ax.invert_yaxis()
        ax.set_xlabel(f"gain in {self.metric.replace('_', ' ')} (right of 0 is better)")
        ax.locator_params(axis="x", nbins=6)
        ax.legend(loc="lower left", bbox_to_anchor=(0, 1), frameon=False)
        return self

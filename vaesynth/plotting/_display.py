"""What the displays have in common."""

from __future__ import annotations

from typing import Any

from vaesynth._optional import import_optional


class AxesDisplay:
    """Base of the displays that are drawn on one pair of axes."""

    ax_: Any
    figure_: Any

    def _take_axes(self, ax: Any, figsize: tuple[float, float] | None = None) -> Any:
        """Return the axes to draw on, a new figure's where there are none, and publish them.

        Parameters
        ----------
        ax : Axes or None
            What the user gave.
        figsize : pair of float, optional
            Width and height of a new figure in inches; matplotlib's own by default.

        Returns
        -------
        ax : Axes
            The axes.
        """
        if ax is None:
            pyplot = import_optional("matplotlib.pyplot", "plot")
            _, ax = pyplot.subplots(figsize=figsize, layout="constrained")
        self.ax_, self.figure_ = ax, ax.figure
        return ax

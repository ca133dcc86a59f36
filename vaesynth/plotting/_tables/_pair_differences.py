"""How far the dependence of columns is from the real one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Self

import numpy as np

from vaesynth._optional import import_optional
from vaesynth.plotting._display import AxesDisplay
from vaesynth.plotting._tables._cell_text import shorten

MAX_NAME = 18
MAX_TICKS = 45
NOTHING = "#e1e4e8"


class PairDifferencesDisplay(AxesDisplay):
    """A square of colours: the difference of each pair of columns between two tables.

    Parameters
    ----------
    differences : ndarray of shape (n_features, n_features)
        Between 0, the same dependence in both tables, and 1; NaN where there is none to compare.
    names : sequence of str
        Names of the columns.

    Attributes
    ----------
    ax_, figure_, im_ : Axes, Figure, AxesImage
        What was drawn, after :meth:`plot`.

    Examples
    --------
    >>> import numpy as np
    >>> from vaesynth.plotting import PairDifferencesDisplay
    >>> differences = np.array([[np.nan, 0.1], [0.1, np.nan]])
    >>> display = PairDifferencesDisplay(differences, ["age", "income"]).plot()
    >>> [tick.get_text() for tick in display.ax_.get_xticklabels()]
    ['age', 'income']
    """

    def __init__(self, differences: Any, names: Sequence[str]) -> None:
        try:
            self.differences = np.asarray(differences, dtype=float)
        except (TypeError, ValueError) as error:
            raise ValueError(
                "`differences` must be numbers, one for each pair of columns, as "
                "`1 - vaesynth.metrics.pair_trend_scores(real, synthetic)` gives them, got a "
                f"{type(differences).__name__} of other cells"
            ) from error
        self.names = [str(name) for name in names]
        if self.differences.shape != (len(self.names),) * 2:
            raise ValueError(
                f"differences must have shape {(len(self.names),) * 2}, a row and a column for each name, "
                f"got {self.differences.shape}"
            )

    def plot(self, *, ax: Any = None, **imshow_kwargs: Any) -> Self:
        """Plot the square.

        Parameters
        ----------
        ax : Axes, optional
            Where to plot; a new figure by default.
        **imshow_kwargs : dict
            Passed to ``Axes.imshow``.

        Returns
        -------
        PairDifferencesDisplay
        """
        ax = self._take_axes(ax)
        shown = self.differences[np.isfinite(self.differences)]
        # Small differences stay pale: the colours reach full strength at 0.25 or beyond.
        highest = max(0.25, float(shown.max())) if len(shown) else 0.25
        colours = import_optional("matplotlib", "plot").colormaps["Reds"].with_extremes(bad=NOTHING)
        options = {"cmap": colours, "vmin": 0, "vmax": highest, **imshow_kwargs}
        self.im_ = ax.imshow(self.differences, **options)
        # Of many names every second, third and so on, so that none lies upon another.
        positions = np.arange(0, len(self.names), -(-len(self.names) // MAX_TICKS))
        names = [shorten(self.names[position], MAX_NAME) for position in positions]
        ax.set_xticks(positions, names, rotation=90)
        ax.set_yticks(positions, names)
        for text in (*ax.get_xticklabels(), *ax.get_yticklabels()):
            text.set_parse_math(False)
        ax.tick_params(length=0, labelsize="small")
        ax.figure.colorbar(self.im_, ax=ax, label="difference", shrink=0.7)
        return self

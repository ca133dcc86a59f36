"""How far the dependence of columns is from the real one."""

from __future__ import annotations

from typing import Any, Self

import numpy as np

from vaesynth._optional import import_optional
from vaesynth.metrics import pair_trend_scores
from vaesynth.plotting._display import AxesDisplay
from vaesynth.plotting._tables._cell_text import shorten

MAX_NAME = 18
MAX_TICKS = 45
NOTHING = "#e1e4e8"


class PairDifferencesDisplay(AxesDisplay):
    """A square of colours: how far the dependence of each pair of columns is from that of the real rows.

    Parameters
    ----------
    real : table of shape (n_real, n_features)
        Real rows, in any container that `TableEncoder` takes.
    synthetic : table of shape (n_synthetic, n_features)
        Generated rows with the same columns.
    categorical_features : "auto" or array-like, default="auto"
        Columns that are categories, as in `TableEncoder`.

    Attributes
    ----------
    differences : ndarray of shape (n_features, n_features)
        1 less `pair_trend_scores`: between 0, the same dependence in both tables, and 1; NaN where there is none to
        compare.
    names : list of str
        Names of the columns.
    ax_, figure_, im_ : Axes, Figure, AxesImage
        What was drawn, after :meth:`plot`.

    Raises
    ------
    ValueError
        If a table is empty or the columns differ.

    Examples
    --------
    >>> import pandas as pd
    >>> from vaesynth.plotting import PairDifferencesDisplay
    >>> real = pd.DataFrame({"age": [31, 47, 25, 60], "city": ["Rome", "Oslo", "Rome", "Oslo"]})
    >>> display = PairDifferencesDisplay(real, real.assign(age=[47, 31, 60, 25])).plot()
    >>> float(display.differences[0, 1]), [tick.get_text() for tick in display.ax_.get_xticklabels()]
    (1.0, ['age', 'city'])
    """

    def __init__(self, real: Any, synthetic: Any, *, categorical_features: Any = "auto") -> None:
        scores = pair_trend_scores(real, synthetic, categorical_features=categorical_features)
        self.differences = 1 - scores.to_numpy(dtype=float)
        self.names = [str(name) for name in scores.columns]

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

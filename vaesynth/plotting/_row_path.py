"""How the cells of a row change along a path."""

from __future__ import annotations

from typing import Any, Self

import numpy as np
import pandas as pd

from vaesynth._optional import import_optional
from vaesynth.plotting._display import AxesDisplay, as_frame, cell_text, has_order, shorten

LEVEL_COLOURS = ("#f2f3f5", "#d5d9de")


class RowPathDisplay(AxesDisplay):
    """A table of a path: a line for each column, a place for each step, coloured by what the cell is.

    Numbers and times go from pale to strong between their lowest and highest on the path; other columns change between
    two greys wherever they change.

    Parameters
    ----------
    rows : table of shape (n_steps, n_features)
        The rows of one path, in order.

    Attributes
    ----------
    ax_, figure_, im_ : Axes, Figure, AxesImage
        What was drawn, after :meth:`plot`.

    Examples
    --------
    >>> import pandas as pd
    >>> from vaesynth.plotting import RowPathDisplay
    >>> rows = pd.DataFrame({"mass": [1.0, 1.52, 2.25], "material": ["resin", "steel", "steel"]})
    >>> display = RowPathDisplay(rows).plot()
    >>> [text.get_text() for text in display.ax_.texts]
    ['1', '1.52', '2.25', 'resin', 'steel', 'steel']
    """

    def __init__(self, rows: Any) -> None:
        self.rows = as_frame(rows)
        if not len(self.rows):
            raise ValueError("a path must have at least one row, got none")

    @classmethod
    def from_estimator(
        cls,
        designer: Any,
        X_start: Any,
        X_end: Any,
        *,
        n_steps: int = 7,
        path: str = "linear",
        y: Any = None,
        ax: Any = None,
        **imshow_kwargs: Any,
    ) -> Self:
        """Interpolate between two rows and plot the path.

        Parameters
        ----------
        designer : LatentDesigner
            Fitted.
        X_start, X_end : table of one row
            Ends of the path.
        n_steps : int, default=7
            Rows of the path, both ends among them.
        path : {"linear", "spherical"}, default="linear"
            As in ``LatentDesigner.interpolate``.
        y : label, optional
            Class of the rows, for a model with classes.
        ax : Axes, optional
            Where to plot; a new figure by default.
        **imshow_kwargs : dict
            Passed to ``Axes.imshow``.

        Returns
        -------
        RowPathDisplay
        """
        if len(X_start) != 1:
            raise ValueError(f"a picture must have one path, got {len(X_start)} starts")
        rows = designer.interpolate(X_start, X_end, n_steps=n_steps, path=path, y=y)
        return cls(rows).plot(ax=ax, **imshow_kwargs)

    def plot(self, *, ax: Any = None, **imshow_kwargs: Any) -> Self:
        """Plot the path; parameters as in :meth:`from_estimator`."""
        n_steps, n_columns = self.rows.shape
        ax = self._take_axes(ax, (2 + 0.95 * n_steps, 0.6 + 0.34 * n_columns))
        strips = np.stack([self._strip(cells) for _, cells in self.rows.items()])
        self.im_ = ax.imshow(strips, aspect="auto", **imshow_kwargs)
        for line, (_, cells) in enumerate(self.rows.items()):
            for step, cell in enumerate(cells):
                text = ax.text(step, line, cell_text(cell), ha="center", va="center", fontsize=8)
                text.set_parse_math(False)
        names = [shorten(name, 22) for name in self.rows.columns]
        ax.set_yticks(np.arange(n_columns), names)
        ax.set_xticks(np.arange(n_steps), [str(step) for step in range(n_steps)])
        ax.set_xlabel("step")
        ax.tick_params(length=0)
        ax.spines[:].set_visible(False)
        return self

    def _strip(self, cells: pd.Series) -> np.ndarray:
        """Return the colours of one column, shape (n_steps, 4)."""
        matplotlib = import_optional("matplotlib", "plot")
        if not has_order(cells):
            codes = pd.factorize(cells)[0]
            n_changes = np.concatenate([[0], np.cumsum(np.diff(codes) != 0)])
            colours = [LEVEL_COLOURS[k % 2] for k in n_changes]
            return matplotlib.colors.to_rgba_array(colours)
        shares = np.zeros(len(cells))
        if cells.nunique() > 1:
            moved = (cells - cells.min()) / (cells.max() - cells.min())
            shares = moved.to_numpy(dtype=float, na_value=0)
        return matplotlib.colormaps["Blues"](0.08 + 0.5 * shares)

"""Parts that all displays share: their axes, and cells as text."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

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


def cell_text(cell: Any, longest: int = 12) -> str:
    """Return a cell as text: numbers with four digits or without decimals, times as days; long texts are cut."""
    if pd.isna(cell):
        return "missing"
    if isinstance(cell, float | np.floating):
        number = float(cell)
        text = f"{number:.4g}" if abs(number) < 1000 else f"{number:,.0f}"
    elif isinstance(cell, pd.Timestamp):
        text = f"{cell:%Y-%m-%d}"
    else:
        text = str(cell)
    return shorten(text, longest)


def shorten(text: str, longest: int) -> str:
    """Return a text of limited length; if it is cut, its last character is an ellipsis."""
    return text if len(text) <= longest else text[: longest - 1] + "…"


def has_order(cells: pd.Series) -> bool:
    """Return whether the cells are numbers or times."""
    dtype = cells.dtype
    if pd.api.types.is_bool_dtype(dtype):
        return False
    return (
        pd.api.types.is_numeric_dtype(dtype)
        or pd.api.types.is_datetime64_any_dtype(dtype)
        or pd.api.types.is_timedelta64_dtype(dtype)
    )


def as_frame(rows: Any) -> pd.DataFrame:
    """Return a table as a DataFrame with names for columns and a fresh index."""
    frame = rows if isinstance(rows, pd.DataFrame) else pd.DataFrame(rows)
    return frame.rename(columns=str).reset_index(drop=True)

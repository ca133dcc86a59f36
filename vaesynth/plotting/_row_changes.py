"""Differences between a row and the row that replaces it."""

from __future__ import annotations

from typing import Any, Self

import numpy as np
import pandas as pd

from vaesynth.plotting._display import AxesDisplay, as_frame, cell_text, has_order, shorten

CHANGED, UNCHANGED = "#d1495b", "#8a94a3"


class RowChangesDisplay(AxesDisplay):
    """A line for each column: where its cell was among real rows, and where it is now.

    The position of a number is the share of real rows below it (plus half of those with the same number), so that 0.5
    is usual. Other columns have no order; their cells are written in the middle.

    Parameters
    ----------
    before, after : table of one row
        The row and what replaces it.
    reference : table of shape (n_samples, n_features)
        Real rows.

    Attributes
    ----------
    ax_, figure_ : Axes, Figure
        What was drawn, after :meth:`plot`.

    Examples
    --------
    >>> import pandas as pd
    >>> from vaesynth.plotting import RowChangesDisplay
    >>> real = pd.DataFrame({"age": [20, 30, 40, 50], "job": ["sales", "none", "sales", "none"]})
    >>> changed = real.iloc[[0]].assign(age=45)
    >>> display = RowChangesDisplay(real.iloc[[0]], changed, real).plot()
    >>> [text.get_text() for text in display.ax_.texts if text.get_text()]
    ['20 → 45', 'sales']
    """

    def __init__(self, before: Any, after: Any, reference: Any) -> None:
        self.before, self.after = as_frame(before), as_frame(after)
        self.reference = as_frame(reference)
        if len(self.before) != 1 or len(self.after) != 1:
            raise ValueError(
                f"a picture must have one row before and one after, got {len(self.before)} and {len(self.after)}"
            )
        for table in (self.after, self.reference):
            if list(table.columns) != list(self.before.columns):
                raise ValueError(
                    f"all tables must have the columns {list(self.before.columns)}, got {list(table.columns)}"
                )

    @classmethod
    def from_counterfactuals(
        cls, counterfactuals: Any, reference: Any, row: int = 0, *, ax: Any = None
    ) -> Self:
        """Plot what one of the counterfactuals changes.

        Parameters
        ----------
        counterfactuals : Counterfactuals
            As ``LatentDesigner.counterfactuals`` gives them.
        reference : table of shape (n_samples, n_features)
            Real rows, such as ``LatentDesigner.reference_``.
        row : int, default=0
            Which.
        ax : Axes, optional
            Where to plot; a new figure by default.

        Returns
        -------
        RowChangesDisplay
        """
        before, after = as_frame(counterfactuals.originals), as_frame(counterfactuals.rows)
        if not 0 <= row < len(before):
            raise ValueError(f"`row` must be from 0 to {len(before) - 1}, got {row}")
        display = cls(before.iloc[[row]], after.iloc[[row]], reference).plot(ax=ax)
        labels = counterfactuals.labels_before[row], counterfactuals.labels[row]
        display.ax_.set_title(f"{labels[0]} → {labels[1]}", loc="left", fontsize=10)
        return display

    def plot(self, *, ax: Any = None) -> Self:
        """Plot the lines.

        Parameters
        ----------
        ax : Axes, optional
            Where to plot; a new figure by default.

        Returns
        -------
        RowChangesDisplay
        """
        names = list(self.before.columns)
        ax = self._take_axes(ax, (6.4, 0.9 + 0.34 * len(names)))
        for line, name in enumerate(names):
            ax.axhline(line, color="#eceef1", linewidth=1, zorder=0)
            self._plot_column(ax, line, name)
        ax.set_yticks(range(len(names)), [shorten(name, 22) for name in names])
        for label in ax.get_yticklabels():
            label.set_parse_math(False)
        ax.set(xlim=(-0.02, 1.02), ylim=(len(names) - 0.4, -0.7))
        ax.set_xlabel("share of real rows below")
        ax.spines[["top", "right", "left"]].set_visible(False)
        ax.tick_params(axis="y", length=0)
        return self

    def _plot_column(self, ax: Any, line: int, name: str) -> None:
        before, after = self.before[name].iloc[0], self.after[name].iloc[0]
        is_same = before == after or (pd.isna(before) and pd.isna(after))
        colour = UNCHANGED if is_same else CHANGED
        texts = (
            [cell_text(before, 18)] if is_same else [cell_text(before, 18), cell_text(after, 18)]
        )
        places = [self._place(name, before), self._place(name, after)]
        if not is_same and None not in places:
            arrow = {"arrowstyle": "-|>", "color": colour, "shrinkA": 0, "shrinkB": 0}
            ax.annotate("", (places[1], line), (places[0], line), arrowprops=arrow)
        known = [place for place in places if place is not None]
        ax.scatter(known[:1], [line] * len(known[:1]), s=16, color=colour, zorder=3)
        middle = float(np.mean(known)) if known else 0.5
        side = "left" if middle < 0.15 else "right" if middle > 0.85 else "center"
        label = ax.text(middle, line - 0.12, " → ".join(texts), ha=side, va="bottom")
        label.set(color=colour, fontsize=8, parse_math=False)

    def _place(self, name: str, cell: Any) -> float | None:
        """Return the share of real rows below a cell; None if cells have no order or the cell is missing."""
        known = self.reference[name].dropna()
        if pd.isna(cell) or not has_order(self.reference[name]) or not len(known):
            return None
        return float(((known < cell).mean() + (known <= cell).mean()) / 2)

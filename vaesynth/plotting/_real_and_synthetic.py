"""Comparison of columns, and of pairs of columns, in real and synthetic rows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Self

import numpy as np
import pandas as pd

from vaesynth._optional import import_optional
from vaesynth.metrics import pair_trend_scores
from vaesynth.plotting._display import AxesDisplay, has_order, shorten

REAL, SYNTHETIC = "#4b5563", "#d1495b"
# Numbers with at most so many distinct values get a bar for each value; categories get at most so many bars.
MAX_BARS = 10
MAX_BINS = 24
# Cells beyond these quantiles of the real cells go into the outer bins: one outlier would flatten the other bars.
SHOWN = (0.005, 0.995)
OTHERS, MISSING = "others", "missing"


class ColumnDistributionsDisplay:
    """Distribution of every column in real rows and in synthetic ones, as small pictures of one size.

    Parameters
    ----------
    real : DataFrame of shape (n_real, n_features)
        Real rows.
    synthetic : DataFrame of shape (n_synthetic, n_features)
        Generated rows with the same columns.
    titles : mapping of column label to str, optional
        Headings of the pictures; by default the labels.

    Attributes
    ----------
    figure_ : Figure
        What was drawn, after :meth:`plot`.
    axes_ : dict of column label to Axes
        One picture for each column.

    Examples
    --------
    >>> import pandas as pd
    >>> from vaesynth.plotting import ColumnDistributionsDisplay
    >>> real = pd.DataFrame({"age": [31, 47, 25], "city": ["Rome", "Oslo", None]})
    >>> display = ColumnDistributionsDisplay(real, real.iloc[:2]).plot(n_cols=2)
    >>> list(display.axes_)
    ['age', 'city']
    """

    def __init__(
        self,
        real: pd.DataFrame,
        synthetic: pd.DataFrame,
        titles: Mapping[Any, str] | None = None,
    ) -> None:
        if list(real.columns) != list(synthetic.columns):
            raise ValueError(
                f"synthetic rows must have the columns {list(real.columns)}, got {list(synthetic.columns)}"
            )
        if not len(real) or not len(synthetic):
            raise ValueError(
                f"both tables must have rows, got {len(real)} real and {len(synthetic)} synthetic ones"
            )
        self.real, self.synthetic = real, synthetic
        self.titles = {name: str(name) for name in real.columns} | dict(titles or {})

    def plot(self, *, figure: Any = None, n_cols: int = 4, legend: bool = True) -> Self:
        """Plot the columns.

        Parameters
        ----------
        figure : Figure, optional
            An empty figure to draw on; a new one by default.
        n_cols : int, default=4
            Pictures in a row.
        legend : bool, default=True
            Whether to draw a legend above the pictures.

        Returns
        -------
        ColumnDistributionsDisplay
        """
        names = list(self.real.columns)
        n_rows = -(-len(names) // n_cols)
        if figure is None:
            pyplot = import_optional("matplotlib.pyplot", "plot")
            figure = pyplot.figure(figsize=(2.6 * n_cols, 2.1 * n_rows), layout="constrained")
        axes = np.ravel(figure.subplots(n_rows, n_cols, squeeze=False))
        self.axes_ = dict(zip(names, axes, strict=False))
        for name, ax in self.axes_.items():
            self._plot_column(name, ax)
        for ax in axes[len(names) :]:
            ax.set_axis_off()
        if legend:
            handles, labels = axes[0].get_legend_handles_labels()
            figure.legend(handles, labels, loc="outside upper left", ncols=2, frameon=False)
        self.figure_ = figure
        return self

    def _plot_column(self, name: Any, ax: Any) -> None:
        real, synthetic = self.real[name], self.synthetic[name]
        # Column names may have dollar signs; they are not formulas.
        ax.set_title(self.titles[name], fontsize="small", parse_math=False)
        ax.tick_params(labelsize="x-small")
        ax.set_yticks([])
        n_distinct = pd.concat([real.dropna(), synthetic.dropna()]).nunique()
        if has_order(real) and n_distinct > MAX_BARS:
            _plot_histograms(ax, real, synthetic)
        else:
            _plot_bars(ax, real, synthetic)


def _plot_histograms(ax: Any, real: pd.Series, synthetic: pd.Series) -> None:
    old, new = (_as_numbers(column) for column in (real, synthetic))
    low, high = np.quantile(old, SHOWN)
    if low == high:
        low, high = old.min(), old.max()
    edges = _choose_edges(low, high, min(len(old), len(new)), bool(np.all(old == np.rint(old))))
    low, high = edges[0], edges[-1]
    for cells, colour, label in ((old, REAL, "real"), (new, SYNTHETIC, "synthetic")):
        shares = np.histogram(cells.clip(low, high), edges)[0] / max(1, len(cells))
        is_real = label == "real"
        options = {"fill": is_real, "alpha": 0.35 if is_real else 1, "linewidth": 1.3}
        ax.stairs(shares, edges, color=colour, label=label, **options)
    ax.margins(x=0.01)
    if pd.api.types.is_datetime64_any_dtype(real.dtype):
        ax.xaxis_date()
        ax.tick_params(axis="x", rotation=30)
    else:
        ax.locator_params(axis="x", nbins=4)


def _choose_edges(low: float, high: float, n_cells: int, is_whole: bool) -> np.ndarray:
    """Return edges of bins of one width, which for whole numbers is one as well, so that no bin has more of them."""
    n_bins = int(np.clip(np.sqrt(n_cells), 5, MAX_BINS))
    if not is_whole:
        return np.linspace(low, high, n_bins + 1)
    width = np.ceil((high - low + 1) / n_bins)
    return np.arange(np.floor(low) - 0.5, high + width + 0.5, width)


def _as_numbers(column: pd.Series) -> np.ndarray:
    there = column.dropna()
    if pd.api.types.is_datetime64_any_dtype(there.dtype):
        dates = import_optional("matplotlib.dates", "plot")
        return np.asarray(dates.date2num(there.to_numpy(dtype="datetime64[us]")), dtype=float)
    if pd.api.types.is_timedelta64_dtype(there.dtype):
        return np.asarray(there.dt.total_seconds(), dtype=float)
    cells = there.to_numpy(dtype=float)
    return cells[np.isfinite(cells)]


def _plot_bars(ax: Any, real: pd.Series, synthetic: pd.Series) -> None:
    shares = _level_shares(real, synthetic)
    positions = np.arange(len(shares))
    for column, colour, shift in (("real", REAL, -0.2), ("synthetic", SYNTHETIC, 0.2)):
        alpha = 0.5 if column == "real" else 1
        ax.barh(positions + shift, shares[column], 0.4, color=colour, alpha=alpha, label=column)
    ax.set_yticks(
        positions,
        [shorten(" ".join(level.split()), 14) for level in shares.index],
        fontsize="x-small",
    )
    for text in ax.get_yticklabels():
        text.set_parse_math(False)
    ax.invert_yaxis()
    ax.set_xlim(0, 1.05 * max(1e-9, shares.to_numpy().max()))
    ax.xaxis.set_major_formatter(lambda share, _: f"{share:.0%}")
    ax.locator_params(axis="x", nbins=3)


def _level_shares(real: pd.Series, synthetic: pd.Series) -> pd.DataFrame:
    """Return the shares of the levels in both tables: the most frequent real ones first, the rest joined."""
    counts = {}
    for label, column in (("real", real), ("synthetic", synthetic)):
        words = column.astype(object).where(column.notna(), None).map(_word)
        counts[label] = words.value_counts(normalize=True)
    shares = pd.DataFrame(counts).fillna(0.0)
    shares = shares.sort_values("real", ascending=False, kind="stable")
    if len(shares) <= MAX_BARS:
        return _in_order(shares, pd.concat([real, synthetic]))
    kept = shares.iloc[: MAX_BARS - 1].copy()
    kept.loc[OTHERS] = shares.iloc[MAX_BARS - 1 :].sum()
    return kept


def _in_order(shares: pd.DataFrame, cells: pd.Series) -> pd.DataFrame:
    """Sort numbers from small to large; leave other levels in the order of their shares."""
    if not has_order(cells):
        return shares
    ordered = dict.fromkeys(_word(cell) for cell in sorted(cells.dropna().astype(object).unique()))
    rest = [word for word in shares.index if word not in ordered]
    return shares.loc[[*ordered, *rest]]


def _word(cell: Any) -> str:
    if cell is None:
        return MISSING
    return f"{cell:g}" if isinstance(cell, float) else str(cell)


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
        # If there are many names, show only every second, third and so on, so that they do not overlap.
        positions = np.arange(0, len(self.names), -(-len(self.names) // MAX_TICKS))
        names = [shorten(self.names[position], MAX_NAME) for position in positions]
        ax.set_xticks(positions, names, rotation=90)
        ax.set_yticks(positions, names)
        for text in (*ax.get_xticklabels(), *ax.get_yticklabels()):
            text.set_parse_math(False)
        ax.tick_params(length=0, labelsize="small")
        ax.figure.colorbar(self.im_, ax=ax, label="difference", shrink=0.7)
        return self

"""The pictures of a comparison."""

from __future__ import annotations

from pathlib import Path

import matplotlib

matplotlib.use("agg")

import matplotlib.pyplot as plt
import pandas as pd
from scikit_posthocs import critical_difference_diagram

from benchmarks.utility.comparison import FOUR, SHORT, nemenyi, summary_table

_OURS, _OTHERS = "#c1440e", "#4a5568"


def draw_ranks(results: pd.DataFrame, reference: str, path: Path) -> None:
    """Draw a critical-difference diagram for each of the four metrics."""
    n_samplers = results["sampler"].nunique()
    figure, axes = plt.subplots(2, 2, figsize=(13, 2.4 + 0.42 * n_samplers), layout="constrained")
    for metric, ax in zip(FOUR, axes.flat, strict=True):
        ranks, p_values = nemenyi(results, metric)
        colours = {name: _OURS if name == reference else _OTHERS for name in ranks.index}
        critical_difference_diagram(
            ranks, p_values, ax=ax, color_palette=colours, label_fmt_left="{label}  {rank:.2f}",
            label_fmt_right="{rank:.2f}  {label}", text_h_margin=0.4,
        )  # fmt: skip
        ax.set_title(f"{SHORT[metric]}: mean rank over sets", fontsize=11)
    _save(figure, path)


def draw_speed(results: pd.DataFrame, reference: str, path: Path) -> None:
    """Draw the mean of the four metrics over the median seconds of a resampling."""
    table = summary_table(results)
    figure, ax = plt.subplots(figsize=(8, 5), layout="constrained")
    timed = table[table["seconds (median)"] > 0].sort_values("mean of 4")
    for position, (name, row) in enumerate(timed.iterrows()):
        colour = _OURS if name == reference else _OTHERS
        ax.plot(row["seconds (median)"], row["mean of 4"], "o", color=colour)
        place = (
            {"xytext": (7, -3), "ha": "left"}
            if position % 2
            else {"xytext": (-7, -3), "ha": "right"}
        )
        ax.annotate(
            name, (row["seconds (median)"], row["mean of 4"]), textcoords="offset points",
            color=colour, fontsize=9, **place,
        )  # fmt: skip
    for name in table.index.difference(timed.index):
        ax.axhline(table.loc[name, "mean of 4"], color=_OTHERS, linewidth=0.8, linestyle=":")
        ax.text(
            0.01, table.loc[name, "mean of 4"], name, transform=ax.get_yaxis_transform(),
            va="bottom", fontsize=9, color=_OTHERS,
        )  # fmt: skip
    ax.set_xscale("log")
    ax.margins(x=0.25)
    ax.set_xlabel("seconds for one resampling (median)")
    ax.set_ylabel("mean of AP, AUC, F1, G-mean")
    ax.spines[["top", "right"]].set_visible(False)
    _save(figure, path)


def _save(figure, path: Path) -> None:
    # No time of drawing in the file: the same results give the same bytes.
    figure.savefig(path, dpi=110, metadata={"Software": None})
    plt.close(figure)

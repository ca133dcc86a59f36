"""The columns of the tables of fidelity: how each figure is called and written, and which way is better."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Column:
    """A figure of a part; `badness` is smaller where the figure is better, and None where nothing is compared."""

    title: str
    form: str
    badness: Callable[[float], float] | None = None


def _as_it_is(value: float) -> float:
    return value


def _negative(value: float) -> float:
    return -value


def _from_one_half(value: float) -> float:
    """How far an area or a share is from chance: far below it is a sign of copies, not of quality."""
    return abs(value - 0.5)


COLUMNS = {
    "fit_seconds": Column("fit, s", "{:.0f}"),
    "sample_seconds": Column("sample, s", "{:.1f}"),
    "shapes_error": Column("shapes, %", "{:.2f}", _as_it_is),
    "pairs_error": Column("pairs, %", "{:.2f}", _as_it_is),
    "all_pairs_error": Column("all pairs, %", "{:.2f}", _as_it_is),
    "c2st": Column("C2ST", "{:.3f}", _from_one_half),
    "tstr": Column("TSTR", "{:.3f}", _negative),
    "alpha_precision": Column("α-precision", "{:.3f}", _negative),
    "beta_recall": Column("β-recall", "{:.3f}", _negative),
    "closer": Column("closer", "{:.3f}", _from_one_half),
    "copies": Column("copies, %", "{:.2f}"),
}
PERCENT = ("shapes_error", "pairs_error", "all_pairs_error", "copies")


def write_figure(name: str, value: float) -> str:
    """Write one figure as its column does."""
    return COLUMNS[name].form.format(100 * value if name in PERCENT else value)

"""Numeric columns as quantile bins, with a smooth draw inside each bin."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from vaesynth.tabular._cells._cell_column import CellColumn
from vaesynth.tabular._cells._standardizing import find_spikes
from vaesynth.tabular._columns._lattice import borders_between
from vaesynth.tabular._schema import ColumnSpec

_N_SEGMENTS = 4
_INSET = 1e-6  # keeps draws off the border between two bins, as a share of a lattice step


@dataclass(frozen=True, eq=False)
class BinnedColumn(CellColumn):
    """A column of numbers as the bin they fall in.

    The bins ascend; a level for "missing" follows where there are missing cells.

    Parameters
    ----------
    edges : ndarray, shape (n_bins - 1,)
        Borders between bins; a number on a border belongs to the bin above.
    knots : ndarray, shape (cardinality, n_segments + 1)
        Quantiles of the numbers in each bin at even probabilities, all equal where the bin holds
        one number and NaN for "missing".
    smallest_width : float
        Least width of the part of a bin between two knots when its density is computed.
    """

    edges: np.ndarray
    knots: np.ndarray
    smallest_width: float

    @classmethod
    def of(cls, column: np.ndarray, spec: ColumnSpec, n_bins: int) -> BinnedColumn:
        """Return at most `n_bins` bins of a `column`; spikes have a bin of their own."""
        ordered = np.sort(column)
        ordered = ordered[: np.searchsorted(ordered, np.inf, side="right")]  # NaN sorts last
        if not len(ordered) and not spec.is_all_missing:
            ordered = np.array([spec.typical])
        missing = np.full((int(spec.has_missing), _N_SEGMENTS + 1), np.nan)
        if not len(ordered):
            return cls(np.empty(0), missing, 1.0)
        step = 0.0 if spec.decimals is None else 10.0**-spec.decimals
        starts = _bin_starts(ordered, find_spikes(ordered, spec), n_bins)
        edges = borders_between(ordered[starts[1:] - 1], ordered[starts[1:]])
        knots = _bin_knots(ordered, starts, edges, step)
        width = step or 1e-9 * max(spec.upper / 2 - spec.lower / 2, np.finfo(float).tiny)
        return cls(edges, np.vstack([knots, missing]), width)

    @property
    def cardinality(self) -> int:  # type: ignore[override]
        """Number of bins and, where there are missing cells, one."""
        return len(self.knots)

    @property
    def n_ascending(self) -> int:
        """Number of bins."""
        return int((~np.isnan(self.knots[:, 0])).sum())

    def to_codes(self, column: np.ndarray) -> np.ndarray:
        """Return the bin of each number."""
        codes = np.searchsorted(self.edges, column, side="right").astype(np.int64)
        missing = np.isnan(column)
        if missing.any():
            codes[missing] = self.cardinality - 1
        return codes

    def to_column(
        self,
        values: np.ndarray | None,  # noqa: ARG002
        codes: np.ndarray,
        generator: np.random.Generator,
    ) -> np.ndarray:
        """Draw a number in each bin through its piecewise linear quantile function."""
        position = generator.random(len(codes)) * _N_SEGMENTS
        segment = position.astype(np.int64)
        left = codes * (_N_SEGMENTS + 1) + segment
        knots, share = self.knots.ravel(), position - segment
        return _interpolate(knots[left], knots[left + 1], share)

    def expect(self, values: np.ndarray | None, probabilities: np.ndarray | None) -> np.ndarray:  # noqa: ARG002
        """Return the expected numbers under the bins' own means; missing cells count for nothing."""
        means = (self.knots[:, 1:] / 2 + self.knots[:, :-1] / 2).mean(axis=1)
        if probabilities is None:
            return means
        counted = probabilities * ~np.isnan(means)
        return (counted * np.nan_to_num(means)).sum(axis=1) / counted.sum(axis=1)

    def log_abs_det(self, column: np.ndarray) -> np.ndarray:
        """Return the log-density of each number in its bin, 0 in a bin of one number."""
        nats = np.zeros(len(column))
        codes = self.to_codes(column)
        for code, knots in enumerate(self.knots):
            if not knots[0] < knots[-1]:
                continue
            rows = codes == code
            segment = np.searchsorted(knots, column[rows], side="right") - 1
            segment = np.clip(segment, 0, _N_SEGMENTS - 1)
            widths = np.maximum(knots[1:] / 2 - knots[:-1] / 2, self.smallest_width / 2)
            nats[rows] = -np.log(_N_SEGMENTS * 2) - np.log(widths[segment])
        return nats


def _bin_starts(ordered: np.ndarray, spikes: np.ndarray, n_bins: int) -> np.ndarray:
    """Return the positions in `ordered` where a bin starts: never within a run of equal numbers."""
    runs = np.flatnonzero(np.append(True, ordered[1:] != ordered[:-1]))
    if len(runs) <= n_bins:
        return runs
    own = np.searchsorted(ordered, spikes)
    forced = np.concatenate([own, np.searchsorted(ordered, spikes, side="right")])
    n_quantiles = max(n_bins - len(np.unique(forced)), 1)
    targets = len(ordered) * np.arange(n_quantiles) / n_quantiles
    quantiles = runs[np.abs(np.searchsorted(runs, targets, side="right") - 1)]
    starts = np.unique(np.concatenate([[0], quantiles, forced]))
    return starts[starts < len(ordered)]


def _bin_knots(
    ordered: np.ndarray, starts: np.ndarray, edges: np.ndarray, step: float
) -> np.ndarray:
    """Return the quantiles of each bin; on a lattice each number spreads over its own step."""
    ends = np.append(starts[1:], len(ordered))
    first, last = ordered[starts], ordered[ends - 1]
    spread = _spread_ties(ordered, step)
    knots = np.empty((len(starts), _N_SEGMENTS + 1))
    probabilities = np.linspace(0, 1, _N_SEGMENTS + 1)
    for bin_, (start, end) in enumerate(zip(starts, ends, strict=True)):
        knots[bin_] = _quantiles(spread[start:end], probabilities)
    reach = step * (0.5 - _INSET)
    knots[1:, 0] = np.maximum(edges, first[1:] - reach) if step else edges
    knots[:-1, -1] = np.minimum(edges, last[:-1] + reach) if step else edges
    knots[0, 0], knots[-1, -1] = first[0] - reach, last[-1] + reach
    is_single = first == last
    knots[is_single] = first[is_single, None]
    return np.clip(knots, knots[:, :1], knots[:, -1:])


def _quantiles(ordered: np.ndarray, probabilities: np.ndarray) -> np.ndarray:
    """Return linearly interpolated quantiles."""
    position = probabilities * (len(ordered) - 1)
    left = position.astype(np.int64)
    right = np.minimum(left + 1, len(ordered) - 1)
    return _interpolate(ordered[left], ordered[right], position - left)


def _interpolate(left: np.ndarray, right: np.ndarray, share: np.ndarray) -> np.ndarray:
    """Return the numbers between `left` and `right`, without overflow and never beyond them."""
    return np.clip(left * (1 - share) + right * share, left, right)


def _spread_ties(ordered: np.ndarray, step: float) -> np.ndarray:
    """Spread each run of equal numbers evenly over its lattice step, so that rounding returns it."""
    if not step:
        return ordered
    is_start = np.append(True, ordered[1:] != ordered[:-1])
    starts = np.flatnonzero(is_start)
    run = np.cumsum(is_start) - 1
    lengths = np.diff(np.append(starts, len(ordered)))
    rank = np.arange(len(ordered)) - starts[run]
    return ordered + step * ((rank + 0.5) / lengths[run] - 0.5)

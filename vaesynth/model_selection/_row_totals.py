"""Amounts of new rows, and smaller ones from the rows that a sampler has made once."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from dataclasses import dataclass
from numbers import Real
from typing import Any

import numpy as np
from imblearn.over_sampling.base import BaseOverSampler
from imblearn.utils import check_sampling_strategy

from vaesynth._sklearn import safe_indexing
from vaesynth.model_selection._resample_and_fit import ResampledRows
from vaesynth.model_selection._row_weights import synthetic_rows


@dataclass(frozen=True)
class Amount:
    """How many rows each class is to have.

    Attributes
    ----------
    strategy : float, str, dict or callable
        As `sampling_strategy` of imbalanced-learn's over-samplers. A ratio is that to the largest class, for any number
        of classes.
    growth : float or "auto", default=1.0
        Factor of the rows that a name or a ratio asks for, in all classes, as `growth` of `CVAESampler`.
    """

    strategy: Any
    growth: float | str = 1.0

    def totals(self, y: np.ndarray) -> dict[Any, int]:
        """Return the rows of each class, real and new ones together, at least those that there are."""
        classes, counts = np.unique(y, return_counts=True)
        real = dict(zip(classes.tolist(), counts.tolist(), strict=True))
        asked = self.strategy(y) if callable(self.strategy) else self.strategy
        if isinstance(asked, Mapping):
            return {label: max(int(asked.get(label, n)), n) for label, n in real.items()}
        if isinstance(asked, Real):
            wanted = {label: round(float(asked) * max(real.values())) for label in real}
        else:
            new = check_sampling_strategy(asked, y, "over-sampling")
            wanted = {label: n + int(new.get(label, 0)) for label, n in real.items()}
        growth = self._factor(real)
        return {label: max(round(growth * wanted[label]), n) for label, n in real.items()}

    def _factor(self, real: Mapping[Any, int]) -> float:
        if self.growth != "auto":
            return float(self.growth)
        from vaesynth.over_sampling import choose_growth  # torch loads only where it is needed

        return choose_growth(real)


def takes_amounts(sampler: Any) -> bool:
    """Return whether a sampler can be told how many rows each class is to have."""
    return isinstance(sampler, BaseOverSampler) and "sampling_strategy" in sampler.get_params()


def ask_for(sampler: Any, totals: Mapping[Any, int]) -> Any:
    """Tell an over-sampler how many rows each class is to have; it is changed in place and returned."""
    if "growth" in sampler.get_params(deep=False):
        sampler.set_params(growth=1.0)
    return sampler.set_params(sampling_strategy=dict(totals))


def keep_totals(
    resampled: ResampledRows, y: np.ndarray, totals: Mapping[Any, int]
) -> ResampledRows:
    """Leave new rows out, evenly spaced, until each class has no more than its total.

    Parameters
    ----------
    resampled : ResampledRows
        What an over-sampler made of rows: the real ones in their order, and new ones.
    y : ndarray of shape (n_samples,)
        Labels of the real rows.
    totals : mapping of label to int
        Rows of each class, real and new ones together.

    Returns
    -------
    resampled : ResampledRows
        All real rows and some of the new ones; its sampler says by `synthetic_mask_` which these are.
    """
    labels = np.asarray(resampled.y)
    is_new = synthetic_rows(resampled.sampler, len(y), len(labels))
    kept = ~is_new
    for label, total in totals.items():
        new = np.flatnonzero(is_new & (labels == label))
        n_kept = min(max(total - int((y == label).sum()), 0), len(new))
        if n_kept:
            kept[new[np.arange(n_kept) * len(new) // n_kept]] = True
    if kept.all():
        return resampled
    rows = np.flatnonzero(kept)
    sampler = copy.copy(resampled.sampler)
    sampler.synthetic_mask_ = is_new[rows]
    return ResampledRows(
        sampler, safe_indexing(resampled.X, rows), safe_indexing(resampled.y, rows)
    )

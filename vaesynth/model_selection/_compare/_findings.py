"""What the intervals of one classifier prove, and what they leave open."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import pandas as pd

from vaesynth.model_selection._compare._competitors import (
    CLASS_WEIGHTS,
    NONE,
    TUNED_BALANCED,
    TUNED_F1,
)
from vaesynth.model_selection._compare._fold_scores import DECISION_METRICS, RANKING_METRICS
from vaesynth.model_selection._compare._statistics import holm

REFERENCES = (NONE, TUNED_F1, TUNED_BALANCED, CLASS_WEIGHTS)
# A gain that the intervals bound by this much is called none.
TOLERANCE = 0.02


class Gain(NamedTuple):
    """How much better a competitor is than a baseline in one metric."""

    sampler: str
    metric: str
    difference: float
    lower: float
    upper: float
    p_value: float
    baseline: str


class Findings:
    """Answers about one classifier.

    Parameters
    ----------
    classifier : str
        Its name.
    tables : dict of str to DataFrame
        `ResamplerComparison.differences` for each of `REFERENCES` that was compared.
    means : DataFrame
        `ResamplerComparison.summary`.
    over_samplers : list of str
        Competitors that resample.
    corrected : list of str
        Those of them that calibrate.
    alpha : float
        Chance of a false claim that is accepted for each metric.
    """

    def __init__(
        self,
        classifier: str,
        tables: dict[str, pd.DataFrame],
        means: pd.DataFrame,
        over_samplers: list[str],
        corrected: list[str],
        alpha: float,
    ) -> None:
        self.alpha, self.corrected = alpha, corrected
        self.means = means.loc[classifier]
        self.over_samplers = [name for name in over_samplers if name in self.means.index]
        self._gains: dict[tuple[str, str, str], Gain] = {}
        for baseline, table in tables.items():
            own = table.loc[table["classifier"] == classifier, list(Gain._fields[:-1])]
            for row in own.itertuples(index=False, name=None):
                gain = Gain._make((*row, baseline))
                self._gains[baseline, gain.sampler, gain.metric] = gain

    def gain(self, sampler: str, metric: str, baseline: str = NONE) -> Gain | None:
        """Return a gain, None where it was not measured."""
        return self._gains.get((baseline, sampler, metric))

    def reference(self, metric: str) -> str | None:
        """Name the competitor that moves the decision without resampling."""
        tuned = TUNED_F1 if metric == "f1" else TUNED_BALANCED
        known = [name for name in (tuned, CLASS_WEIGHTS) if name in self.means.index]
        return known[0] if known else None

    def proven_rankings(self, sign: int = 1) -> list[Gain]:
        """Return gains in ranking metrics, or losses if `sign` is -1, that survive Holm's correction."""
        proven = []
        for metric in RANKING_METRICS:
            gains = self._distinct(metric)
            adjusted = holm([gain.p_value for gain in gains])
            for gain, p_value in zip(gains, adjusted, strict=True):
                if p_value < self.alpha and sign * gain.difference > 0:
                    proven.append(gain)
        return _largest_first(proven, sign)

    def proven_decisions(self, *, beyond_reference: bool) -> list[Gain]:
        """Return gains in decision metrics that survive Holm's correction.

        With `beyond_reference` a competitor has to beat both no resampling and the reference.
        """
        proven = []
        for metric in DECISION_METRICS:
            gains = self._distinct(metric)
            rivals = [self._beyond(gain) if beyond_reference else gain for gain in gains]
            # Both must hold, so that the larger p-value is the one of their conjunction.
            both = [max(_p(gain), _p(rival)) for gain, rival in zip(gains, rivals, strict=True)]
            for gain, rival, p_value in zip(gains, rivals, holm(both), strict=True):
                if rival is None or p_value >= self.alpha:
                    continue
                if min(gain.difference, rival.difference) > 0:
                    proven.append(gain)
        return _largest_first(proven)

    def open_gains(self) -> Iterator[Gain]:
        """Return the gains that may be larger than `TOLERANCE`, for all the intervals say.

        In decisions a gain has to be one over the reference, too, and that one is given.
        """
        for metric in RANKING_METRICS:
            yield from (gain for gain in self._distinct(metric) if _is_open(gain))
        for metric in DECISION_METRICS:
            for gain in self._distinct(metric):
                rival = self._beyond(gain)
                if _is_open(gain) and (rival is None or _is_open(rival)):
                    yield gain if rival is None else rival

    def _beyond(self, gain: Gain) -> Gain | None:
        """Return the same competitor's gain over the reference."""
        reference = self.reference(gain.metric)
        return None if reference is None else self.gain(gain.sampler, gain.metric, reference)

    def _distinct(self, metric: str) -> list[Gain]:
        """Return the over-samplers' gains over no resampling, each value once.

        A competitor that only corrects another's probabilities ranks as that one does: no second test.
        """
        found: dict[tuple[float, ...], Gain] = {}
        for sampler in self.over_samplers:
            gain = self.gain(sampler, metric)
            if gain is not None:
                found.setdefault(tuple(np.round(gain[2:5], 9)), gain)
        return list(found.values())


def _p(gain: Gain | None) -> float:
    return 1.0 if gain is None or np.isnan(gain.p_value) else gain.p_value


def _is_open(gain: Gain) -> bool:
    return not gain.upper <= TOLERANCE


def _largest_first(gains: list[Gain], sign: int = 1) -> list[Gain]:
    """Sort by metric, in the order in which they were found, then by size."""
    metrics = list(dict.fromkeys(gain.metric for gain in gains))
    return sorted(gains, key=lambda gain: (metrics.index(gain.metric), -sign * gain.difference))

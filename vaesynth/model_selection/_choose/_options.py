"""The ways to meet imbalance among which a search chooses."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from vaesynth.model_selection._compare._competitors import CLASS_WEIGHTS, NONE, Competitor
from vaesynth.model_selection._row_totals import Amount, takes_amounts


@dataclass(frozen=True)
class Option:
    """One way to meet imbalance.

    Attributes
    ----------
    name : str
        The competitor whose fits it shares; options that differ in the threshold alone have the same.
    competitor : Competitor
        Sampler, amount and weights.
    params : dict
        What the search shows of it.
    is_tuned : bool
        Whether the threshold is tuned.
    """

    name: str
    competitor: Competitor
    params: dict[str, Any]
    is_tuned: bool


def make_options(
    samplers: Mapping[str, Any],
    amounts: Sequence[Amount],
    weights: Sequence[Any],
    *,
    weighs_classes: bool,
    tunes_threshold: bool,
) -> list[Option]:
    """Return all options, the cheapest first: no resampling, class weights, then the samplers.

    Parameters
    ----------
    samplers : mapping of str to sampler object
        Samplers by name.
    amounts : sequence of Amount
        Amounts of new rows, for samplers that can be told.
    weights : sequence
        Values of `synthetic_weight`.
    weighs_classes, tunes_threshold : bool
        Whether class weights are among the options, and whether all others also come with a tuned threshold.
    """
    competitors: list[tuple[Competitor, dict[str, Any]]] = [(Competitor(), {"sampler": NONE})]
    if weighs_classes:
        competitors.append((Competitor(weighs_classes=True), {"sampler": CLASS_WEIGHTS}))
    for name, sampler in samplers.items():
        for amount in amounts if takes_amounts(sampler) else [None]:
            for weight in weights:
                own = Competitor(sampler, {"synthetic_weight": weight}, amount=amount)
                competitors.append((own, _describe(name, amount, weight)))
    options = []
    for number, (competitor, params) in enumerate(competitors):
        ways = [False, True] if tunes_threshold and not competitor.weighs_classes else [False]
        for is_tuned in ways:
            shown = {**params, "threshold": "tuned" if is_tuned else None}
            options.append(Option(str(number), competitor, shown, is_tuned))
    return options


def make_amounts(strategies: Sequence[Any], growths: Sequence[Any], y: np.ndarray) -> list[Amount]:
    """Return the amounts that differ in what they come to; totals are exact and do not grow.

    Examples
    --------
    >>> y = np.repeat([0, 1], [80, 20])
    >>> [amount.growth for amount in make_amounts(["auto", "minority"], [1.0, 4.0], y)]
    [1.0, 4.0]
    """
    found: dict[tuple[int, ...], Amount] = {}
    for strategy in strategies:
        gives_totals = callable(strategy) or isinstance(strategy, Mapping)
        for growth in (1.0,) if gives_totals else growths:
            amount = Amount(strategy, growth)
            found.setdefault(tuple(amount.totals(y).values()), amount)
    return list(found.values())


def _describe(name: str, amount: Amount | None, weight: Any) -> dict[str, Any]:
    params: dict[str, Any] = {"sampler": name}
    if amount is not None:
        params |= {"sampling_strategy": amount.strategy, "growth": amount.growth}
    return {**params, "synthetic_weight": weight}


def in_words(params: Mapping[str, Any]) -> str:
    """Name an option in a sentence.

    Examples
    --------
    >>> in_words({"sampler": "none", "threshold": "tuned"})
    'no resampling (threshold tuned)'
    >>> in_words({"sampler": "CVAE", "sampling_strategy": "auto", "growth": 4.0, "threshold": None})
    "CVAE (sampling_strategy='auto', growth=4.0)"
    """
    name = "no resampling" if params["sampler"] == NONE else params["sampler"]
    details = []
    for key, value in params.items():
        if key in ("sampler", "threshold") or (key, value) in (
            ("growth", 1.0),
            ("synthetic_weight", 1.0),
        ):
            continue
        details.append(f"{key}={getattr(value, '__name__', None) or repr(value)}")
    if params.get("threshold") == "tuned":
        details.append("threshold tuned")
    return f"{name} ({', '.join(details)})" if details else name

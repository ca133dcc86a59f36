"""How many new rows each class gets."""

from __future__ import annotations

import numbers
from collections.abc import Mapping
from typing import Any

import numpy as np
from imblearn.utils import check_sampling_strategy

# "auto" growth, chosen on 30 small tables. Where the rare class was one row in fifteen or less, four times the rows
# cost recall; elsewhere they gained precision and recall (docs/benchmarks/tried.md).
MOST_GROWTH = 4.0
MOST_FOR_EACH = 40.0


def halfway_totals(y: Any) -> dict[Any, int]:
    """Return totals that bring each class half way to the largest one, on the scale of logarithms.

    A class of n rows gets the root of n times the rows of the largest class. Where there are many rows, equal classes
    cost trees average precision, as the rare class then has far more new rows than real ones.

    Parameters
    ----------
    y : array-like of shape (n_samples,)
        Classes.

    Returns
    -------
    dict of label to int
        Rows of each class, real and new ones together: what `sampling_strategy` of a sampler takes.

    Examples
    --------
    >>> from vaesynth.over_sampling import halfway_totals
    >>> halfway_totals(["no"] * 900 + ["yes"] * 9)
    {'no': 900, 'yes': 90}

    A sampler takes the function itself and asks it for the totals of the rows that it is given:

    >>> from vaesynth import CVAESampler
    >>> sampler = CVAESampler(sampling_strategy=halfway_totals)
    """
    classes, counts = np.unique(np.asarray(y), return_counts=True)
    totals = np.round(np.sqrt(counts * float(counts.max()))).astype(int)
    return dict(zip(classes.tolist(), totals.tolist(), strict=True))


def plan_rows(sampler: Any, labels: np.ndarray) -> dict[Any, int]:
    """Return the number of rows to generate for each class, by `sampling_strategy` and `growth` of a sampler.

    Parameters
    ----------
    sampler : CVAESampler
        Has the two.
    labels : ndarray of shape (n_samples,)
        Classes of the real rows.

    Raises
    ------
    ValueError or TypeError
        If the strategy does not suit the classes, or grows totals.
    """
    asked = sampler.sampling_strategy
    if callable(asked):
        asked = asked(labels)
    classes, counts = np.unique(labels, return_counts=True)
    n_rows = dict(zip(classes.tolist(), counts.tolist(), strict=True))
    if isinstance(asked, numbers.Real):
        # imbalanced-learn cuts 100 * .29 to 28 rows, and knows no ratio of classes that are objects.
        return grow(count_new_rows(asked, n_rows), n_rows, sampler)
    asked = whole_totals(asked) if isinstance(asked, Mapping) else asked
    return grow(check_sampling_strategy(asked, labels, "over-sampling"), n_rows, sampler)


def grow(n_new: Mapping[Any, int], counts: Mapping[Any, int], sampler: Any) -> dict[Any, int]:
    """Return the number of rows to generate where each class is to have `sampler.growth` times as many rows.

    "auto" is 4, or less where the rarest class would then have more than 40 times its real rows, and 1 at least.

    Parameters
    ----------
    n_new : mapping of label to int
        New rows of the classes that the strategy names.
    counts : mapping of label to int
        Real rows of all classes.
    sampler : CVAESampler
        Has `growth` and `sampling_strategy`.

    Raises
    ------
    ValueError
        If `growth` is not 1 and `sampling_strategy` gives totals, which are exact.

    Examples
    --------
    >>> from vaesynth import CVAESampler
    >>> grow({"yes": 80}, {"no": 90, "yes": 10}, CVAESampler(growth=2.0))
    {'yes': 170, 'no': 90}
    """
    if sampler.growth == 1:
        return dict(n_new)
    if isinstance(sampler.sampling_strategy, Mapping) or callable(sampler.sampling_strategy):
        raise ValueError(
            "`growth` must be 1 where `sampling_strategy` gives totals, which are exact, got "
            f"{sampler.growth!r}"
        )
    growth = choose_growth(counts) if sampler.growth == "auto" else sampler.growth
    order = [*n_new, *(label for label in counts if label not in n_new)]
    return {
        label: round(growth * (counts[label] + n_new.get(label, 0))) - counts[label]
        for label in order
    }


def choose_growth(counts: Mapping[Any, int]) -> float:
    """Return the growth of a table with so many real rows of each class.

    Examples
    --------
    >>> choose_growth({"no": 900, "yes": 100}), choose_growth({"no": 900, "yes": 45})
    (4.0, 2.0)
    """
    rows_for_each = max(counts.values()) / min(counts.values())
    return float(np.clip(MOST_FOR_EACH / rows_for_each, 1.0, MOST_GROWTH))


def count_new_rows(sampling_strategy: Any, counts: Mapping[Any, int]) -> dict[Any, int]:
    """Return the number of rows to generate for each class, as imbalanced-learn does from the labels.

    Parameters
    ----------
    sampling_strategy : float, str or dict
        As in `CVAESampler`; no callable, which would need the labels.
    counts : mapping of label to int
        Rows of each class.

    Returns
    -------
    dict of label to int
        In the order of the labels of `counts`, for the classes that the strategy names.

    Raises
    ------
    ValueError
        If the strategy does not suit the classes.
    TypeError
        If it is of no such type.

    Examples
    --------
    >>> count_new_rows("auto", {"no": 90, "yes": 10})
    {'yes': 80}
    >>> count_new_rows(0.5, {"no": 90, "yes": 10})
    {'yes': 35}
    """
    if len(counts) < 2:
        raise ValueError(f"the target must have at least 2 classes, got {len(counts)}")
    if isinstance(sampling_strategy, str):
        return _from_name(sampling_strategy, counts)
    if isinstance(sampling_strategy, Mapping):
        return _from_totals(sampling_strategy, counts)
    if isinstance(sampling_strategy, numbers.Real):
        return _from_ratio(float(sampling_strategy), counts)
    raise TypeError(
        f"`sampling_strategy` of a stream must be a name, a ratio or totals, got {sampling_strategy!r}"
    )


def _from_name(name: str, counts: Mapping[Any, int]) -> dict[Any, int]:
    majority, minority = max(counts, key=counts.__getitem__), min(counts, key=counts.__getitem__)
    named = {
        "minority": [minority],
        "not minority": [label for label in counts if label != minority],
        "not majority": [label for label in counts if label != majority],
        "all": list(counts),
    }
    named["auto"] = named["not majority"]
    if name not in named:
        raise ValueError(f"`sampling_strategy` must be one of {sorted(named)}, got {name!r}")
    return {label: counts[majority] - counts[label] for label in named[name]}


def _from_ratio(ratio: float, counts: Mapping[Any, int]) -> dict[Any, int]:
    if len(counts) > 2:
        raise ValueError(
            f"`sampling_strategy` can be a ratio for two classes only, got {len(counts)} classes"
        )
    if not 0 < ratio <= 1:
        raise ValueError(f"a ratio as `sampling_strategy` must be in the range (0, 1], got {ratio}")
    minority = min(counts, key=counts.__getitem__)
    majority = max(counts.values())
    # Rounded, as 100 * .29 is a little less than 29.
    total = round(majority * ratio)
    if total < counts[minority]:
        raise ValueError(
            f"a ratio as `sampling_strategy` must ask for at least the rows that class {minority!r} has, which are "
            f"{counts[minority]}, got {ratio} of {majority} rows, which are {total}"
        )
    return {minority: total - counts[minority]}


def _from_totals(totals: Mapping[Any, int], counts: Mapping[Any, int]) -> dict[Any, int]:
    totals = whole_totals(totals)
    unknown = [label for label in totals if label not in counts]
    if unknown:
        raise ValueError(f"totals must be of classes of the stream, got {unknown}")
    fewer = [label for label, total in totals.items() if total < counts[label]]
    if fewer:
        raise ValueError(
            f"totals must be at least the rows that a class has, got {totals[fewer[0]]} for class {fewer[0]!r}, which "
            f"has {counts[fewer[0]]}"
        )
    return {label: totals[label] - counts[label] for label in counts if label in totals}


def whole_totals(totals: Mapping[Any, Any]) -> dict[Any, int]:
    """Return totals of classes as integers.

    Raises
    ------
    ValueError
        If one is no whole number.

    Examples
    --------
    >>> whole_totals({"no": 90, "yes": 60.0})
    {'no': 90, 'yes': 60}
    """
    for label, total in totals.items():
        if not isinstance(total, numbers.Real) or not float(total).is_integer():
            raise ValueError(
                f"totals in `sampling_strategy` must be whole numbers of rows, got {total!r} for class {label!r}"
            )
    return {label: int(total) for label, total in totals.items()}

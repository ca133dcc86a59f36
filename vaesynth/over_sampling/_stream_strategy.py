"""How many rows each class is to get, from the counts of a stream whose labels are not all in memory."""

from __future__ import annotations

import numbers
from collections.abc import Mapping
from typing import Any


def count_new_rows(sampling_strategy: Any, counts: Mapping[Any, int]) -> dict[Any, int]:
    """Give the number of rows to generate for each class, as imbalanced-learn does from the labels.

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
    n_new = int(max(counts.values()) * ratio - counts[minority])
    if n_new <= 0:
        raise ValueError(
            f"the ratio must ask for more rows than class {minority!r} has, got {ratio} and {counts[minority]} rows"
        )
    return {minority: n_new}


def _from_totals(totals: Mapping[Any, int], counts: Mapping[Any, int]) -> dict[Any, int]:
    unknown = [label for label in totals if label not in counts]
    if unknown:
        raise ValueError(f"totals must be of classes of the stream, got {unknown}")
    fewer = [label for label, total in totals.items() if total < counts[label]]
    if fewer:
        raise ValueError(
            f"totals must be at least the rows that a class has, got {totals[fewer[0]]} for class {fewer[0]!r}, which "
            f"has {counts[fewer[0]]}"
        )
    return {label: int(totals[label]) - counts[label] for label in counts if label in totals}

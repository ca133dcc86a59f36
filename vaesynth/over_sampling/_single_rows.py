"""Classes of one row, which show no variation to learn from."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from typing import Any

import numpy as np

from vaesynth._warnings import SingleRowWarning


def single_row_classes(labels: np.ndarray, n_new: Mapping[Any, int]) -> list:
    """Give the classes of one row among those that are to get new ones.

    Examples
    --------
    >>> single_row_classes(np.array(["a", "b", "b", "c"]), {"a": 1, "b": 0})
    ['a']
    """
    classes, counts = np.unique(labels, return_counts=True)
    wanted = {label for label, n_rows in n_new.items() if n_rows}
    return [label for label in classes[counts == 1].tolist() if label in wanted]


def refuse_single_rows(lonely: list) -> None:
    """Raise an error where there are such classes."""
    if lonely:
        raise ValueError(
            f"every class to over-sample must have at least 2 rows, got a single row of {lonely}; "
            "`single_row='jitter'` makes noisy copies instead"
        )


def warn_of_single_rows(lonely: list, stacklevel: int) -> None:
    """Say what the new rows of such classes will be."""
    if lonely:
        warnings.warn(
            f"a class of one row shows no variation to learn from: the new rows of {lonely} are copies of that "
            "row with a little noise in the numbers",
            SingleRowWarning,
            stacklevel=stacklevel + 1,
        )

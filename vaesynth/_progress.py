"""Progress bars of fits and comparisons."""

from __future__ import annotations

import warnings
from collections.abc import Iterable
from typing import Any


def progress_bar(
    steps: Iterable[Any] | None = None, *, total: int, unit: str, verbose: bool
) -> Any:
    """Make a progress bar of tqdm, which shows nothing unless `verbose`.

    Parameters
    ----------
    steps : iterable, default=None
        What the bar goes through; None for a bar that is moved by its `update`.
    total : int
        The number of steps.
    unit : str
        The name of a step.
    verbose : bool
        Whether anything is shown: a widget in a notebook that has ipywidgets, else text.

    Returns
    -------
    tqdm
        The bar.

    Examples
    --------
    >>> sum(progress_bar([1, 2], total=2, unit="row", verbose=False))
    3
    """
    if not verbose:
        from tqdm import tqdm

        return tqdm(steps, total=total, disable=True)
    # In a notebook without ipywidgets, tqdm warns that it writes text, which shows as much.
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="IProgress not found")
        from tqdm.auto import tqdm as bar_of_the_place

    return bar_of_the_place(steps, total=total, unit=unit)

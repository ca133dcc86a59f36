"""Tables that memory does not hold: one pass over a stream, and rows that are drawn unit by unit."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from vaesynth.estimators._checks import check_count
from vaesynth.streaming import FrameStream, StreamSample, as_arrow, sample_stream

# As many rows as the schedule draws a million of, in about two minutes of one core.
MAX_ROWS_IN_MEMORY = 100_000
CHUNK_ROWS = 65_536
# More rows at once take memory and gain little time.
UNIT_ROWS = 32_768


def read_stream(
    estimator: Any,
    source: Any,
    target: str | None,
    max_rows_in_memory: int,
    seed: int,
    *,
    has_classes: bool = True,
) -> StreamSample:
    """Read a stream once, for the fit of an estimator.

    Parameters
    ----------
    estimator : estimator
        Its parameter `categorical_features` is read.
    source : path, pyarrow dataset, frame, callable or iterable of frames
        The stream.
    target : str or None
        Column of the classes.
    max_rows_in_memory : int
        Most rows to keep.
    seed : int
        Decides which rows are kept.
    has_classes : bool, default=True
        Whether to keep equally many rows of each class.

    Raises
    ------
    ValueError
        If the target is missing, the estimator is to be fitted privately, or a number is refused.
    """
    if has_classes and target is None:
        raise ValueError("`target` must name the column of the classes, got None")
    if getattr(estimator, "privacy", None) is not None:
        raise ValueError("a private fit must be of a table in memory, got a stream")
    return sample_stream(
        FrameStream(source),
        target,
        max_rows=check_count("max_rows_in_memory", max_rows_in_memory),
        seed=(seed, 1),
        categorical_features=estimator.categorical_features,
        keeps_classes=has_classes,
    )


def draw_units(
    draw: Callable[[slice, np.random.RandomState], Any], n_samples: int, seed: int
) -> Iterator[Any]:
    """Draw many rows in units of one size, each from a seed of its own: chunks of any size then have the same rows.

    Parameters
    ----------
    draw : callable
        Takes the positions of the rows and a random state, and gives a table of them.
    n_samples : int
        Rows in all.
    seed : int
        With the number of the unit it decides the random state.

    Yields
    ------
    table of at most ``UNIT_ROWS`` rows

    Examples
    --------
    >>> import numpy as np
    >>> from vaesynth.estimators import draw_units
    >>> def draw(rows, random_state):
    ...     return random_state.random_sample(rows.stop - rows.start)
    >>> [len(unit) for unit in draw_units(draw, 40_000, seed=0)]
    [32768, 7232]
    """
    for number, start in enumerate(range(0, n_samples, UNIT_ROWS)):
        seeds = np.random.SeedSequence(seed, spawn_key=(number,))
        random_state = np.random.RandomState(np.random.MT19937(seeds))
        yield draw(slice(start, min(start + UNIT_ROWS, n_samples)), random_state)


def as_arrow_with(rows: Any, labels: np.ndarray | None, target: str | None) -> Any:
    """Return rows as a table of pyarrow, with their labels where `target` names a column for them."""
    table = as_arrow(rows)
    if target is None:
        return table
    if labels is None:
        raise ValueError(f"`target` must be None for a model without classes, got {target!r}")
    if target in table.column_names:
        raise ValueError(f"`target` must be a new column, got {target!r}, which is there")
    return table.append_column(target, [labels])

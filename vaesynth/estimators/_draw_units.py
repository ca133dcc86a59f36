"""Many new rows in units of one size, each from a seed of its own: the rows are then the same in chunks of any size."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

# More rows at once take memory and gain little time.
UNIT_ROWS = 32_768


def draw_units(
    draw: Callable[[slice, np.random.RandomState], Any], n_samples: int, seed: int
) -> Iterator[Any]:
    """Draw rows unit by unit.

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

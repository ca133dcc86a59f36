"""How much of a missing number is to come from linear expectations, and how much from a network."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Self

import numpy as np

from vaesynth.applications._filling._joint_normal import MOST_COLUMNS, JointNormal
from vaesynth.tabular import Table

# A weak prior of the covariances suits columns that nearly decide each other, a strong one few rows.
WEAK_PRIOR, STRONG_PRIOR = 0.1, 100.0
# Weight, in cells, of what is believed of a share before its cells are looked at.
PRIOR_CELLS = 60
# Copies of held-out rows, each without another part of their cells; how often cells are dealt out to parts; and the
# most rows of which there are copies.
N_HIDDEN_PARTS = 5
N_DEALS = 2
MOST_HELD_OUT = 500


@dataclass(frozen=True)
class LinearPart:
    """Linear expectations of missing numbers, and their share in what is filled in.

    Parameters
    ----------
    normal : JointNormal
        What gives the linear expectations.
    share : ndarray of shape (n_numbers,)
        How much of each column comes from them, between 0 and 1; the rest is a model's.

    Examples
    --------
    >>> import numpy as np
    >>> from vaesynth.tabular import Table
    >>> half = np.random.default_rng(0).normal(size=1000)
    >>> table = Table(np.column_stack([half, 2 * half]), np.zeros((1000, 0), dtype=np.int64))
    >>> kept, held_out = np.arange(900), np.arange(900, 1000)
    >>> rng = np.random.default_rng(0)
    >>> linear = LinearPart.fit(table, kept, held_out, lambda rows: np.zeros_like(rows.numbers), rng)
    >>> bool((linear.share > 0.9).all())
    True
    """

    normal: JointNormal
    share: np.ndarray

    @classmethod
    def fit(
        cls,
        table: Table,
        kept: np.ndarray,
        held_out: np.ndarray,
        expect: Callable[[Table], np.ndarray],
        generator: np.random.Generator,
    ) -> Self | None:
        """Learn from kept rows, and from held-out ones the shares; None where a table has no numbers or too many.

        Parameters
        ----------
        table : Table
            All rows.
        kept, held_out : ndarray of int
            Positions of the rows that a model has learned from, and of those that it has not, which may be none.
        expect : callable
            Takes a table with missing cells, and returns the numbers that the model expects, shape
            (n_rows, n_numbers).
        generator : numpy.random.Generator
            Decides which cells of held-out rows are hidden together.
        """
        n_numbers = table.numbers.shape[1]
        if not 0 < n_numbers <= MOST_COLUMNS:
            return None
        strong = JointNormal.fit(table.take(kept), STRONG_PRIOR)
        if not len(held_out):
            return cls(strong, np.full(n_numbers, 0.5))
        unseen = table.take(np.tile(held_out[:MOST_HELD_OUT], N_DEALS))
        given, rows = _hide_each_cell_once(unseen, N_HIDDEN_PARTS, generator)
        truth = np.where(np.isnan(given.numbers), unseen.numbers[rows], np.nan)
        candidates = [strong, JointNormal.fit(table.take(kept), WEAK_PRIOR)]
        normal = min(candidates, key=lambda candidate: candidate.error(given, truth))
        in_units = (
            numbers / normal.scale for numbers in (truth, normal.expect(given), expect(given))
        )
        return cls(normal, choose_shares(*in_units))

    def mix(self, table: Table, modelled: np.ndarray) -> np.ndarray:
        """Return numbers of a table of which a share is linear and the rest is a model's, shape (n_rows, n_numbers)."""
        return (1 - self.share) * modelled + self.share * self.normal.expect(table)


def choose_shares(truth: np.ndarray, linear: np.ndarray, modelled: np.ndarray) -> np.ndarray:
    """Return how much of each column is to come from linear expectations, the rest from those of a model.

    It is the share of least squared error on cells that neither has seen. As these are few, it is drawn towards the
    share that is best for all columns together, and that one towards a half.

    Parameters
    ----------
    truth : ndarray of shape (n_rows, n_numbers)
        What the cells hold; NaN where a cell says nothing.
    linear, modelled : ndarray of shape (n_rows, n_numbers)
        Expectations.

    Returns
    -------
    ndarray of shape (n_numbers,)
        Between 0 and 1.

    Examples
    --------
    >>> import numpy as np
    >>> truth = np.arange(400.0)[:, None]
    >>> choose_shares(truth, truth, truth + 50).round(1), choose_shares(truth[:0], truth[:0], truth[:0])
    (array([1.]), array([0.5]))
    """
    is_known = ~np.isnan(truth)
    n_known = np.maximum(is_known.sum(axis=0), 1)
    difference = np.where(is_known, linear - modelled, 0.0)
    miss = np.where(is_known, truth - modelled, 0.0)
    # In units of each column's own difference the columns count alike.
    squares = np.square(difference).sum(axis=0) / n_known
    gains = (difference * miss).sum(axis=0) / n_known
    scale = np.where(squares > 0, squares, 1.0)
    gains, counts = gains / scale, n_known * (squares > 0)
    together = _shrink((gains * counts).sum(), counts.sum(), 0.5)
    shares: np.ndarray = _shrink(gains * counts, counts, together)
    return shares


def _shrink(total: Any, count: Any, prior: Any) -> Any:
    """Return the mean of `count` shares with that total and of the prior one, between 0 and 1."""
    return np.clip((total + PRIOR_CELLS * prior) / (count + PRIOR_CELLS), 0, 1)


def _hide_each_cell_once(
    table: Table, n_parts: int, generator: np.random.Generator
) -> tuple[Table, np.ndarray]:
    """Return `n_parts` copies of a table below each other, and the positions of their rows in the table.

    Each cell is missing in one of the copies, drawn at random.
    """
    rows = np.tile(np.arange(len(table)), n_parts)
    part = np.repeat(np.arange(n_parts), len(table))[:, None]
    n_numbers, n_codes = table.numbers.shape[1], table.codes.shape[1]
    hidden = generator.integers(n_parts, size=(len(table), n_numbers + n_codes))[rows] == part
    copies = table.take(rows)
    numbers = np.where(hidden[:, :n_numbers], np.nan, copies.numbers)
    return Table(numbers, np.where(hidden[:, n_numbers:], -1, copies.codes)), rows

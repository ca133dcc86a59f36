"""How rows that are composed of a pool's cells differ from the rows they replace."""

from __future__ import annotations

import numpy as np

from vaesynth.applications._cell_pool import CellPool


class CellChanges:
    """Changed cells, and how far they have moved.

    A number moves by the share of the reference rows that it passes, from 0 to 1; of other columns, and between a
    number and a missing cell, a change counts 1. The distance of two rows is the sum over the columns: Gower's, on
    ranks.

    Parameters
    ----------
    pool : CellPool
        The cells.
    n_reference : int
        How many of the pool's first rows give the ranks.
    """

    def __init__(self, pool: CellPool, n_reference: int) -> None:
        self.codes, self.is_ordered = pool.ranks()
        self._n_reference = n_reference
        self._ranks = np.column_stack(
            [_middle_ranks(codes, codes[:n_reference]) for codes in self.codes.T]
        )

    def find(self, choice: np.ndarray, origin: np.ndarray) -> np.ndarray:
        """Which cells differ from those of the rows at positions `origin`, shape (n_rows, n_columns)."""
        return self._codes_of(choice) != self.codes[origin]

    def costs(self, choice: np.ndarray, origin: np.ndarray) -> np.ndarray:
        """How far each cell has moved, shape (n_rows, n_columns)."""
        columns = np.arange(choice.shape[1])
        own, new = self.codes[origin], self._codes_of(choice)
        moved = np.abs(self._ranks[choice, columns] - self._ranks[origin])
        is_by_rank = self.is_ordered & (own >= 0) & (new >= 0)
        return np.where(own == new, 0.0, np.where(is_by_rank, moved, 1.0))

    def real_levels(self, column: int) -> tuple[np.ndarray, np.ndarray]:
        """Codes of an ordered column's levels among the reference rows, rising, and a position of each in the pool."""
        codes, positions = np.unique(self.codes[: self._n_reference, column], return_index=True)
        return codes[codes >= 0], positions[codes >= 0]

    def _codes_of(self, choice: np.ndarray) -> np.ndarray:
        return self.codes[choice, np.arange(choice.shape[1])]


def _middle_ranks(codes: np.ndarray, reference: np.ndarray) -> np.ndarray:
    known = np.sort(reference[reference >= 0])
    below = np.searchsorted(known, codes, side="left")
    not_above = np.searchsorted(known, codes, side="right")
    return (below + not_above) / 2 / max(len(known), 1)

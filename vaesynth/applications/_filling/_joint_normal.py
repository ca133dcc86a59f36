"""Linear expectations of missing numbers: the joint normal of a table's numbers and of indicators of its categories."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np

from vaesynth.tabular import Table

# Most frequent levels of a category that have an indicator, and the most columns: cost grows with their cube.
MOST_LEVELS = 8
MOST_COLUMNS = 100
# Rows enough for the covariances of so many columns.
MOST_ROWS = 800
N_ROUNDS = 5
CHUNK_CELLS = 4_000_000


@dataclass(frozen=True)
class JointNormal:
    """The joint normal of the numbers of a table and of indicators of its categories, learned from rows with gaps.

    Parameters
    ----------
    center, scale : ndarray of shape (n_numbers,)
        What standardises the numbers.
    indicators : ndarray of int, shape (n_indicators, 2)
        Position of a categorical column, and the code of the level that is indicated.
    mean : ndarray of shape (n_numbers + n_indicators,)
        Means.
    covariance : ndarray of shape (n_numbers + n_indicators, n_numbers + n_indicators)
        Covariances.

    References
    ----------
    Little, Rubin, "Statistical Analysis with Missing Data", Wiley 2019, chapter 11: the EM algorithm used here.

    Examples
    --------
    >>> import numpy as np
    >>> from vaesynth.tabular import Table
    >>> half = np.random.default_rng(0).normal(size=200)
    >>> rows = Table(np.column_stack([half, 2 * half]), np.zeros((200, 0), dtype=np.int64))
    >>> normal = JointNormal.fit(rows, 0.1)
    >>> gap = Table(np.array([[3.0, np.nan]]), np.zeros((1, 0), dtype=np.int64))
    >>> normal.expect(gap).round(1)
    array([[3., 6.]])
    """

    center: np.ndarray
    scale: np.ndarray
    indicators: np.ndarray
    mean: np.ndarray
    covariance: np.ndarray

    @classmethod
    def fit(cls, table: Table, prior_rows: float) -> Self:
        """Learn from the rows of a table, of which evenly spaced ones are taken where there are very many.

        Parameters
        ----------
        table : Table
            Rows, some cells of which may be missing.
        prior_rows : float
            Weight, in rows, of the prior that columns vary as they do and are not related.
        """
        if len(table) > MOST_ROWS:
            table = table.take(np.linspace(0, len(table) - 1, MOST_ROWS).astype(np.int64))
        given = ~np.isnan(table.numbers)
        n_given = np.maximum(given.sum(axis=0), 1)
        # Sums and squares of the largest floats overflow: the numbers are divided by the largest one first.
        known = np.where(given, table.numbers, 0.0)
        largest = np.abs(known).max(axis=0)
        largest = np.where(largest > 0, largest, 1.0)
        center = (known / largest).sum(axis=0) / n_given
        spread = np.where(given, known / largest - center, 0.0)
        scale = np.sqrt(np.square(spread).sum(axis=0) / n_given) * largest
        center, scale = center * largest, np.where(scale > 0, scale, 1.0)
        indicators = _choose_indicators(table)
        start = cls(center, scale, indicators, np.empty(0), np.empty((0, 0)))
        return start._learn(start._columns(table), prior_rows)

    def expect(self, table: Table) -> np.ndarray:
        """Return the numbers of a table with their expectations where they are missing, shape (n_rows, n_numbers).

        Each row is computed from its own cells alone, in the same way whichever rows stand beside it.
        """
        filled, _ = self._fill(self._columns(table))
        with np.errstate(over="ignore"):
            numbers = filled[:, : len(self.center)] * self.scale + self.center
        numbers = np.nan_to_num(numbers)
        return np.where(np.isnan(table.numbers), numbers, table.numbers)

    def error(self, given: Table, truth: np.ndarray) -> float:
        """Return the sum of squared errors on cells of known truth, NaN elsewhere, in standard deviations."""
        return float(np.nansum(np.square(self.expect(given) / self.scale - truth / self.scale)))

    def _columns(self, table: Table) -> np.ndarray:
        """Return standardised numbers and indicators side by side, NaN where a cell is missing."""
        codes = table.codes[:, self.indicators[:, 0]]
        flags = np.where(codes < 0, np.nan, codes == self.indicators[:, 1])
        return np.hstack([table.numbers / self.scale - self.center / self.scale, flags])

    def _learn(self, columns: np.ndarray, prior_rows: float) -> Self:
        """Find means and covariances by expectation and maximisation, from those of the pairs that are there."""
        n_rows, given = len(columns), ~np.isnan(columns)
        n_given = np.maximum(given.sum(axis=0), 1)
        mean = np.where(given, columns, 0.0).sum(axis=0) / n_given
        deviations = np.where(given, columns - mean, 0.0)
        n_pairs = np.maximum(given.T.astype(float) @ given, 1)
        variances = np.maximum(np.square(deviations).sum(axis=0) / n_given, 1e-6)
        covariance = deviations.T @ deviations / n_pairs
        # Those of pairs need not belong to any distribution, and of few rows they are chance.
        share = n_rows / (n_rows + prior_rows + len(mean))
        covariance = share * covariance + (1 - share) * np.diag(variances)
        values, vectors = np.linalg.eigh(covariance)
        covariance = (vectors * np.maximum(values, 1e-3 * variances.mean())) @ vectors.T
        found = type(self)(self.center, self.scale, self.indicators, mean, covariance)
        for _ in range(N_ROUNDS if len(mean) else 0):
            filled, unsure = found._fill(columns, wants_covariance=True)
            mean = filled.mean(axis=0)
            deviations = filled - mean
            total = deviations.T @ deviations + unsure + prior_rows * np.diag(variances)
            covariance = total / (n_rows + prior_rows)
            found = type(self)(self.center, self.scale, self.indicators, mean, covariance)
        return found

    def _fill(
        self, columns: np.ndarray, *, wants_covariance: bool = False
    ) -> tuple[np.ndarray, np.ndarray]:
        """Return the columns without gaps, and the sum over the rows of the covariances of what was missing."""
        filled, unsure = columns.copy(), np.zeros_like(self.covariance)
        n_rows = max(1, CHUNK_CELLS // max(1, self.covariance.size))
        for start in range(0, len(columns), n_rows):
            part = columns[start : start + n_rows]
            given = ~np.isnan(part)
            # Rows and columns of what is missing are those of the identity: one system for every pattern of gaps.
            systems = self.covariance * given[:, :, None] * given[:, None, :]
            diagonal = np.arange(systems.shape[1])
            systems[:, diagonal, diagonal] += ~given
            known = np.where(given, part - self.mean, 0.0)[:, :, None]
            crossed = self.covariance * given[:, :, None]
            if wants_covariance:
                known = np.concatenate([known, crossed], axis=2)
            solved = np.linalg.solve(systems, known)
            estimate = self.mean + (solved[:, :, :1] * crossed).sum(axis=1)
            filled[start : start + n_rows] = np.where(given, part, estimate)
            if wants_covariance:
                left = self.covariance - crossed.transpose(0, 2, 1) @ solved[:, :, 1:]
                unsure += (left * ~given[:, :, None] * ~given[:, None, :]).sum(axis=0)
        return filled, unsure


def _choose_indicators(table: Table) -> np.ndarray:
    """Return the position of the column and the level of each indicator, shape (n_indicators, 2)."""
    chosen: list[tuple[int, int]] = []
    for column, codes in enumerate(table.codes.T):
        counts = np.bincount(codes[codes >= 0])
        frequent = np.argsort(-counts, kind="stable")[:MOST_LEVELS]
        # The last of all levels is what the others are not.
        n_left = MOST_COLUMNS - table.numbers.shape[1] - len(chosen)
        wanted = frequent[counts[frequent] > 0]
        is_whole = len(wanted) == (counts > 0).sum()
        chosen += [
            (column, int(level)) for level in wanted[: len(wanted) - is_whole][: max(n_left, 0)]
        ]
    return np.array(chosen, dtype=np.int64).reshape(-1, 2)

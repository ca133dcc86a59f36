"""One column of a table as the cells a network reads: the common form, and categories."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass

import numpy as np

from vaesynth.tabular._schema import ColumnSpec

_MAX_LEVELS_UNPOOLED = 64


class CellColumn(ABC):
    """The way of one column to its cells and back.

    Attributes
    ----------
    has_value : bool
        Whether the column has a cell in :attr:`Cells.values`.
    cardinality : int
        Number of levels of its cell in :attr:`Cells.codes`; it has one only where this exceeds 1.
    n_ascending : int
        How many of its first levels are in the order of what they stand for.
    """

    has_value: bool = False
    cardinality: int

    @property
    def n_ascending(self) -> int:
        """Number of first levels in order; 0 for categories."""
        return 0

    @property
    def has_code(self) -> bool:
        """Whether the column has a cell in :attr:`Cells.codes`."""
        return self.cardinality > 1

    def to_values(self, column: np.ndarray) -> np.ndarray:
        """Return the normalised numbers of `column`, NaN where it has none, shape (n_rows,)."""
        raise NotImplementedError

    @abstractmethod
    def to_codes(self, column: np.ndarray) -> np.ndarray:
        """Return the levels of the cells of `column`, shape (n_rows,)."""

    @abstractmethod
    def to_column(
        self, values: np.ndarray | None, codes: np.ndarray, generator: np.random.Generator
    ) -> np.ndarray:
        """Return a column of the table with these cells; what they leave open is drawn."""

    @abstractmethod
    def expect(self, values: np.ndarray | None, probabilities: np.ndarray | None) -> np.ndarray:
        """Return the expected numbers or the likeliest categories of a column, shape (n_rows,).

        Parameters
        ----------
        values : ndarray of shape (n_rows,), or None
            Expected normalised numbers, where the column has values.
        probabilities : ndarray of shape (n_rows, cardinality), or None
            Probabilities of the levels, where the column has a code.
        """

    @abstractmethod
    def log_abs_det(self, column: np.ndarray) -> np.ndarray | float:
        """Return the nats from a log-density of the cells to one of the `column`, per row."""


@dataclass(frozen=True, eq=False)
class LevelColumn(CellColumn):
    """A categorical column; rare categories of a long list share one level.

    The levels are the categories that have one of their own, in the order of their codes, then
    the pool of the others, then "missing", as far as they exist.

    Parameters
    ----------
    level_of_code : ndarray of int64, shape (n_categories + 1,)
        Level of each category and, last, of a missing cell (-1 if there is none).
    code_of_level : ndarray of int64, shape (n_levels,)
        Category of each level, -1 for "missing" and anything for the pool.
    pooled : ndarray of int64, shape (n_pooled,)
        Categories in the pool.
    log_shares : ndarray, shape (n_categories + 1,)
        Log-probability of each category given its level.
    """

    level_of_code: np.ndarray
    code_of_level: np.ndarray
    pooled: np.ndarray
    log_shares: np.ndarray

    @classmethod
    def of(cls, codes: np.ndarray, spec: ColumnSpec, max_levels: int) -> LevelColumn:
        """Return the levels of the column `codes`."""
        counts = np.bincount(codes[codes >= 0], minlength=len(spec.levels))
        return cls.of_counts(counts, spec, max_levels)

    @classmethod
    def of_counts(cls, counts: np.ndarray, spec: ColumnSpec, max_levels: int) -> LevelColumn:
        """Return the levels of a column with so many rows of each category."""
        n_categories = len(spec.levels)
        is_pooled = _choose_pooled(counts, max_levels)
        own, pooled = np.flatnonzero(~is_pooled), np.flatnonzero(is_pooled)
        n_levels = len(own) + bool(len(pooled))
        level_of_code = np.full(n_categories + 1, len(own), dtype=np.int64)
        level_of_code[own] = np.arange(len(own))
        level_of_code[-1] = n_levels if spec.has_missing else -1
        code_of_level = np.full(n_levels + spec.has_missing, -1, dtype=np.int64)
        code_of_level[: len(own)] = own
        log_shares = np.zeros(n_categories + 1)
        # A category the rows do not hold counts as one, so that it keeps a finite share.
        weights = np.maximum(counts[pooled], 1)
        log_shares[pooled] = np.log(weights) - np.log(max(weights.sum(), 1))
        return cls(level_of_code, code_of_level, pooled, log_shares)

    @property
    def cardinality(self) -> int:  # type: ignore[override]
        """Number of levels."""
        return len(self.code_of_level)

    def to_codes(self, column: np.ndarray) -> np.ndarray:
        """Return the level of each category."""
        return self.level_of_code[column]

    def is_pooled(self, column: np.ndarray) -> np.ndarray:
        """Return whether each category is in the pool, shape (n_rows,)."""
        if not len(self.pooled):
            return np.zeros(len(column), dtype=bool)
        return self.level_of_code[column] == self.level_of_code[self.pooled[0]]

    def to_column(
        self,
        values: np.ndarray | None,  # noqa: ARG002
        codes: np.ndarray,
        generator: np.random.Generator,
    ) -> np.ndarray:
        """Return a category of each level; those in the pool are drawn by observed frequency."""
        column = self.code_of_level[codes]
        if len(self.pooled):
            in_pool = codes == self.level_of_code[self.pooled[0]]
            cumulative = np.cumsum(np.exp(self.log_shares[self.pooled]))
            draws = generator.random(int(in_pool.sum())) * cumulative[-1]
            column[in_pool] = self.pooled[np.searchsorted(cumulative, draws, side="right")]
        return column

    def expect(self, values: np.ndarray | None, probabilities: np.ndarray | None) -> np.ndarray:  # noqa: ARG002
        """Return the likeliest categories, those in the pool by their share of it."""
        if probabilities is None:
            return self.code_of_level[:1]
        n_categories = len(self.log_shares) - 1
        shares = np.exp(self.log_shares[:n_categories])
        return (probabilities[:, self.level_of_code[:n_categories]] * shares).argmax(axis=1)

    def log_abs_det(self, column: np.ndarray) -> np.ndarray | float:
        """Return the log-probability of each category given its level."""
        return self.log_shares[column] if len(self.pooled) else 0.0


def _choose_pooled(counts: np.ndarray, max_levels: int) -> np.ndarray:
    if len(counts) <= min(_MAX_LEVELS_UNPOOLED, max_levels):
        return np.zeros(len(counts), dtype=bool)
    is_pooled = counts <= 1
    is_pooled[np.argsort(-counts, kind="stable")[max_levels:]] = True
    return is_pooled if is_pooled.sum() > 1 else np.zeros(len(counts), dtype=bool)

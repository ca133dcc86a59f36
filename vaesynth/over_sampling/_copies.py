"""Copies of real rows among new ones: counted, and drawn again where they are refused."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple, Self

import numpy as np

from vaesynth._warnings import CopyWarning
from vaesynth.metrics import copy_shares, find_exact_copies
from vaesynth.tabular import Table, TableEncoder, concatenate_tables

# Where copies are left after so many draws the class has hardly any other rows to give.
ROUNDS = 20
# New and real rows whose neighbours are looked for: enough to tell shares of a few hundredths apart.
MAX_CHECKED = 250


class CopyReport(NamedTuple):
    """Copies of real rows among the new rows of one resampling.

    Attributes
    ----------
    n_synthetic : int
        New rows.
    n_exact : int
        New rows that equal a real row in every column.
    exact_share : float
        Their share of the new rows.
    near_share : float
        Share of new rows that equal no real row but are nearer to one than 5 % of the real rows are to another real
        one; looked at are 250 of either, evenly spaced.
    real_exact_share : float
        Share of real rows that equal another real row: what `exact_share` is compared with where rows repeat by
        nature.

    Examples
    --------
    >>> CopyReport(200, 0, 0.0, 0.04, 0.0).n_exact
    0
    """

    n_synthetic: int
    n_exact: int
    exact_share: float
    near_share: float
    real_exact_share: float


@dataclass(frozen=True, eq=False)
class KnownRows:
    """The content of the real rows, to find copies of them in tables of the same columns.

    Parameters
    ----------
    encoder : TableEncoder
        Fitted to the real rows.
    table : Table
        Their content.
    """

    encoder: TableEncoder
    table: Table

    @classmethod
    def of(cls, encoder: TableEncoder, X: Any) -> Self:
        """Read the rows that the encoder was fitted to."""
        return cls(encoder, encoder.transform(X))

    def find_copies(self, new: Any) -> np.ndarray:
        """Tell which rows of a table equal a real row, shape (n_rows,)."""
        content = self.encoder.transform(new)
        return find_exact_copies(_cells(self.table), _cells(content))

    def take(self, new: Any, rows: np.ndarray) -> Any:
        """Rows of a table, in its own container."""
        return self.encoder.inverse_transform(self.encoder.transform(new).take(rows))

    def report(self, tables: list[Any]) -> CopyReport:
        """Count the copies in new tables."""
        if not tables:
            return CopyReport(0, 0, 0.0, 0.0, 0.0)
        made = np.concatenate([_cells(self.encoder.transform(table)) for table in tables])
        is_category = np.arange(made.shape[1]) >= self.table.numbers.shape[1]
        shares = copy_shares(
            _cells(self.table), made, categorical_features=is_category, max_checked=MAX_CHECKED
        )
        n_exact = round(shares.exact * len(made))
        return CopyReport(len(made), n_exact, shares.exact, shares.near, shares.real_exact)


def draw_without_copies(
    draw: Callable[[int], tuple[Any, np.ndarray | None]], n_rows: int, known: KnownRows
) -> tuple[Any, np.ndarray | None]:
    """Draw rows of which none equals a real one; where that does not succeed, warn and keep some that do.

    Parameters
    ----------
    draw : callable
        Takes a number of rows and gives a table and the parents of its rows or None.
    n_rows : int
        Rows wanted.
    known : KnownRows
        The real rows.
    """
    tables, origins, missing = [], [], n_rows
    for round_left in reversed(range(ROUNDS)):
        table, origin = draw(missing)
        is_copy = known.find_copies(table)
        kept = ~is_copy if round_left else np.ones(missing, dtype=bool)
        missing = int(is_copy.sum())
        tables += [known.take(table, kept)] if kept.any() else []
        origins.append(origin if origin is None else origin[kept])
        if not missing:
            break
    if missing:
        _warn_of_copies(
            f"{missing} of {n_rows} new rows equal a real row after {ROUNDS} draws: the columns of this class may "
            "have no other values to give"
        )
    parents = [origin for origin in origins if origin is not None]
    return concatenate_tables(tables), np.concatenate(parents) if parents else None


def warn_of_copies(report: CopyReport) -> None:
    """Warn where new rows equal real ones."""
    if report.n_exact:
        _warn_of_copies(
            f"{report.n_exact} of {report.n_synthetic} new rows equal a real row; `copies='refuse'` draws them again"
        )


def _warn_of_copies(message: str) -> None:
    warnings.warn(message, CopyWarning, stacklevel=7)


def _cells(table: Table) -> np.ndarray:
    """Numbers and codes side by side, shape (n_rows, n_columns)."""
    return np.hstack([table.numbers, table.codes])

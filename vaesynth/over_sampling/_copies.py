"""Copies of real rows among new ones: counted, and drawn again where they are refused."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from scipy.stats import fisher_exact

from vaesynth._warnings import CopyWarning, warn_user
from vaesynth.metrics import copy_shares, find_exact_copies
from vaesynth.tabular import Table

# Where copies are left after so many draws the class has hardly any other rows to give.
ROUNDS = 20
# New and real rows whose neighbours are looked for: enough to tell shares of a few hundredths apart.
MAX_CHECKED = 250
# Where real rows repeat, new ones do too: a warning is due beyond this multiple of their share.
USUAL_FACTOR = 2
# And a few copies may be chance: there are to be two, and the exact test of two shares is to be this sure that new rows
# repeat more often.
CHANCE = 0.01


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
        one. It is measured on 250 new and 250 real rows, evenly spaced.
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


def report_copies(real: Table, new: list[Table]) -> CopyReport:
    """Count the copies of real rows among new ones."""
    if not new:
        return CopyReport(0, 0, 0.0, 0.0, 0.0)
    made = np.concatenate([_cells(table) for table in new])
    is_category = np.arange(made.shape[1]) >= real.numbers.shape[1]
    shares = copy_shares(
        _cells(real), made, categorical_features=is_category, max_checked=MAX_CHECKED
    )
    n_exact = round(shares.exact * len(made))
    return CopyReport(len(made), n_exact, shares.exact, shares.near, shares.real_exact)


def draw_without_copies(
    draw: Callable[[int], tuple[Table, np.ndarray | None]], n_rows: int, real: Table
) -> tuple[Table, np.ndarray | None]:
    """Draw rows of which none equals a real one; where that does not succeed, warn and keep some that do.

    Parameters
    ----------
    draw : callable
        Takes a number of rows, and returns their content and the parents of the rows or None.
    n_rows : int
        Rows wanted.
    real : Table
        The real rows.
    """
    known, tables, origins, missing = _cells(real), [], [], n_rows
    for round_left in reversed(range(ROUNDS)):
        table, origin = draw(missing)
        is_copy = find_exact_copies(known, _cells(table))
        kept = ~is_copy if round_left else np.ones(missing, dtype=bool)
        missing = int(is_copy.sum())
        tables.append(table.take(kept))
        origins.append(origin if origin is None else origin[kept])
        if not missing:
            break
    if missing:
        warn_user(
            f"{missing} of {n_rows} new rows equal a real row after {ROUNDS} draws: the columns of this class may "
            "have no other values to give",
            CopyWarning,
        )
    parents = [origin for origin in origins if origin is not None]
    return stack_tables(tables), np.concatenate(parents) if parents else None


def warn_of_copies(report: CopyReport, n_real: int) -> None:
    """Warn where new rows equal real ones more than twice as often as real rows equal each other, beyond chance.

    Parameters
    ----------
    report : CopyReport
        What has been counted.
    n_real : int
        Real rows.
    """
    n_repeated = round(report.real_exact_share * n_real)
    counts = [
        [report.n_exact, report.n_synthetic - report.n_exact],
        [n_repeated, n_real - n_repeated],
    ]
    is_more = report.exact_share > USUAL_FACTOR * report.real_exact_share
    if (
        report.n_exact > 1
        and is_more
        and fisher_exact(counts, alternative="greater").pvalue < CHANCE
    ):
        warn_user(
            f"{report.n_exact} of {report.n_synthetic} new rows equal a real row, a share of {report.exact_share:.3f} "
            f"where {report.real_exact_share:.3f} of the real rows equal another; `copies='refuse'` draws them again, "
            "`copies='allow'` says nothing",
            CopyWarning,
        )


def stack_tables(tables: list[Table]) -> Table:
    """Put contents of tables of the same columns below each other."""
    if len(tables) == 1:
        return tables[0]
    numbers = np.concatenate([table.numbers for table in tables])
    return Table(numbers, np.concatenate([table.codes for table in tables]))


def _cells(table: Table) -> np.ndarray:
    """Return numbers and codes side by side, shape (n_rows, n_columns)."""
    return np.hstack([table.numbers, table.codes])

"""Rows drawn again until they keep the rules of a table."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from vaesynth.tabular import Table, TableRules

DrawTable = Callable[[np.ndarray], tuple[Table, np.ndarray | None]]

# Rows that are drawn at once, beside as many as are wanted in all.
LEAST_AT_ONCE = 65_536
MOST_TRIES_AT_ONCE = 64
# Fewer than one row in a thousand that keep the rules, or none of so many at one place, are too few.
LEAST_SHARE, TRIED_ROWS, MOST_TRIES = 1e-3, 10_000, 4_096


def keep_rules(
    draw: DrawTable, n_rows: int, rules: TableRules | None
) -> tuple[Table, np.ndarray | None]:
    """Draw rows that keep all rules: equalities are solved for a column, and rows that break a rule drawn again.

    Parameters
    ----------
    draw : callable
        Takes the positions of the rows to draw, of which one may stand there several times, and returns their content
        and the parents of each row or None.
    n_rows : int
        Number of rows.
    rules : TableRules or None
        None keeps all rows.

    Returns
    -------
    table : Table
        The content of the rows.
    parents : ndarray of shape (n_rows, n_parents), or None

    Raises
    ------
    ValueError
        If too few of the drawn rows keep the rules; it names the rule that the fewest keep, and their share.
    """
    table, parents = draw(np.arange(n_rows))
    if rules is None:
        return table, parents
    table, holds = rules.keep(table)
    n_drawn, n_held, n_kept, n_tries = n_rows, holds.sum(1), int(holds.all(0).sum()), 1
    pending = np.flatnonzero(~holds.all(0))
    numbers, codes = table.numbers.copy(), table.codes.copy()
    while len(pending):
        if n_tries >= MOST_TRIES or (n_drawn >= TRIED_ROWS and n_kept < LEAST_SHARE * n_drawn):
            rules.report_failure(n_drawn, n_held)
        wanted = np.ceil(n_drawn / max(n_kept, 1))
        room = max(4 * n_rows, LEAST_AT_ONCE) // len(pending)
        n_each = int(np.clip(wanted, 1, max(1, min(MOST_TRIES_AT_ONCE, room))))
        new, origins = draw(np.repeat(pending, n_each))
        new, holds = rules.keep(new)
        keeps = holds.all(0)
        n_drawn, n_held = n_drawn + len(new), n_held + holds.sum(1)
        n_kept, n_tries = n_kept + int(keeps.sum()), n_tries + n_each
        tried = keeps.reshape(len(pending), n_each)
        found = tried.any(1)
        chosen = (np.arange(len(pending)) * n_each + tried.argmax(1))[found]
        numbers[pending[found]], codes[pending[found]] = new.numbers[chosen], new.codes[chosen]
        if parents is not None and origins is not None:
            parents[pending[found]] = origins[chosen]
        pending = pending[~found]
    return Table(numbers, codes), parents

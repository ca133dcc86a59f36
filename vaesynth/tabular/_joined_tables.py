"""Two tables with the same rows as one, and back as two."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from vaesynth.tabular._containers import Layout
from vaesynth.tabular._schema import Table, TableSchema
from vaesynth.tabular._table_encoder import TableEncoder


@dataclass(frozen=True)
class PairLayout(Layout):
    """Two containers side by side.

    Parameters
    ----------
    first, second : Layout
        What each container is beyond its columns.
    n_first : int
        Columns of the first.
    """

    first: Layout
    second: Layout
    n_first: int

    def rebuild(self, columns: Sequence[Any], n_rows: int) -> tuple[Any, Any]:
        """Return both containers with their columns."""
        return (
            self.first.rebuild(columns[: self.n_first], n_rows),
            self.second.rebuild(columns[self.n_first :], n_rows),
        )


def join_encoders(first: TableEncoder, second: TableEncoder) -> TableEncoder:
    """Return an encoder of the columns of two fitted ones; its `inverse_transform` returns a pair of containers.

    It reads no container, as there is none that holds both: read each table by its own encoder, and put what they
    return together by `join_tables`.

    Examples
    --------
    >>> from vaesynth.tabular import TableEncoder
    >>> first, second = TableEncoder(), TableEncoder()
    >>> content = first.fit_transform([[1, "a"], [2, "b"]]), second.fit_transform([[0.5], [1.5]])
    >>> joined = join_encoders(first, second)
    >>> joined.inverse_transform(join_tables(*content))
    ([[1, 'a'], [2, 'b']], [[0.5], [1.5]])
    """
    n_first = first.n_features_in_
    # Both kinds of columns are dataclasses, which their contract does not say.
    columns: tuple[Any, ...] = second._columns
    moved = [
        replace(column, spec=replace(column.spec, position=n_first + column.spec.position))
        for column in columns
    ]
    joined = TableEncoder()
    joined._columns = (*first._columns, *moved)
    joined._layout = PairLayout(first._layout, second._layout, n_first)
    joined.schema_ = TableSchema(tuple(column.spec for column in joined._columns))
    joined.n_features_in_ = len(joined._columns)
    return joined


def join_tables(first: Table, second: Table) -> Table:
    """Put the contents of two tables with the same rows side by side."""
    return Table(np.hstack([first.numbers, second.numbers]), np.hstack([first.codes, second.codes]))

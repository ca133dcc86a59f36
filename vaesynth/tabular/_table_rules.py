"""Rules applied to the content of tables: real rows are checked, drawn rows solved and checked."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NoReturn, Self

import numpy as np
import pandas as pd

from vaesynth.tabular._columns._column import Column
from vaesynth.tabular._columns._lattice import round_to
from vaesynth.tabular._containers import _as_array
from vaesynth.tabular._partial_table import PartialTable
from vaesynth.tabular._rules import EQUAL, ExpressionRule, Rule, find_names, read_rules
from vaesynth.tabular._schema import Table
from vaesynth.tabular._table_encoder import TableEncoder

_SHOWN = 5


@dataclass(frozen=True)
class TableRules:
    """Rules of the rows of a fitted table.

    Parameters
    ----------
    encoder : TableEncoder
        Fitted to the table.
    rules : tuple of Rule
        At least one.

    Examples
    --------
    >>> import numpy as np
    >>> import pandas as pd
    >>> from vaesynth.tabular import Table, TableEncoder, TableRules
    >>> X = pd.DataFrame({"width": [1, 2, 3], "height": [5, 6, 7], "area": [5, 12, 21]})
    >>> rules = TableRules.read(TableEncoder().fit(X), "area == width * height")
    >>> table, holds = rules.keep(Table(np.array([[2.0, 7.0, 9.0]]), np.zeros((1, 0), int)))
    >>> table.numbers.tolist(), holds.tolist()
    ([[2.0, 7.0, 14.0]], [[True]])
    """

    encoder: TableEncoder
    rules: tuple[Rule, ...]

    @classmethod
    def read(cls, encoder: TableEncoder, constraints: Any) -> Self:
        """Return the rules that a user has given for such a table.

        Raises
        ------
        TypeError
            If one is neither an expression nor a function.
        ValueError
            If an expression is no comparison of columns of the table.
        """
        return cls.of(encoder, read_rules(constraints))

    @classmethod
    def of(cls, encoder: TableEncoder, rules: tuple[Rule, ...]) -> Self:
        """Return rules of such a table, whose columns are looked up."""
        for rule in rules:
            if isinstance(rule, ExpressionRule):
                find_names(rule, encoder.schema_.names)
        return cls(encoder, rules)

    @property
    def solved(self) -> dict[int, ExpressionRule]:
        """The rule that solves for a column, by the position of the column."""
        names = self.encoder.schema_.names
        return {
            names.index(rule.solved): rule
            for rule in self.rules
            if isinstance(rule, ExpressionRule) and rule.solved is not None
        }

    def positions(self, rule: ExpressionRule) -> list[int]:
        """Return the positions of the columns of a rule."""
        return find_names(rule, self.encoder.schema_.names)

    def check(self, table: Table) -> None:
        """Raise where real rows break a rule.

        Raises
        ------
        ValueError
            If one does; it names the rule, how many rows break it and the first of them.
        """
        for rule, holds in zip(self.rules, self._hold(table), strict=True):
            broken = np.flatnonzero(~holds)
            if len(broken):
                first = broken[:_SHOWN].tolist()
                raise ValueError(
                    f"`constraints` must hold for the real rows: {rule.name!r} is broken by {len(broken)} of "
                    f"{len(table)} rows, the first at {first}"
                )

    def keep(self, table: Table) -> tuple[Table, np.ndarray]:
        """Compute the columns that equalities solve for, and say which rows keep each rule.

        A number that an equality makes must lie within the bounds that were seen in fit, a category be one of those.

        Parameters
        ----------
        table : Table
            Drawn rows.

        Returns
        -------
        table : Table
            The rows with computed cells.
        holds : ndarray of bool, shape (n_rules, n_rows)
        """
        possible = np.ones(len(table), dtype=bool)
        for position, rule in self.solved.items():
            column = self.encoder._columns[position]
            computed, is_computed = self._solve(rule, column, table)
            if column.spec.is_number:
                computed = round_to(computed, column.spec.decimals, column.spec.precision)
                inside = (computed >= column.spec.lower) & (computed <= column.spec.upper)
            else:
                inside = computed >= 0
            put = is_computed & inside
            possible &= ~is_computed | inside
            table = self._put(
                table, position, np.where(put, computed, self._content(table, position))
            )
        holds = self._hold(table)
        # By identity: a function of the user need not have a hash.
        solving = {id(rule) for rule in self.solved.values()}
        holds[[id(rule) in solving for rule in self.rules]] &= possible
        return table, holds

    def check_given(self, partial: PartialTable) -> None:
        """Raise where given cells break a rule, or are what an equality computes from cells that are not given.

        Raises
        ------
        ValueError
            If they do; it names the rule.
        """
        for rule in self.rules:
            if not isinstance(rule, ExpressionRule):
                continue
            positions = self.positions(rule)
            is_whole = partial.is_given[:, positions].all(axis=1)
            if (is_whole & ~self._holds_expression(rule, partial.table)).any():
                raise ValueError(
                    f"`given` must keep the rule {rule.text!r}, got a row that breaks it"
                )
            if rule.solved is None:
                continue
            is_computed = partial.is_given[:, self.encoder.schema_.names.index(rule.solved)]
            if (is_computed & ~is_whole).any():
                raise ValueError(
                    f"`given` must not have the column {rule.solved!r}, which {rule.text!r} computes, without the "
                    "others of that rule"
                )

    def report_failure(self, n_drawn: int, n_held: np.ndarray) -> NoReturn:
        """Raise as too few of the drawn rows keep the rules; it names the rule that the fewest keep.

        Parameters
        ----------
        n_drawn : int
            Rows that were drawn.
        n_held : ndarray of int, shape (n_rules,)
            Rows that keep each rule.
        """
        rule, held = self.rules[int(n_held.argmin())], int(n_held.min())
        raise ValueError(
            f"`constraints` must be kept by enough of the rows that the model draws: {rule.name!r} is kept by "
            f"{held} of {n_drawn} ({held / n_drawn:.3%}), and all rules together by too few"
        )

    def _hold(self, table: Table) -> np.ndarray:
        """Return which rows keep each rule, shape (n_rules, n_rows)."""
        rows = None
        holds = np.ones((len(self.rules), len(table)), dtype=bool)
        for index, rule in enumerate(self.rules):
            if isinstance(rule, ExpressionRule):
                holds[index] = self._holds_expression(rule, table)
                continue
            if rows is None:
                written = self.encoder.inverse_transform(table)
                # Joined tables are written as a pair, of which the first has the features.
                rows = written[0] if isinstance(written, tuple) else written
            values = rule.evaluate(rows)
            holds[index] = values if values.dtype == bool else values >= 0
        return holds

    def _holds_expression(self, rule: ExpressionRule, table: Table) -> np.ndarray:
        if rule.solved is None:
            return rule.evaluate(self._frame(rule, table))
        position = self.encoder.schema_.names.index(rule.solved)
        column, content = self.encoder._columns[position], self._content(table, position)
        computed, is_computed = self._solve(rule, column, table)
        if not column.spec.is_number:
            return ~is_computed | (computed == content)
        # A number that is written with few digits is one that has been rounded.
        digits = column.spec.decimals
        rounding = 0.0 if digits is None else 0.5000001 * 10.0**-digits
        scale = np.finfo(column.spec.precision).eps + EQUAL
        difference = np.abs(content - computed)
        close: np.ndarray = difference <= rounding + scale * np.abs(content)
        return ~is_computed | close

    def _solve(
        self, rule: ExpressionRule, column: Column, table: Table
    ) -> tuple[np.ndarray, np.ndarray]:
        """Return what a rule makes of a column, in the units of the table, and in which rows all cells are there."""
        frame = self._frame(rule, table)
        is_there = frame.notna().all(axis=1).to_numpy()
        result = rule.solve(frame)
        own = frame[rule.solved].dtype
        if getattr(own, "kind", "") in "mM" and result.dtype != own:
            result = result.astype(own)
        if column.spec.is_number:
            return column.allow_missing().read(_as_array(result)), is_there
        codes, is_unseen = column.allow_missing().read_known(_as_array(result))
        return np.where(is_unseen, -1, codes), is_there

    def _frame(self, rule: ExpressionRule, table: Table) -> pd.DataFrame:
        """Return the columns of a rule in their own types."""
        cells = {
            name: self.encoder._columns[position].write(self._content(table, position))
            for name, position in zip(rule.columns, self.positions(rule), strict=True)
        }
        return pd.DataFrame(cells, copy=False)

    def _place(self, position: int) -> tuple[bool, int]:
        """Return whether a column is one of numbers, and its place among those of its kind."""
        schema = self.encoder.schema_
        spec = schema.columns[position]
        block = schema.numbers if spec.is_number else schema.categoricals
        return spec.is_number, block.index(spec)

    def _content(self, table: Table, position: int) -> np.ndarray:
        is_number, place = self._place(position)
        content: np.ndarray = (table.numbers if is_number else table.codes)[:, place]
        return content

    def _put(self, table: Table, position: int, content: np.ndarray) -> Table:
        is_number, place = self._place(position)
        block = (table.numbers if is_number else table.codes).copy()
        block[:, place] = content
        return Table(block, table.codes) if is_number else Table(table.numbers, block)

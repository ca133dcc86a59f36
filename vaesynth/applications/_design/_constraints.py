"""What a designed row must keep to: ranges and levels of columns, and constraints of the user."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from vaesynth._sklearn import num_samples
from vaesynth.applications._design._cell_pool import column_names, find_columns
from vaesynth.tabular import ExpressionRule, Rule, read_rules


@dataclass(frozen=True)
class Constraints:
    """Bounds and constraints, checked.

    Parameters
    ----------
    bounds : dict of column to (low, high) or to a list of levels
        What the cells of a column may be.
    constraints : tuple of Rule
        Each gives one boolean or one float for each row.
    """

    bounds: Mapping[Hashable, Any]
    constraints: tuple[Rule, ...]

    @classmethod
    def read(cls, bounds: Any, constraints: Any, rows: Any) -> Constraints:
        """Return the bounds and constraints that a user has given for rows like these, checked."""
        rules = read_rules(constraints)
        bounds = {} if bounds is None else dict(bounds)
        if bounds:
            find_columns(bounds, column_names(rows), "bounds")
        for name, bound in bounds.items():
            _check_bound(name, bound, _column(rows, name))
        for rule in rules:
            if isinstance(rule, ExpressionRule):
                rule.frame(rows)  # raises where a column is not there
        return cls(bounds, rules)

    def violation(self, rows: Any) -> np.ndarray:
        """Return how far rows are from what they must keep to, shape (n_rows,); 0 where they keep to it.

        A cell outside its range counts its distance from the range, in widths of the range, or in its own units where
        the range is open. A wrong level, a missing cell and a constraint that is False count 1. A constraint of floats
        counts as much as it is below zero.
        """
        total = np.zeros(num_samples(rows))
        for name, bound in self.bounds.items():
            cells = _column(rows, name)
            is_range = isinstance(bound, tuple)
            total += _outside(cells, bound) if is_range else ~cells.isin(list(bound)).to_numpy()
        for rule in self.constraints:
            total += _unsatisfied(rule, rows)
        return total


def _unsatisfied(rule: Rule, rows: Any) -> np.ndarray:
    values = rule.evaluate(rows)
    return (~values).astype(float) if values.dtype == bool else np.maximum(-values, 0)


def _column(rows: Any, name: Hashable) -> pd.Series:
    return rows[name] if isinstance(rows, pd.DataFrame) else pd.Series(rows[:, name])


def _check_bound(name: Hashable, bound: Any, cells: pd.Series) -> None:
    if not isinstance(bound, tuple):
        if isinstance(bound, str) or not isinstance(bound, Sequence | set | frozenset) or not bound:
            raise ValueError(
                f"`bounds` of column {name!r} must be a pair (low, high) or a list of levels, got {bound!r}"
            )
        return
    if len(bound) != 2 or all(end is None for end in bound):
        raise ValueError(
            f"`bounds` of column {name!r} must be a pair (low, high) with at most one None, got {bound!r}"
        )
    if not pd.api.types.is_numeric_dtype(cells) or pd.api.types.is_bool_dtype(cells):
        raise ValueError(
            f"column {name!r} must hold numbers to have a range, got {cells.dtype}: give a list of levels"
        )
    if None not in bound and not bound[0] <= bound[1]:
        raise ValueError(f"`bounds` of column {name!r} must have low <= high, got {bound!r}")


def _outside(cells: pd.Series, bound: tuple[Any, Any]) -> np.ndarray:
    low, high = bound
    values = cells.to_numpy(dtype=float, na_value=np.nan)
    below = 0.0 if low is None else np.maximum(low - values, 0)
    above = 0.0 if high is None else np.maximum(values - high, 0)
    width = 1.0 if None in bound else (high - low) or 1.0
    return np.nan_to_num((below + above) / width, nan=1.0)

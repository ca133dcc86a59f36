"""Rules between the columns of a row: expressions of pandas, or functions of rows."""

from __future__ import annotations

import ast
import re
from abc import ABC, abstractmethod
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from vaesynth._sklearn import num_samples
from vaesynth.tabular._containers import position_names

# What pandas computes without calling anything of the user's or of Python's.
_ALLOWED = (
    ast.Expression,
    ast.Compare,
    ast.cmpop,
    ast.BinOp,
    ast.operator,
    ast.UnaryOp,
    ast.unaryop,
    ast.BoolOp,
    ast.boolop,
    ast.Name,
    ast.Load,
    ast.Constant,
    ast.List,
    ast.Tuple,
)
_QUOTED = re.compile(r"`([^`]*)`")
# Relative difference up to which floating-point numbers count as equal.
EQUAL = 1e-9


class Rule(ABC):
    """Something that holds for a row or does not."""

    @property
    @abstractmethod
    def name(self) -> str:
        """What messages call the rule."""

    @abstractmethod
    def evaluate(self, rows: Any) -> np.ndarray:
        """Return for each row whether the rule holds, or a float that is negative by how much it is broken."""


@dataclass(frozen=True)
class FunctionRule(Rule):
    """A function of rows, which come in their own container."""

    function: Callable[[Any], Any]

    @property
    def name(self) -> str:
        """What messages call the rule."""
        return getattr(self.function, "__name__", repr(self.function))

    def evaluate(self, rows: Any) -> np.ndarray:
        """Return the values of the function."""
        return evaluate(self.function, rows, "a constraint")


@dataclass(frozen=True)
class ExpressionRule(Rule):
    """A comparison of columns, numbers and texts, as `pandas.DataFrame.eval` takes it.

    It says nothing of a row that lacks one of its cells. Equal numbers may differ by rounding in float64.

    Parameters
    ----------
    text : str
        The expression. A name that is no identifier stands in backquotes; columns without labels are x0, x1
        and so on.

    Examples
    --------
    >>> import pandas as pd
    >>> from vaesynth.tabular import ExpressionRule
    >>> rule = ExpressionRule("total == months * `per month`")
    >>> rule.solved, rule.columns
    ('total', ('total', 'months', 'per month'))
    >>> rule.evaluate(pd.DataFrame({"total": [6, 7], "months": [2, 2], "per month": [3, 3]})).tolist()
    [True, False]
    """

    text: str

    def __post_init__(self) -> None:
        """Refuse what is no comparison of columns."""
        tree = self._tree
        for node in ast.walk(tree):
            if not isinstance(node, _ALLOWED):
                raise ValueError(
                    "`constraints` must be comparisons of columns, numbers and texts, with arithmetic, `and`, `or`, "
                    f"`not` and `in`, or functions of rows; got {type(node).__name__.lower()} in {self.text!r}"
                )
        if not isinstance(tree.body, (ast.Compare, ast.BoolOp, ast.UnaryOp, ast.BinOp, ast.Name)):
            raise ValueError(f"`constraints` must be comparisons of columns, got {self.text!r}")
        if not self.columns:
            raise ValueError(f"`constraints` must name a column, got {self.text!r}")

    @property
    def name(self) -> str:
        """What messages call the rule."""
        return self.text

    @cached_property
    def columns(self) -> tuple[str, ...]:
        """Names of the columns that the rule compares, in the order of their first appearance."""
        names = [node for node in ast.walk(self._tree) if isinstance(node, ast.Name)]
        ordered = sorted(names, key=lambda node: node.col_offset)
        return tuple(dict.fromkeys(self._real_name(node.id) for node in ordered))

    @cached_property
    def sides(self) -> tuple[str, str] | None:
        """Both sides of an equality, as texts in which placeholders stand for quoted names; None of other rules."""
        body = self._tree.body
        # pandas reads & and | as `and` and `or`, which bind less than a comparison.
        joins = any(isinstance(node, (ast.BitAnd, ast.BitOr)) for node in ast.walk(body))
        if joins or not isinstance(body, ast.Compare):
            return None
        if len(body.ops) != 1 or not isinstance(body.ops[0], ast.Eq):
            return None
        return ast.unparse(body.left), ast.unparse(body.comparators[0])

    @cached_property
    def solved(self) -> str | None:
        """The column that an equality with a column alone on one side says how to compute, or None."""
        return None if self._solution is None else self._solution[0]

    def evaluate(self, rows: Any) -> np.ndarray:
        """Return for each row whether the rule holds."""
        frame = self.frame(rows)
        lacking = frame.isna().any(axis=1).to_numpy()
        if self.sides is None:
            values = _as_array(self._compute(self._source, frame), len(frame))
            if values.dtype != bool and not all(
                isinstance(value, bool) for value in values[~lacking]
            ):
                raise ValueError(
                    f"constraint {self.text!r} must be true or false, got {values.dtype}"
                )
        else:
            left, right = (self._compute(side, frame) for side in self.sides)
            values = _are_equal(left, right, len(frame))
        return lacking | (values == True)  # noqa: E712  # of objects NaN and None are not true

    def solve(self, frame: pd.DataFrame) -> pd.Series:
        """Return what the equality says of the column that it solves for, from a frame of its columns."""
        if self._solution is None:
            raise ValueError(f"constraint {self.text!r} must have a column alone on one side")
        values = self._compute(self._solution[1], self.frame(frame))
        return values if isinstance(values, pd.Series) else pd.Series([values] * len(frame))

    def frame(self, rows: Any) -> pd.DataFrame:
        """Return the columns of the rule, under the names that its texts have for them."""
        frame = as_frame(rows)
        find_names(self, list(frame.columns))
        part = frame[list(self.columns)].set_axis(range(len(frame)), axis=0)
        part.columns = [self._placeholder(name) for name in self.columns]
        return part

    @staticmethod
    def _compute(source: str, frame: pd.DataFrame) -> Any:
        # Empty name spaces: an expression sees columns only.
        return frame.eval(source, engine="python", local_dict={}, global_dict={})

    @cached_property
    def _solution(self) -> tuple[str, str] | None:
        if self.sides is None:
            return None
        body: Any = self._tree.body
        for alone, other in ((body.left, body.comparators[0]), (body.comparators[0], body.left)):
            used = {node.id for node in ast.walk(other) if isinstance(node, ast.Name)}
            if isinstance(alone, ast.Name) and used and alone.id not in used:
                return self._real_name(alone.id), ast.unparse(other)
        return None

    @cached_property
    def _quoted(self) -> list[str]:
        return list(dict.fromkeys(_QUOTED.findall(self.text)))

    @cached_property
    def _source(self) -> str:
        """The text with a placeholder for each quoted name."""
        return _QUOTED.sub(lambda found: self._placeholder(found[1]), self.text).strip()

    def _placeholder(self, name: str) -> str:
        return f"quoted_{self._quoted.index(name)}_" if name in self._quoted else name

    def _real_name(self, identifier: str) -> str:
        of_placeholder = {self._placeholder(name): name for name in self._quoted}
        return of_placeholder.get(identifier, identifier)

    @cached_property
    def _tree(self) -> ast.Expression:
        try:
            return ast.parse(self._source, mode="eval")
        except SyntaxError as error:
            raise ValueError(
                f"`constraints` must be comparisons of columns, got {self.text!r}: {error.msg}"
            ) from None


def read_rules(constraints: Any) -> tuple[Rule, ...]:
    """Return the rules that a user has given: an expression, a function of rows, or a sequence of those.

    Raises
    ------
    TypeError
        If one is neither a text nor a function.
    ValueError
        If a text is no comparison of columns.

    Examples
    --------
    >>> [rule.name for rule in read_rules(["start <= end", len])]
    ['start <= end', 'len']
    """
    given = [constraints] if isinstance(constraints, str) or callable(constraints) else constraints
    if not isinstance(given, Sequence):
        raise TypeError(f"`constraints` must be expressions or functions of rows, got {given!r}")
    rules: list[Rule] = []
    for constraint in given:
        if isinstance(constraint, str):
            rules.append(ExpressionRule(constraint))
        elif callable(constraint):
            rules.append(FunctionRule(constraint))
        else:
            raise TypeError(
                f"`constraints` must be expressions or functions of rows, got {constraint!r}"
            )
    return tuple(rules)


def find_names(rule: ExpressionRule, names: Sequence[Hashable]) -> list[int]:
    """Return the positions of the columns of a rule among these names.

    Raises
    ------
    ValueError
        If one is not there.
    """
    for name in rule.columns:
        if name not in names:
            raise ValueError(
                f"constraint {rule.text!r} must be of the columns {list(names)}, got {name!r}"
            )
    return [list(names).index(name) for name in rule.columns]


def evaluate(function: Callable[[Any], Any], rows: Any, name: str) -> np.ndarray:
    """Return the values of a function of the user, one for each row.

    Raises
    ------
    ValueError
        If they have another shape, are no numbers, or one is NaN.
    """
    values = np.asarray(function(rows))
    n_rows = num_samples(rows)
    if values.shape != (n_rows,):
        raise ValueError(
            f"{name} must give one value for each of {n_rows} rows, got shape {values.shape}"
        )
    if values.dtype == bool:
        return values
    try:
        values = values.astype(float)
    except (TypeError, ValueError) as error:
        raise ValueError(f"{name} must give numbers, got {values.dtype}") from error
    if np.isnan(values).any():
        raise ValueError(
            f"{name} must give numbers, got NaN for {int(np.isnan(values).sum())} rows"
        )
    return values


def as_frame(rows: Any) -> pd.DataFrame:
    """Return rows of any container as a frame, whose columns are x0, x1 and so on where they have no labels.

    Examples
    --------
    >>> import numpy as np
    >>> as_frame(np.zeros((2, 2))).columns.tolist()
    ['x0', 'x1']
    """
    if isinstance(rows, pd.DataFrame):
        return rows
    table = rows.to_arrow() if hasattr(rows, "to_arrow") else rows
    if hasattr(table, "to_pandas"):
        return table.to_pandas()
    dense = rows.toarray() if hasattr(rows, "toarray") else rows
    frame = pd.DataFrame(dense)
    return frame.set_axis(list(position_names(frame.shape[1])), axis=1)


def _as_array(values: Any, n_rows: int) -> np.ndarray:
    return np.asarray(values) if np.ndim(values) else np.full(n_rows, values)


def _are_equal(left: Any, right: Any, n_rows: int) -> np.ndarray:
    arrays = [_as_array(side, n_rows) for side in (left, right)]
    if any(array.dtype.kind == "f" for array in arrays):
        a, b = (array.astype(float) for array in arrays)
        equal: np.ndarray = np.isclose(a, b, rtol=EQUAL, atol=0)
        return equal
    return _as_array(left == right, n_rows)

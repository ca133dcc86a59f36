"""How the cells of a text file are spelled, for new cells of the same column."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pandas as pd

from vaesynth._optional import import_optional
from vaesynth.files._typing import find_date_format

FIXED_POINT = re.compile(r"[+-]?\d+[.,](\d+)")


class Spelling:
    """The spelling of one column of a text file.

    New cells are written as the file writes its own: the same words for true and false and for a missing cell, the
    same format of dates, as many decimals where all cells have the same number, the same decimal mark, and a plus sign
    where all that are positive have one.

    Parameters
    ----------
    text : Series of str, shape (n_rows,)
        Cells as the file spells them.
    typed : pyarrow.Array or ChunkedArray of length n_rows
        What they mean, see :func:`type_column`.
    decimal : str, default="."
        Decimal mark of the numbers.

    Examples
    --------
    >>> import pandas as pd
    >>> import pyarrow as pa
    >>> from vaesynth.files import Spelling
    >>> spelling = Spelling(pd.Series(["yes?", "TRUE", "FALSE"]), pa.array([None, True, False]))
    >>> spelling.spell(pa.array([False, True, None]))
    ['FALSE', 'TRUE', 'yes?']
    """

    def __init__(self, text: pd.Series, typed: Any, decimal: str = ".") -> None:
        there = pd.Series(typed.is_valid().to_pandas(), dtype=bool)
        missing = text[~there.to_numpy()]
        self.missing = str(missing.mode()[0]) if len(missing) else ""
        self._write = _find_writer(text[there.to_numpy()], typed.drop_null(), decimal)

    def spell(self, cells: Any) -> list[str]:
        """Give the text of typed cells.

        Parameters
        ----------
        cells : pyarrow.Array or ChunkedArray
            Cells of the column's type.

        Returns
        -------
        list of str
        """
        return [self.missing if cell is None else self._write(cell) for cell in cells.to_pylist()]


def _find_writer(text: pd.Series, typed: Any, decimal: str) -> Callable[[Any], str]:
    """Find the function that writes one cell; `text` and `typed` hold no missing cells."""
    types = import_optional("pyarrow", "cli").types
    if types.is_boolean(typed.type):
        words = text.groupby(typed.to_numpy(zero_copy_only=False)).agg(
            lambda cells: cells.mode()[0]
        )
        return {True: "True", False: "False", **words.to_dict()}.__getitem__
    if types.is_date(typed.type) or types.is_timestamp(typed.type):
        # There is one: it is why the column has dates.
        date_format = str(find_date_format(text))
        return lambda cell: pd.Timestamp(cell).strftime(date_format)
    if types.is_floating(typed.type):
        return _with_plus(_float_writer(text, decimal), text)
    return _with_plus(str, text) if types.is_integer(typed.type) else str


def _float_writer(text: pd.Series, decimal: str) -> Callable[[float], str]:
    matches = [FIXED_POINT.fullmatch(cell.strip()) for cell in text]
    decimals = {len(match[1]) if match else None for match in matches}
    n_decimals = decimals.pop() if len(decimals) == 1 else None

    def write(cell: float) -> str:
        fixed = repr(cell) if n_decimals is None else f"{cell:.{n_decimals}f}"
        return (fixed if float(fixed) == cell else repr(cell)).replace(".", decimal)

    return write


def _with_plus(write: Callable[[Any], str], text: pd.Series) -> Callable[[Any], str]:
    """Return a writer that puts a plus sign before positive numbers where all of the file have one."""
    stripped = text.str.strip()
    positive = stripped[~stripped.str.startswith("-")]
    # A zero may have none beside others that do.
    counted = positive[positive.str.contains("[1-9]")]
    if counted.empty or not counted.str.startswith("+").all():
        return write
    zeros = positive[~positive.str.contains("[1-9]")]
    signs_zero = len(zeros) > 0 and zeros.str.startswith("+").all()
    return lambda cell: ("+" if cell > 0 or (cell == 0 and signs_zero) else "") + write(cell)

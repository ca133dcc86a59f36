"""How the cells of a text file are spelled, for new cells of the same column."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Self

import pandas as pd

from vaesynth._optional import import_optional
from vaesynth.files._typing import (
    DATE_FORMATS,
    LONGEST,
    MISSING_WORDS,
    NUMBER_DATES,
    TRUTH,
    find_date_format,
)

FIXED_POINT = re.compile(r"[+-]?\d+[.,](\d+)")


@dataclass(frozen=True)
class Spelling:
    """The spelling of one column of a text file.

    New cells are written as the file writes its own: the same words for true and false and for a missing cell, the
    same format of dates, as many decimals where all cells have the same number, the same decimal mark, and a plus sign
    where all that are positive have one.

    Parameters
    ----------
    missing : str, default=""
        What stands for a missing cell.
    false, true : str
        The truth values.
    date_format : str or None, default=None
        Format of dates in the notation of ``strftime``; None writes ISO dates.
    decimals : int or None, default=None
        Decimals of numbers that need no more; None writes as many as a number needs.
    decimal : {".", ","}, default="."
        Decimal mark.
    signs_positive, signs_zero : bool, default=False
        Whether numbers have a plus sign.
    quoted : bool, default=False
        Whether all cells stand in quotes.

    Examples
    --------
    >>> import pandas as pd
    >>> import pyarrow as pa
    >>> from vaesynth.files import Spelling
    >>> spelling = Spelling.learn(pd.Series(["NA", "TRUE", "FALSE"]), pa.array([None, True, False]))
    >>> spelling.spell(pa.array([False, True, None]))
    ['FALSE', 'TRUE', 'NA']
    """

    missing: str = ""
    false: str = "False"
    true: str = "True"
    date_format: str | None = None
    decimals: int | None = None
    decimal: str = "."
    signs_positive: bool = False
    signs_zero: bool = False
    quoted: bool = False

    @classmethod
    def learn(
        cls, text: pd.Series, typed: Any, decimal: str = ".", *, quoted: bool = False
    ) -> Self:
        """Return the spelling of a column.

        Parameters
        ----------
        text : Series of str, shape (n_rows,)
            Cells as the file spells them.
        typed : pyarrow.Array or ChunkedArray of length n_rows
            What they mean, see :func:`type_column`.
        decimal : str, default="."
            Decimal mark of the numbers.
        quoted : bool, default=False
            Whether all cells stand in quotes.
        """
        types = import_optional("pyarrow", "cli").types
        there = typed.is_valid().to_pandas().to_numpy(dtype=bool)
        cells, missing, kind = text[there], text[~there], typed.type
        found: dict[str, Any] = {"decimal": decimal, "quoted": quoted}
        if len(missing):
            found["missing"] = str(missing.mode()[0])
        if types.is_boolean(kind):
            meant = typed.drop_null().to_numpy(zero_copy_only=False)
            words = cells.groupby(meant).agg(lambda same: same.mode()[0])
            found |= {"true" if value else "false": word for value, word in words.items()}
        elif types.is_date(kind) or types.is_timestamp(kind):
            found["date_format"] = find_date_format(cells)
        elif types.is_floating(kind) or types.is_integer(kind):
            found["signs_positive"], found["signs_zero"] = _find_signs(cells.str.strip())
            if types.is_floating(kind):
                found["decimals"] = _find_decimals(cells.str.strip())
        return cls(**found)

    def check(self) -> None:
        """Raise a ValueError if this is no spelling that :meth:`learn` finds in a file."""
        formats = (None, *DATE_FORMATS, *NUMBER_DATES)
        is_found = (
            self.missing in MISSING_WORDS
            and TRUTH.get(self.false) is False
            and TRUTH.get(self.true) is True
            and self.date_format in formats
            and (
                self.decimals is None
                or (type(self.decimals) is int and 0 <= self.decimals < LONGEST)
            )
            and self.decimal in (".", ",")
            and all(
                type(is_so) is bool for is_so in (self.signs_positive, self.signs_zero, self.quoted)
            )
        )
        if not is_found:
            raise ValueError(f"a spelling must be one of a text file, got {self!s:.300}")

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
        write = self._find_writer(cells.type)
        return [self.missing if cell is None else write(cell) for cell in cells.to_pylist()]

    def _find_writer(self, kind: Any) -> Callable[[Any], str]:
        """Find the function that writes one cell of a type."""
        types = import_optional("pyarrow", "cli").types
        if types.is_boolean(kind):
            return lambda cell: self.true if cell else self.false
        date_format = self.date_format
        if date_format is not None and (types.is_date(kind) or types.is_timestamp(kind)):
            # Not all systems write the year 1 with four digits.
            return lambda cell: cell.strftime(date_format.replace("%Y", f"{cell.year:04d}"))
        if types.is_floating(kind) or types.is_integer(kind):
            return self._write_number
        return str

    def _write_number(self, number: float) -> str:
        text = repr(number)
        if self.decimals is not None:
            fixed = f"{number:.{self.decimals}f}"
            text = fixed if float(fixed) == number else text
        is_signed = self.signs_positive if number > 0 else self.signs_zero and number == 0
        return ("+" if is_signed else "") + text.replace(".", self.decimal)


def _find_decimals(cells: pd.Series) -> int | None:
    """Return how many decimals all cells have, None where they differ."""
    matches = [FIXED_POINT.fullmatch(cell) for cell in cells]
    found = {len(match[1]) if match else None for match in matches}
    return found.pop() if len(found) == 1 else None


def _find_signs(cells: pd.Series) -> tuple[bool, bool]:
    """Tell whether all positive numbers have a plus sign, and whether zeros have one then."""
    positive = cells[~cells.str.startswith("-")]
    is_zero = ~positive.str.contains("[1-9]")
    # A zero may have none beside others that do.
    counted, zeros = positive[~is_zero], positive[is_zero]
    if counted.empty or not counted.str.startswith("+").all():
        return False, False
    return True, len(zeros) > 0 and bool(zeros.str.startswith("+").all())

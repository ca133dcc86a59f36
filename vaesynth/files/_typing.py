"""From the cells of a text file to typed columns."""

from __future__ import annotations

import re
from collections.abc import Collection
from contextlib import suppress
from typing import Any

import pandas as pd

from vaesynth._optional import import_optional

# One spelling of an instant each; a column is one only if every cell is spelled in the same way.
DATE_FORMATS = (
    "%Y-%m-%d",
    "%Y-%m-%d %H:%M:%S",
    "%Y-%m-%dT%H:%M:%S",
    "%Y-%m-%dT%H:%M:%SZ",
    "%Y-%m-%d %H:%M",
    "%Y-%m-%dT%H:%M",
    "%Y-%m-%d %H:%M:%S.%f",
    "%Y-%m-%dT%H:%M:%S.%f",
)
ISO_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
DAYS = ("%Y-%m-%d", "%Y%m%d", "%Y%m", "%y%m%d")
# Dates that look like whole numbers: months of this and the last century, days of any year, as 99991231 for never.
_MONTH = r"(0[1-9]|1[0-2])"
_DAY = rf"{_MONTH}(0[1-9]|[12][0-9]|3[01])"
NUMBER_DATES = {
    "%Y%m%d": re.compile(rf"[1-9][0-9]{{3}}{_DAY}"),
    "%Y%m%d%H%M%S": re.compile(rf"[1-9][0-9]{{3}}{_DAY}([01][0-9]|2[0-3])[0-5][0-9][0-5][0-9]"),
    "%Y%m": re.compile(rf"(19|20)[0-9][0-9]{_MONTH}"),
    # With zeros in front it may as well be the day that comes first.
    "%y%m%d": re.compile(rf"[1-9][0-9]{_DAY}"),
}
USUAL_YEAR = re.compile("19|20")
# So many different dates are no numbers that happen to look so, or count from 200001 on: the next after 200012 is no
# month.
N_DATES = 13
# What pandas takes for missing; of a column of words only the empty cell is, if the user says so.
MISSING_WORDS = frozenset(
    (
        "",
        "#N/A",
        "#N/A N/A",
        "#NA",
        "-1.#IND",
        "-1.#QNAN",
        "-NaN",
        "-nan",
        "1.#IND",
        "1.#QNAN",
        "<NA>",
        "N/A",
        "NA",
    )
    + ("NULL", "NaN", "None", "n/a", "nan", "null")
)
TRUTH = {"True": True, "TRUE": True, "true": True, "False": False, "FALSE": False, "false": False}
# No number is longer; Python refuses to read 5,000 digits.
LONGEST = 400
LEADING_ZERO = re.compile(r"\s*[+-]?0\d", re.ASCII)
INTEGER = re.compile(r"\s*[+-]?\d+\s*", re.ASCII)
FLOAT = re.compile(r"\s*[+-]?((\d+\.?\d*|\.\d+)([eE][+-]?\d+)?|[iI]nf(inity)?)\s*", re.ASCII)
DECIMAL_COMMA = re.compile(r"\s*[+-]?\d+,\d+\s*", re.ASCII)


def type_column(
    text: pd.Series, *, decimal: str | None = None, missing: Collection[str] = MISSING_WORDS
) -> Any:
    """Give a column the type that its cells have.

    Whole numbers and truth values beside empty cells stay what they are, codes with leading zeros stay text, ISO dates
    become dates, and so do whole numbers that are all dates, as 20240131.

    Parameters
    ----------
    text : Series of str, shape (n_rows,)
        Cells as the file spells them.
    decimal : str or None
        Decimal mark of the numbers; None takes the point, and refuses numbers with a comma.
    missing : collection of str
        Cells that are none.

    Returns
    -------
    pyarrow.Array of length n_rows
        Null where a cell is missing.

    Raises
    ------
    ValueError
        If all cells are numbers but for commas in them, and `decimal` does not say what these are.

    Examples
    --------
    >>> import pandas as pd
    >>> from vaesynth.files import type_column
    >>> str(type_column(pd.Series(["3", "", "12"])).type)
    'int64'
    >>> str(type_column(pd.Series(["007", "123"])).type)
    'string'
    >>> str(type_column(pd.Series(["1,5", "2"]), decimal=",").type)
    'double'
    """
    pa = import_optional("pyarrow", "cli")
    there = ~text.isin(missing)
    cells = text[there]
    if cells.empty:
        return pa.nulls(len(text), pa.float64())
    if cells.isin(TRUTH).all():
        return _place(pa.array(cells.map(TRUTH).tolist(), pa.bool_()), there)
    date_format = find_date_format(cells)
    if date_format is not None:
        return _place(_dates(cells, date_format), there)
    numbers = _numbers(str(text.name), cells.tolist(), decimal)
    return _place(pa.array(cells, pa.string()) if numbers is None else numbers, there)


def find_date_format(cells: pd.Series) -> str | None:
    """Find the format, in the notation of ``strftime``, in which every cell is a date, or a date and a time.

    Examples
    --------
    >>> import pandas as pd
    >>> find_date_format(pd.Series(["2024-02-29", "1999-12-31"]))
    '%Y-%m-%d'
    >>> find_date_format(pd.Series(["20240229", "19991231"]))
    '%Y%m%d'
    >>> find_date_format(pd.Series(["2024-02-29", "soon"])) is None
    True
    """
    for date_format in DATE_FORMATS if ISO_DAY.match(cells.iloc[0]) else ():
        # The first cell settles most columns: formatting a million cells to find no date would be slow.
        if _is_spelled(cells.iloc[:1], date_format) and _is_spelled(cells, date_format):
            return date_format
    for date_format, pattern in NUMBER_DATES.items():
        if not pattern.fullmatch(cells.iloc[0]) or not cells.str.fullmatch(pattern).all():
            continue
        is_usual = len(cells.iloc[0]) > 6 and cells.str.match(USUAL_YEAR).all()
        if (is_usual or cells.nunique() >= N_DATES) and _is_spelled(cells, date_format):
            return date_format
    return None


def _is_spelled(cells: pd.Series, date_format: str) -> bool:
    parsed = pd.to_datetime(cells, format=date_format, errors="coerce")
    return bool(parsed.notna().all() and (parsed.dt.strftime(date_format) == cells).all())


def _dates(cells: pd.Series, date_format: str) -> Any:
    pa = import_optional("pyarrow", "cli")
    parsed = pa.array(pd.to_datetime(cells, format=date_format)).cast(pa.timestamp("us"))
    return parsed.cast(pa.date32()) if date_format in DAYS else parsed


def _numbers(column: str, cells: list[str], decimal: str | None) -> Any:
    """Return cells as numbers, or None if one is none: a code with a leading zero, an integer beyond 64 bits."""
    pa = import_optional("pyarrow", "cli")
    if any(map(LEADING_ZERO.match, cells)) or max(map(len, cells)) > LONGEST:
        return None
    if all(map(INTEGER.fullmatch, cells)):
        whole = [int(cell) for cell in cells]
        for kind in (pa.int64(), pa.uint64()):
            with suppress(OverflowError, pa.ArrowInvalid):
                return pa.array(whole, kind)
        return None
    if decimal == ",":
        # A point is no decimal mark then.
        if not all(DECIMAL_COMMA.fullmatch(cell) or INTEGER.fullmatch(cell) for cell in cells):
            return None
        cells = [cell.replace(",", ".") for cell in cells]
    elif decimal is None:
        _refuse_commas(column, cells)
    if not all(map(FLOAT.fullmatch, cells)):
        return None
    return pa.array([float(cell) for cell in cells], pa.float64())


def _refuse_commas(column: str, cells: list[str]) -> None:
    """Raise if all cells are numbers but for commas in them."""
    comma = next((cell for cell in cells if "," in cell), None)
    if comma is not None and all(
        DECIMAL_COMMA.fullmatch(cell) or FLOAT.fullmatch(cell) for cell in cells
    ):
        raise ValueError(
            f"numbers must have a decimal point, got {comma!r} in column {column!r}: pass "
            "--decimal ',' where the comma is their decimal mark, or --decimal '.' where they are no numbers"
        )


def _place(cells: Any, there: pd.Series) -> Any:
    """Return a column with cells where there are any, and nulls elsewhere."""
    pa = import_optional("pyarrow", "cli")
    return cells.take(pa.array(there.cumsum() - 1, mask=~there.to_numpy()))

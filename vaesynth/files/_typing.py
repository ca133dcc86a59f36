"""From the cells of a text file to typed columns."""

from __future__ import annotations

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
LEADING_ZERO = r"\s*[+-]?0\d"
INTEGER = r"\s*[+-]?\d+\s*"


def type_column(text: pd.Series, inferred: pd.Series) -> Any:
    """Give a column the type that its cells have.

    It is the type that pandas infers, with four refinements: integers beside empty cells stay integers, truth values
    beside empty cells stay truth values, codes with leading zeros stay text, and ISO dates become dates.

    Parameters
    ----------
    text : Series of str, shape (n_rows,)
        Cells as the file spells them.
    inferred : Series of shape (n_rows,)
        The same column as :func:`pandas.read_csv` gives it.

    Returns
    -------
    pyarrow.Array of length n_rows
        Null where pandas finds the cell missing.

    Examples
    --------
    >>> import pandas as pd
    >>> from vaesynth.files import type_column
    >>> text = pd.Series(["3", "", "12"])
    >>> str(type_column(text, pd.Series([3.0, float("nan"), 12.0])).type)
    'int64'
    >>> str(type_column(pd.Series(["007", "123"]), pd.Series([7, 123])).type)
    'string'
    """
    pa = import_optional("pyarrow", "cli")
    there = inferred.notna()
    cells = text[there]
    kind = pd.api.types.infer_dtype(inferred, skipna=True)
    if cells.empty:
        return pa.nulls(len(text), pa.float64())
    if kind == "boolean":
        return pa.array(inferred.astype("boolean"), pa.bool_())
    if kind in ("integer", "floating") and not cells.str.match(LEADING_ZERO).any():
        return _numbers(cells, inferred)
    date_format = find_date_format(cells)
    if date_format is None:
        return pa.array(text.where(there), pa.string(), from_pandas=True)
    return _dates(cells, date_format).take(pa.array(there.cumsum() - 1, mask=~there.to_numpy()))


def find_date_format(cells: pd.Series) -> str | None:
    """Find the format, in the notation of ``strftime``, in which every cell is an ISO date or date and time.

    Examples
    --------
    >>> import pandas as pd
    >>> find_date_format(pd.Series(["2024-02-29", "1999-12-31"]))
    '%Y-%m-%d'
    >>> find_date_format(pd.Series(["2024-02-29", "soon"])) is None
    True
    """
    for date_format in DATE_FORMATS:
        # The first cell settles most columns: formatting a million cells to find no date would be slow.
        if _is_spelled(cells.iloc[:1], date_format) and _is_spelled(cells, date_format):
            return date_format
    return None


def _is_spelled(cells: pd.Series, date_format: str) -> bool:
    parsed = pd.to_datetime(cells, format=date_format, errors="coerce")
    return bool(parsed.notna().all() and (parsed.dt.strftime(date_format) == cells).all())


def _dates(cells: pd.Series, date_format: str) -> Any:
    pa = import_optional("pyarrow", "cli")
    parsed = pa.array(pd.to_datetime(cells, format=date_format)).cast(pa.timestamp("us"))
    return parsed.cast(pa.date32()) if date_format == DATE_FORMATS[0] else parsed


def _numbers(cells: pd.Series, inferred: pd.Series) -> Any:
    pa = import_optional("pyarrow", "cli")
    if inferred.dtype.kind == "f" and cells.str.fullmatch(INTEGER).all():
        try:
            whole = cells.str.strip().astype("Int64")
        except (ValueError, OverflowError):  # beyond 64 bits: pandas' floats are all there is
            return pa.array(inferred, pa.float64(), from_pandas=True)
        return pa.array(whole.reindex(inferred.index), pa.int64())
    if inferred.dtype.kind == "O":  # integers beyond 64 bits, which no column of numbers holds
        return pa.array(cells.reindex(inferred.index), pa.string(), from_pandas=True)
    return pa.array(inferred, from_pandas=True)

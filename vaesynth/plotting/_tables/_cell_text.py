"""Cells and columns of tables as short texts for pictures."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd


def cell_text(cell: Any, longest: int = 12) -> str:
    """Text of a cell: numbers with four digits or without decimals, times as days; long ones are cut."""
    if pd.isna(cell):
        return "missing"
    if isinstance(cell, float | np.floating):
        number = float(cell)
        text = f"{number:.4g}" if abs(number) < 1000 else f"{number:,.0f}"
    elif isinstance(cell, pd.Timestamp):
        text = f"{cell:%Y-%m-%d}"
    else:
        text = str(cell)
    return shorten(text, longest)


def shorten(text: str, longest: int) -> str:
    """Text of at most a number of characters, the last of them an ellipsis where it is cut."""
    return text if len(text) <= longest else text[: longest - 1] + "…"


def has_order(cells: pd.Series) -> bool:
    """Whether cells are numbers or times."""
    dtype = cells.dtype
    if pd.api.types.is_bool_dtype(dtype):
        return False
    return (
        pd.api.types.is_numeric_dtype(dtype)
        or pd.api.types.is_datetime64_any_dtype(dtype)
        or pd.api.types.is_timedelta64_dtype(dtype)
    )


def as_frame(rows: Any) -> pd.DataFrame:
    """Return a table as a DataFrame with names for columns and a fresh index."""
    frame = rows if isinstance(rows, pd.DataFrame) else pd.DataFrame(rows)
    return frame.rename(columns=str).reset_index(drop=True)

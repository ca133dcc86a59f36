"""Tables on the terminal."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from typing import Any

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table
from rich.text import Text

WIDE = 200
# A table of a thousand lines is read by nobody.
MAX_LINES = 50


def make_console() -> Console:
    """Make a console on standard output; into a pipe or a file lines are not folded to the width of a terminal."""
    return Console(width=None if sys.stdout.isatty() else WIDE, highlight=False)


def print_table(columns: Sequence[str], rows: Iterable[Sequence[Any]], title: str = "") -> None:
    """Print a table; numbers stand to the right, and no cell is read as markup.

    Parameters
    ----------
    columns : sequence of str
        Headings.
    rows : iterable of sequence
        Cells, as many as there are headings; those after the first 50 rows are counted, not shown.
    title : str, default=""
        Line above the table.
    """
    table = Table(box=SIMPLE_HEAD, title=Text(title) if title else None, title_justify="left")
    found = [list(row) for row in rows]
    body = found[:MAX_LINES]
    for position, column in enumerate(columns):
        numeric = all(isinstance(row[position], int | float) for row in body)
        table.add_column(Text(column), justify="right" if numeric else "left", overflow="fold")
    for row in body:
        table.add_row(*(Text(_write(cell)) for cell in row))
    console = make_console()
    console.print(table)
    if len(found) > len(body):
        console.print(f"… and {len(found) - len(body):,} more", markup=False)


def _write(cell: Any) -> str:
    if isinstance(cell, int) and not isinstance(cell, bool):
        return f"{cell:,}"
    return f"{cell:.4g}" if isinstance(cell, float) else str(cell)

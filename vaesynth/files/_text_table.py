"""The records of a text file, as they stand in it and as cells."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, Self

import pandas as pd

from vaesynth._optional import import_optional
from vaesynth.files._encoding import Encoding

OTHER_SEPARATORS = (";", "\t", "|", ",")
LINE_ENDS = ("\r\n", "\r", "\n")
# A line that some programs write above the header, for Excel alone.
HINT = re.compile("sep=", re.IGNORECASE)
# Cells are turned into columns in blocks of so many rows.
BLOCK = 50_000
UTF8 = Encoding()
# Whether a column's cells all stand in quotes is told by so many.
LOOKED_AT = 200


@dataclass(frozen=True)
class Layout:
    r"""How a text file is laid out.

    Parameters
    ----------
    sep : str
        What stands between cells.
    encoding : Encoding
        What its bytes mean.
    line_end : str
        What ends a row.
    quoted : tuple of bool
        For each column whether all its cells stand in quotes; empty for none.

    Examples
    --------
    >>> Layout(sep=";").write_row(["a;b", "two\rlines", "plain"])
    '"a;b";"two\rlines";plain'
    """

    sep: str = ","
    encoding: Encoding = UTF8
    line_end: str = "\n"
    quoted: tuple[bool, ...] = ()

    def write_row(self, cells: Sequence[str]) -> str:
        """Return a row without its end; what could be read otherwise stands in quotes."""
        needed = re.compile(f'[{re.escape(self.sep)}"\r\n]').search
        always = (*self.quoted, *[False] * len(cells))
        parts = [
            '"' + cell.replace('"', '""') + '"' if quoted or needed(cell) else cell
            for cell, quoted in zip(cells, always, strict=False)
        ]
        # One empty cell would be a blank line.
        return self.sep.join(parts) if parts != [""] else '""'


@dataclass(frozen=True, eq=False)
class TextSource:
    """A text file as it stands.

    Parameters
    ----------
    text : str
        The whole text.
    layout : Layout
        Its layout.
    columns : list of str
        Names of the columns.
    ends : list of int
        Where each record ends in the text, the header's first, before the end of its line.
    usual_sep : str
        What stands between cells of files whose names end as that of this one.
    """

    text: str
    layout: Layout
    columns: list[str]
    ends: list[int]
    usual_sep: str

    @classmethod
    def read(
        cls, content: bytes, sep: str | None, usual_sep: str, encoding: str | None
    ) -> tuple[Self, Any]:
        """Take a file apart.

        Parameters
        ----------
        content : bytes
            The file.
        sep : str or None
            What stands between cells; None takes the usual one.
        usual_sep : str
            That of files of this name.
        encoding : str or None
            The encoding; None takes UTF-8.

        Returns
        -------
        source : TextSource
        cells : pyarrow.Table of str, shape (n_rows, n_columns)

        Raises
        ------
        ValueError
            If the text is no table; the message says what to do.
        """
        found, text = Encoding.decode(content, encoding)
        layout = Layout(check_separator(sep) or usual_sep, found)
        records = split_records(text, layout.sep)
        header = next(records, None)
        if header is None:
            raise ValueError("a table must have a header, got nothing")
        names, end = header
        _check_names(names, layout.sep, sep)
        ends = [end]
        cells = _gather(names, _check_widths(records, names, ends))
        line_end = re.compile("|".join((*LINE_ENDS, "$"))).match(text, end)[0] or "\n"  # type: ignore[index]
        source = cls(text, replace(layout, line_end=line_end), names, ends, usual_sep)
        return replace(source, layout=replace(source.layout, quoted=source._find_quoted())), cells

    def extend(self, added: pd.DataFrame, new: pd.DataFrame) -> str:
        """Return the text with more columns at the right of its rows, and more rows below.

        Parameters
        ----------
        added : DataFrame of str, shape (n_rows, n_added)
            The columns to the right.
        new : DataFrame of str, shape (n_new, n_columns + n_added)
            The rows below.
        """
        layout, text = self.layout, self.text
        if added.shape[1]:
            plain = replace(layout, quoted=())
            rows = [list(added.columns), *added.to_numpy().tolist()]
            pieces, start = [], 0
            for end, row in zip(self.ends, rows, strict=True):
                pieces += [text[start:end], layout.sep, plain.write_row(row)]
                start = end
            text = "".join([*pieces, text[start:]])
        below = [layout.write_row(row) + layout.line_end for row in new.to_numpy().tolist()]
        if below and not text.endswith(("\n", "\r")):
            text += layout.line_end
        return text + "".join(below)

    def _find_quoted(self) -> tuple[bool, ...]:
        """Tell which columns stand in quotes, cell for cell."""
        quote_or_cell = re.compile(f'("(?:[^"]|"")*")|([^{re.escape(self.layout.sep)}]*)')
        quoted = [len(self.ends) > 1] * len(self.columns)
        for start, end in zip(self.ends[:LOOKED_AT], self.ends[1:], strict=False):
            record, place = self.text[start:end].lstrip("\r\n"), 0
            for position in range(len(self.columns)):
                found = quote_or_cell.match(record, place)
                quoted[position] &= bool(found and found[1])
                place = found.end() + 1 if found else place
        return tuple(quoted)


def split_records(text: str, sep: str) -> Iterator[tuple[list[str], int]]:
    r"""Yield the cells of each record and where it ends, without the end of its line; blank lines are left out.

    Raises
    ------
    ValueError
        If quotes are not closed, or text follows them.

    Examples
    --------
    >>> list(split_records('a,b\r\n\r\n1,"x\n"', ","))
    [(['a', 'b'], 3), (['1', 'x\n'], 13)]
    """
    place = 0

    def lines() -> Iterator[str]:
        nonlocal place
        for line in io.StringIO(text, newline=""):
            place += len(line)
            yield line

    reader = csv.reader(lines(), delimiter=sep, strict=True)
    while True:
        first_line = reader.line_num + 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            if "field limit" in str(error):
                raise ValueError(
                    f"a cell must have at most {csv.field_size_limit():,} letters, got more in line {first_line}: is "
                    "a quote not closed?"
                ) from error
            raise ValueError(
                f"quotes must enclose a whole cell and be doubled inside it, got others from line {first_line} on: "
                f"{error}"
            ) from error
        if cells:
            end = (
                place - 2
                if text.endswith("\r\n", 0, place)
                else place - text.endswith(("\r", "\n"), 0, place)
            )
            yield cells, end


def check_separator(sep: str | None) -> str | None:
    r"""Return what stands between cells, as a user writes it: one letter, or ``tab``.

    Examples
    --------
    >>> check_separator("tab")
    '\t'
    """
    if sep is None:
        return None
    sep = {"tab": "\t", "\\t": "\t"}.get(sep, sep)
    if len(sep) != 1 or sep in '"\r\n':
        raise ValueError(f"`sep` must be one letter that is no quote, or tab, got {sep!r}")
    return sep


def _check_names(names: list[str], sep: str, given: str | None) -> None:
    if HINT.match(names[0]):
        raise ValueError(
            "the header must be the first line, got Excel's hint 'sep=': delete that line, and pass --sep where the "
            "separator is another"
        )
    other = next((other for other in OTHER_SEPARATORS if other in names[0]), None)
    if len(names) == 1 and other is not None and given is None:
        shown = "tab" if other == "\t" else other
        raise ValueError(
            f"the header must have cells between {sep!r}, got one cell with {other!r}: if that stands between them, "
            f"pass --sep '{shown}'"
        )
    for position, name in enumerate(names, 1):
        if not name.strip():
            raise ValueError(
                f"every column must have a name, got none for column {position}: name it, or leave it out where it "
                "only numbers the rows"
            )
    repeated = next((name for name in names if names.count(name) > 1), None)
    if repeated is not None:
        raise ValueError(f"names of columns must be unique, got {repeated!r} more than once")


def _check_widths(
    records: Iterable[tuple[list[str], int]], names: list[str], ends: list[int]
) -> Iterator[list[str]]:
    """Yield the cells of each record, and note where it ends."""
    for number, (cells, end) in enumerate(records, 1):
        if len(cells) != len(names):
            raise ValueError(
                f"every row must have as many cells as the header, {len(names)}, got {len(cells)} in row {number}"
            )
        ends.append(end)
        yield cells


def _gather(names: list[str], rows: Iterator[list[str]]) -> Any:
    """Return rows as columns of text, a block at a time."""
    pa = import_optional("pyarrow", "cli")
    schema = pa.schema([(name, pa.string()) for name in names])
    blocks, block = [], []
    for row in rows:
        block.append(row)
        if len(block) == BLOCK:
            blocks.append(_block(block, schema))
            block = []
    if block:
        blocks.append(_block(block, schema))
    return pa.Table.from_batches(blocks, schema)


def _block(rows: list[list[str]], schema: Any) -> Any:
    pa = import_optional("pyarrow", "cli")
    columns = [pa.array(column, pa.string()) for column in zip(*rows, strict=True)]
    return pa.RecordBatch.from_arrays(columns, schema=schema)

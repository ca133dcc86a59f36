"""Tables into text files, each read once more before it counts as written."""

from __future__ import annotations

import csv
import gzip
import io
from itertools import zip_longest
from pathlib import Path
from typing import Any

import pandas as pd

from vaesynth.files._encoding import Encoding
from vaesynth.files._file_table import FileTable
from vaesynth.files._text_table import Layout, split_records


def write_text(table: FileTable, path: Path, sep: str, *, compress: bool) -> None:
    """Write a table as text, and compare what the file then holds with the table.

    Rows that were read from a file whose name ends alike stand in the new one byte for byte: in its encoding, with its
    separator, line ends and quotes.

    Parameters
    ----------
    table : FileTable
        What to write.
    path : Path
        Where to.
    sep : str
        What stands between cells of files of this name.
    compress : bool
        Whether to compress by gzip.

    Raises
    ------
    OSError
        If the file reads otherwise than it was written.
    """
    text = _spell(table.cells) if table.text is None else table.text
    source = table.source
    if source is None or source.usual_sep != sep:
        layout = Layout(sep)
        rows = [list(text.columns), *text.to_numpy().tolist()]
        whole = "".join(layout.write_row(row) + layout.line_end for row in rows)
    else:
        layout, n_old = source.layout, len(source.ends) - 1
        added = text.iloc[:n_old, len(source.columns) :]
        whole = source.extend(added, text.iloc[n_old:])
    content = layout.encoding.encode(whole)
    if source is not None and whole.startswith(source.text):
        _check_prefix(content, layout.encoding.encode(source.text), layout.encoding.name)
    # Neither the time nor the name of the unfinished file: the same table gives the same bytes.
    path.write_bytes(gzip.compress(content, mtime=0) if compress else content)
    written = path.read_bytes()
    _compare(gzip.decompress(written) if compress else written, layout, text)


def _check_prefix(content: bytes, real: bytes, name: str) -> None:
    """Raise if real rows have other bytes where new ones stand below."""
    if not content.startswith(real):
        raise ValueError(f"an encoding must give each row its own bytes, which {name} does not")


def _spell(cells: Any) -> pd.DataFrame:
    """Return typed cells as text."""
    frame = cells.to_pandas(types_mapper=pd.ArrowDtype, ignore_metadata=True)
    buffer = io.StringIO(newline="")
    # All in quotes, so that whatever they hold comes back; which quotes the file needs is told later.
    frame.to_csv(buffer, index=False, quoting=csv.QUOTE_ALL)
    buffer.seek(0)
    names, *rows = csv.reader(buffer, strict=True)
    return pd.DataFrame(rows, columns=names, dtype=str)


def _compare(content: bytes, layout: Layout, text: pd.DataFrame) -> None:
    """Raise if the bytes of a file are not those of a table."""
    encoding = layout.encoding
    found = Encoding.decode(content, encoding.name)[1]
    rows = [list(text.columns), *text.to_numpy().tolist()]
    for number, (expected, record) in enumerate(
        zip_longest(rows, split_records(found, layout.sep))
    ):
        if record is None or record[0] != expected:
            raise OSError(f"the file must read as it was written, got another row {number}")

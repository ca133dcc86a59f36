"""Which file holds which format, and how each is read and written."""

from __future__ import annotations

import gzip
import json
import os
import zlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from vaesynth._optional import import_optional
from vaesynth._whole_file import whole_file
from vaesynth.files._file_table import FileTable
from vaesynth.files._text_table import TextSource
from vaesynth.files._typing import type_column
from vaesynth.files._writing import write_text

SEPARATORS = {".csv": ",", ".csv.gz": ",", ".tsv": "\t", ".tsv.gz": "\t"}
ENDINGS = (*SEPARATORS, ".parquet", ".feather")


def find_ending(path: str | os.PathLike[str]) -> str:
    """Give the ending that says a table's format.

    Raises
    ------
    ValueError
        If it is none of ``ENDINGS``.

    Examples
    --------
    >>> find_ending("sales.2024.CSV.gz")
    '.csv.gz'
    >>> find_ending("sales.xlsx")
    Traceback (most recent call last):
    ...
    ValueError: the name of a table must end in .csv, .csv.gz, .tsv, .tsv.gz, .parquet, .feather, got 'sales.xlsx'
    """
    name = Path(path).name.lower()
    for ending in ENDINGS:
        if name.endswith(ending):
            return ending
    raise ValueError(
        f"the name of a table must end in {', '.join(ENDINGS)}, got {os.fspath(path)!r}"
    )


def read_table(
    path: str | os.PathLike[str],
    *,
    sep: str | None = None,
    encoding: str | None = None,
    decimal: str | None = None,
    categorical: Sequence[str] = (),
) -> FileTable:
    r"""Read a table from a CSV, TSV, Parquet or Feather file, according to the ending of its name.

    Parameters
    ----------
    path : str or path-like
        The file.
    sep : str or None, default=None
        What stands between cells of a text file: one letter, or ``"tab"``; None goes by the ending of the name.
    encoding : str or None, default=None
        Encoding of a text file, by Python's name; None takes UTF-8.
    decimal : {".", ","} or None, default=None
        Decimal mark of a text file; None takes the point, and refuses columns of numbers with a comma.
    categorical : sequence of str, default=()
        Columns of a text file that are words, whatever they look like: only an empty cell is missing there.

    Returns
    -------
    FileTable
        Cells of text files have the types that :func:`type_column` finds. An index that pandas has stored is left out
        where it has no name, and is a column like others where it has one.

    Raises
    ------
    FileNotFoundError
        If there is no such file.
    ValueError
        If the ending is not known, the file is damaged or has no rows, a row has more or fewer cells than the header,
        or a column has no name or that of another. The message says what to do.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> from vaesynth.files import read_table
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder) / "days.tsv"
    ...     _ = path.write_text("day\tsold\n2024-02-29\t3\n2024-03-01\t\n")
    ...     [str(kind) for kind in read_table(path).cells.schema.types]
    ['date32[day]', 'int64']
    """
    ending = find_ending(path)
    if not Path(path).is_file():
        raise FileNotFoundError(f"the table must be a file, got {os.fspath(path)!r}")
    try:
        if ending in SEPARATORS:
            table = _read_text(path, ending, sep, encoding, decimal, categorical)
        else:
            _refuse_text_options(
                ending, sep=sep, encoding=encoding, decimal=decimal, categorical=categorical
            )
            table = _read_typed(path, ending)
    except PermissionError:
        raise
    except (ValueError, OSError) as error:
        raise ValueError(f"{os.fspath(path)!r} must be a {ending} table: {error}") from error
    repeated = {name for name in table.names if table.names.count(name) > 1}
    if repeated:
        raise ValueError(f"names of columns must be unique, got {repeated.pop()!r} more than once")
    if table.cells.num_rows == 0:
        raise ValueError(f"a table must have rows, got none in {os.fspath(path)!r}")
    return table


def write_table(table: FileTable, path: str | os.PathLike[str], *, overwrite: bool = False) -> None:
    """Write a table in the format that the ending of the name says, whole or not at all.

    Parameters
    ----------
    table : FileTable
        What to write. Cells that came from a text file go into another as they were spelled.
    path : str or path-like
        Where to.
    overwrite : bool, default=False
        Whether to replace a file that is there.

    Raises
    ------
    FileExistsError
        If there is a file and `overwrite` is False.
    ValueError
        If the ending is not known, or the encoding of a text file lacks a letter of the new rows.
    OSError
        If the file cannot be written, as on a full disk, or does not read as it was written.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> import pyarrow as pa
    >>> from vaesynth.files import FileTable, read_table, write_table
    >>> table = FileTable(pa.table({"naïve": [True, None], "size": [1.5, 2.0]}))
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     write_table(table, Path(folder) / "sizes.csv.gz")
    ...     read_table(Path(folder) / "sizes.csv.gz").cells.equals(table.cells)
    True
    """
    ending = find_ending(path)
    with whole_file(path, overwrite=overwrite) as unfinished:
        if ending in SEPARATORS:
            write_text(table, unfinished, SEPARATORS[ending], compress=ending.endswith(".gz"))
        elif ending == ".parquet":
            import_optional("pyarrow.parquet", "cli").write_table(table.cells, unfinished)
        else:
            with unfinished.open("wb") as file:
                import_optional("pyarrow.feather", "cli").write_feather(table.cells, file)


def _read_text(
    path: str | os.PathLike[str],
    ending: str,
    sep: str | None,
    encoding: str | None,
    decimal: str | None,
    categorical: Sequence[str],
) -> FileTable:
    pa = import_optional("pyarrow", "cli")
    if decimal not in (None, ".", ","):
        raise ValueError(f"`decimal` must be a point or a comma, got {decimal!r}")
    content = Path(path).read_bytes()
    if ending.endswith(".gz"):
        content = _unpack(content)
    source, cells = TextSource.read(content, sep, SEPARATORS[ending], encoding)
    _check_columns(categorical, source.columns)
    text = cells.to_pandas()
    columns = {
        name: pa.array(text[name].mask(text[name] == ""), pa.string(), from_pandas=True)
        if name in categorical
        else type_column(text[name], decimal=decimal)
        for name in text
    }
    return FileTable(pa.table(columns), text, source, decimal or ".")


def _unpack(content: bytes) -> bytes:
    try:
        return gzip.decompress(content)
    except (OSError, EOFError, zlib.error) as error:
        raise ValueError(
            f"a file of this name must be compressed by gzip and whole, got another or a part of one: {error}"
        ) from error


def _check_columns(names: Sequence[str], columns: Sequence[str]) -> None:
    for name in names:
        if name not in columns:
            raise ValueError(f"`categorical` must be columns of the table, got {name!r}")


def _refuse_text_options(ending: str, **options: Any) -> None:
    given = [name for name, value in options.items() if value]
    if given:
        raise ValueError(
            f"`{given[0]}` is for text files, got it for a {ending} file: its columns have types"
        )


def _read_typed(path: str | os.PathLike[str], ending: str) -> FileTable:
    if ending == ".parquet":
        cells = import_optional("pyarrow.parquet", "cli").read_table(path)
    else:
        cells = import_optional("pyarrow.feather", "cli").read_table(path)
    return FileTable(_without_index(cells))


def _without_index(cells: Any) -> Any:
    """Leave out an index without a name, which does no more than number the rows, and make others plain columns."""
    about = dict(cells.schema.metadata or {})
    if b"pandas" not in about:
        return cells
    pandas_notes = json.loads(about[b"pandas"])
    pandas_notes["index_columns"] = []
    numbering = [name for name in cells.column_names if name.startswith("__index_level_")]
    about[b"pandas"] = json.dumps(pandas_notes).encode()
    return cells.drop_columns(numbering).replace_schema_metadata(about)

"""Which file holds which format, and how each is read and written."""

from __future__ import annotations

import gzip
import json
import os
import warnings
from pathlib import Path
from typing import Any

import pandas as pd

from vaesynth._optional import import_optional
from vaesynth._whole_file import whole_file
from vaesynth.files._file_table import FileTable
from vaesynth.files._typing import type_column

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


def read_table(path: str | os.PathLike[str]) -> FileTable:
    r"""Read a table from a CSV, TSV, Parquet or Feather file, according to the ending of its name.

    Parameters
    ----------
    path : str or path-like
        The file; text is read as UTF-8.

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
        If the ending is not known, the file is damaged or has no rows, or two columns have one name.

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
        table = _read_text(path, ending) if ending in SEPARATORS else _read_typed(path, ending)
    except (ValueError, OSError, Warning) as error:
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
        If the ending is not known.

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
    with whole_file(path, overwrite=overwrite) as unfinished, unfinished.open("wb") as file:
        if ending in SEPARATORS:
            _write_text(table, file, ending)
        elif ending == ".parquet":
            import_optional("pyarrow.parquet", "cli").write_table(table.cells, file)
        else:
            import_optional("pyarrow.feather", "cli").write_feather(table.cells, file)


def _read_text(path: str | os.PathLike[str], ending: str) -> FileTable:
    pa = import_optional("pyarrow", "cli")
    options: dict[str, Any] = {
        "sep": SEPARATORS[ending],
        "index_col": False,
        "compression": "gzip" if ending.endswith(".gz") else None,
        "low_memory": False,
    }
    with warnings.catch_warnings():
        # A row with more cells than the header loses them with no more than a warning.
        warnings.simplefilter("error", pd.errors.ParserWarning)
        text = pd.read_csv(path, dtype=str, na_filter=False, **options)
        inferred = pd.read_csv(path, **options)
    columns = {name: type_column(text[name], inferred[name]) for name in text}
    return FileTable(pa.table(columns), text)


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


def _write_text(table: FileTable, file: Any, ending: str) -> None:
    text = table.text
    if text is None:
        text = table.cells.to_pandas(types_mapper=pd.ArrowDtype, ignore_metadata=True)
    options: dict[str, Any] = {"sep": SEPARATORS[ending], "index": False, "lineterminator": "\n"}
    if not ending.endswith(".gz"):
        text.to_csv(file, encoding="utf-8", **options)
        return
    # Neither the time nor the name of the unfinished file: the same table gives the same bytes.
    with gzip.GzipFile(filename="", mode="wb", fileobj=file, mtime=0) as packed:
        text.to_csv(packed, encoding="utf-8", **options)

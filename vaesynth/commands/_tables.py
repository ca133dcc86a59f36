"""Tables as commands read them: how a text file is to be read, and what its classes are."""

from __future__ import annotations

import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import typer

from vaesynth.files import FileTable, TextForm, read_table
from vaesynth.streaming import open_dataset
from vaesynth.streaming import split_target as split_frame

# More classes are more likely a column of something else; each takes its own share of the work.
MAX_CLASSES = 50
# Attribute of an estimator that holds the form of its text file, in plain values that any saved model can hold.
FORM = "text_form_"

Sep = Annotated[
    str | None, typer.Option(help="What stands between cells of a text file: one letter, or tab.")
]
Encoding = Annotated[
    str | None, typer.Option(help="Encoding of a text file, such as latin-1; else UTF-8.")
]
Decimal = Annotated[
    str | None, typer.Option(help="Decimal mark of the numbers in a text file: . or ,")
]
Categorical = Annotated[
    list[str] | None,
    typer.Option(help="Column of words, whatever they look like; may be given several times."),
]
TextClass = Annotated[
    bool,
    typer.Option("--text-class", help="Classes are words as they stand, NA, None and 01 included."),
]
Yes = Annotated[
    bool, typer.Option("--yes", "-y", help=f"Go on with more than {MAX_CLASSES} classes, unasked.")
]


@dataclass(frozen=True)
class Reading:
    """How a table is to be read.

    Parameters
    ----------
    sep, encoding, decimal : str or None
        As :func:`vaesynth.files.read_table` takes them.
    categorical : list of str
        Columns of words.
    text_class : bool
        Whether classes are words as they stand.
    """

    sep: str | None = None
    encoding: str | None = None
    decimal: str | None = None
    categorical: list[str] = field(default_factory=list)
    text_class: bool = False

    def read(self, path: Path) -> FileTable:
        """Read a table."""
        return read_table(
            path,
            sep=self.sep,
            encoding=self.encoding,
            decimal=self.decimal,
            categorical=self.categorical,
        )

    def read_classes(self, path: Path, target: str) -> tuple[FileTable, Any, pd.Series]:
        """Read a table with a column of classes.

        A word such as None is a class among words; among numbers the user has to say so.

        Returns
        -------
        table : FileTable
        X : pyarrow.Table of shape (n_rows, n_columns - 1)
        y : Series of shape (n_rows,)

        Raises
        ------
        ValueError
            If there is no column of that name, or no other, or it is not clear what its cells mean.
        """
        table = self.read(path)
        X, y = split_frame(table.cells, target, "--target")
        if not self.text_class:
            _refuse_fractions(y, target)
        if table.text is None:
            return table, X, y.map(str, na_action="ignore") if self.text_class else y
        words, kind = table.text[target], table.cells[target].type
        unread = words[y.isna().to_numpy() & (words != "").to_numpy()]
        if self.text_class or pa.types.is_string(kind):
            cells = pa.array(words.mask(words == ""), pa.string(), from_pandas=True)
            table = table.replace_column(target, cells)
            return table, X, split_frame(table.cells, target)[1]
        if len(unread):
            raise ValueError(
                f"every row must have a class, got {unread.iloc[0]!r} in {len(unread)} rows: pass --text-class if that "
                "is the name of one"
            )
        return table, X, y


def _refuse_fractions(y: pd.Series, target: str) -> None:
    """Raise if classes are numbers that are not whole: that is more likely a column of something else."""
    # Where a class is missing, that is told first.
    if y.dtype.kind == "f" and y.notna().all():
        odd = y[y.mod(1) != 0]
        if len(odd):
            raise ValueError(
                f"classes must be words or whole numbers, got {odd.iloc[0]} in column {target!r}: pass --text-class if "
                "that is the name of one"
            )


def remember_form(estimator: Any, table: FileTable) -> None:
    """Let a fitted estimator keep how its text file was written, to be saved with it."""
    if table.form is not None:
        setattr(estimator, FORM, table.form.to_plain())


def recall_form(estimator: Any, path: Path) -> TextForm | None:
    """Return how the text file was written that an estimator was fitted on, None where it does not say.

    Raises
    ------
    ValueError
        If what it says is no form of a text file.
    """
    plain = getattr(estimator, FORM, None)
    if plain is None:
        return None
    try:
        return TextForm.from_plain(plain)
    except ValueError as error:
        raise ValueError(f"the model must be whole, got {str(path)!r}: {error}") from error


def number_of_classes(y: pd.Series) -> int:
    """Return the number of classes, 0 where labels are refused anyhow: one is missing, or they are no whole numbers.

    Examples
    --------
    >>> import pandas as pd
    >>> number_of_classes(pd.Series(["no", "yes"])), number_of_classes(pd.Series([0.5, 1.5]))
    (2, 0)
    """
    is_refused = y.isna().any() or (y.dtype.kind == "f" and y.mod(1).any())
    return 0 if is_refused else y.nunique()


def confirm_classes(n_classes: int, target: str, yes: bool) -> None:
    """Ask whether so many classes are meant; without a terminal to ask on, refuse.

    Examples
    --------
    >>> confirm_classes(800, "price", yes=True)
    """
    if n_classes <= MAX_CLASSES or yes:
        return
    found = f"column {target!r} has {n_classes if n_classes < sys.maxsize else f'more than {MAX_CLASSES}'} classes"
    if asks() and typer.confirm(f"{found}: go on?", err=True):
        return
    raise ValueError(
        f"{found}, more than the {MAX_CLASSES} that are not asked about: pass --yes if they are meant"
    )


def asks() -> bool:
    """Return whether there is somebody to ask."""
    return sys.stdin.isatty()


def count_classes(path: Path, target: str) -> int:
    """Return the number of classes of a table in Parquet files; one beyond the bound ends the count."""
    seen: set[Any] = set()
    dataset = open_dataset(path)
    if target not in dataset.schema.names:
        return 0  # what reads the table says so
    for batch in dataset.scanner(columns=[target]).to_batches():
        seen.update(pc.unique(batch.column(0)).to_pylist())
        if len(seen) > MAX_CLASSES:
            return sys.maxsize
    return len(seen)

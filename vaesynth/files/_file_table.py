"""A table as a file holds it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Self

import pandas as pd

from vaesynth._optional import import_optional
from vaesynth.files._text_form import TextForm
from vaesynth.files._text_table import TextSource


@dataclass(frozen=True, eq=False)
class FileTable:
    r"""Typed cells, and beside them the text of a file that has no types.

    Parameters
    ----------
    cells : pyarrow.Table of shape (n_rows, n_columns)
        The cells with their types.
    text : DataFrame of str, shape (n_rows, n_columns), or None
        The same cells as a text file spells them; None where the file has types.
    source : TextSource or None
        The text file as it stands, with the first rows and columns of `text`.
    decimal : str, default="."
        Decimal mark of the text.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> from vaesynth.files import read_table
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder) / "codes.csv"
    ...     _ = path.write_text("code,price\n007,1.50\n123,\n")
    ...     table = read_table(path)
    >>> table.append(table.cells.slice(0, 1)).text["price"].tolist()
    ['1.50', '', '1.50']
    """

    cells: Any
    text: pd.DataFrame | None = None
    source: TextSource | None = None
    decimal: str = "."

    @property
    def names(self) -> list[str]:
        """Names of the columns."""
        return self.cells.column_names

    @cached_property
    def form(self) -> TextForm | None:
        """How the file is laid out and its cells are spelled; None where it has types."""
        if self.text is None:
            return None
        return TextForm.learn(self.text, self.cells, self.decimal, self.source)

    @classmethod
    def spelled(cls, cells: Any, form: TextForm) -> Self:
        r"""Return new rows in the form of a text file.

        Parameters
        ----------
        cells : pyarrow.Table of shape (n_rows, n_columns)
            The rows.
        form : TextForm
            How they are to be spelled.

        Returns
        -------
        FileTable of shape (n_rows, n_columns)
        """
        return cls(cells, form.spell(cells), form.empty_source(cells.column_names))

    def append(self, rows: Any) -> Self:
        """Put new rows below, spelled as the others are.

        Parameters
        ----------
        rows : pyarrow.Table of shape (n_new, n_columns)
            Rows with the same columns and types.

        Returns
        -------
        FileTable of shape (n_rows + n_new, n_columns)
            The old rows are first and unchanged.
        """
        pa = import_optional("pyarrow", "cli")
        rows = rows.cast(self.cells.schema)
        whole = pa.concat_tables([self.cells, rows])
        form = self.form
        if form is None or self.text is None:
            return type(self)(whole)
        text = pd.concat([self.text, form.spell(rows)], ignore_index=True)
        return replace(self, cells=whole, text=text)

    def replace_column(self, name: str, cells: Any) -> Self:
        """Give a column other cells, of the same text.

        Parameters
        ----------
        name : str
            The column.
        cells : pyarrow.Array of length n_rows
            Its cells.

        Returns
        -------
        FileTable of shape (n_rows, n_columns)
        """
        position = self.names.index(name)
        return replace(self, cells=self.cells.set_column(position, name, cells))

    def add_column(self, name: str, marks: Any) -> Self:
        """Add a column of truth values on the right.

        Parameters
        ----------
        name : str
            Its name, which no column may have.
        marks : ndarray of bool, shape (n_rows,)
            Its cells.

        Returns
        -------
        FileTable of shape (n_rows, n_columns + 1)

        Raises
        ------
        ValueError
            If there is a column of that name.
        """
        if name in self.names:
            raise ValueError(f"a new column must have a new name, got {name!r}, which is there")
        pa = import_optional("pyarrow", "cli")
        cells = self.cells.append_column(name, pa.array(marks))
        if self.text is None:
            return type(self)(cells)
        marked = self.text.assign(**{name: ["True" if mark else "False" for mark in marks]})
        return replace(self, cells=cells, text=marked)

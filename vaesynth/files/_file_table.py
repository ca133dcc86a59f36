"""A table as a file holds it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Self

import pandas as pd

from vaesynth._optional import import_optional
from vaesynth.files._spelling import Spelling


@dataclass(frozen=True, eq=False)
class FileTable:
    r"""Typed cells, and beside them the text of a file that has no types.

    Parameters
    ----------
    cells : pyarrow.Table of shape (n_rows, n_columns)
        The cells with their types.
    text : DataFrame of str, shape (n_rows, n_columns), or None
        The same cells as a text file spells them; None where the file has types.

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

    @property
    def names(self) -> list[str]:
        """Names of the columns."""
        return self.cells.column_names

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
        whole = pa.concat_tables([self.cells, rows.cast(self.cells.schema)])
        if self.text is None:
            return type(self)(whole)
        spelled = {
            name: Spelling(self.text[name], self.cells[name]).spell(rows[name])
            for name in self.names
        }
        new = pd.DataFrame(spelled, columns=self.text.columns, dtype=self.text.dtypes.iloc[0])
        return type(self)(whole, pd.concat([self.text, new], ignore_index=True))

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
        return type(self)(
            cells, self.text.assign(**{name: ["True" if m else "False" for m in marks]})
        )

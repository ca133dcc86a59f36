"""The form of a text file without its rows: kept with a model, it lets new rows be written as the file was."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any, Self

import pandas as pd

from vaesynth.files._encoding import Encoding
from vaesynth.files._spelling import Spelling
from vaesynth.files._text_table import LINE_ENDS, Layout, TextSource, check_separator


@dataclass(frozen=True)
class TextForm:
    """How a text file is laid out, and how each of its columns is spelled.

    Parameters
    ----------
    columns : dict of str to Spelling
        The columns.
    layout : Layout or None, default=None
        What stands between cells and rows; None goes by the name of the new file.
    usual_sep : str, default=","
        What stands between cells of files whose names end as that of the file did.

    Examples
    --------
    >>> import pyarrow as pa
    >>> form = TextForm({"price": Spelling(decimals=2)})
    >>> form.spell(pa.table({"price": [1.5], "n": [3]})).to_dict("list")
    {'price': ['1.50'], 'n': ['3']}
    >>> TextForm.from_plain(form.to_plain()) == form
    True
    """

    columns: Mapping[str, Spelling]
    layout: Layout | None = None
    usual_sep: str = ","

    @classmethod
    def learn(
        cls, text: pd.DataFrame, cells: Any, decimal: str, source: TextSource | None = None
    ) -> Self:
        """Return the form of a table that has been read.

        Parameters
        ----------
        text : DataFrame of str, shape (n_rows, n_columns)
            Cells as the file spells them.
        cells : pyarrow.Table of shape (n_rows, n_columns)
            What they mean.
        decimal : str
            Decimal mark of the numbers.
        source : TextSource or None
            The file.
        """
        quoted: dict[str, bool] = {}
        if source is not None:
            quoted = dict(zip(source.columns, source.layout.quoted, strict=False))
        columns = {
            name: Spelling.learn(text[name], cells[name], decimal, quoted=quoted.get(name, False))
            for name in cells.column_names
        }
        if source is None:
            return cls(columns)
        return cls(columns, replace(source.layout, quoted=()), source.usual_sep)

    def spell(self, cells: Any) -> pd.DataFrame:
        """Return the text of typed cells; columns that the form does not know are spelled plainly.

        Parameters
        ----------
        cells : pyarrow.Table of shape (n_new, n_columns)
            New rows.

        Returns
        -------
        DataFrame of str, shape (n_new, n_columns)
        """
        texts = {
            name: self.columns.get(name, Spelling()).spell(cells[name])
            for name in cells.column_names
        }
        return pd.DataFrame(texts, columns=cells.column_names, dtype=str)

    def empty_source(self, names: list[str]) -> TextSource | None:
        """Return a file of these columns that has no rows yet, None where the layout is not known."""
        if self.layout is None:
            return None
        quoted = tuple(name in self.columns and self.columns[name].quoted for name in names)
        layout = replace(self.layout, quoted=quoted)
        header = layout.write_row(names)
        return TextSource(header, layout, names, [len(header)], self.usual_sep)

    def rename(self, old: str, new: str) -> Self:
        """Let the spelling of one column be that of another as well."""
        if old not in self.columns:
            return self
        return replace(self, columns={**self.columns, new: self.columns[old]})

    def to_plain(self) -> dict[str, Any]:
        """Return the form as texts, numbers and dictionaries of them."""
        return asdict(self)

    @classmethod
    def from_plain(cls, plain: Any) -> Self:
        """Return the form that :meth:`to_plain` has turned into plain values.

        Raises
        ------
        ValueError
            If it is none of a text file.
        """
        try:
            columns = {name: Spelling(**parts) for name, parts in plain["columns"].items()}
            layout, usual_sep = _read_layout(plain["layout"]), plain["usual_sep"]
            for name, spelling in columns.items():
                spelling.check()
                if type(name) is not str:
                    raise ValueError(f"names of columns must be texts, got {name!r:.100}")
            if usual_sep not in (",", "\t"):
                raise ValueError(f"cells must stand between commas or tabs, got {usual_sep!r:.100}")
        except (KeyError, TypeError, AttributeError) as error:
            raise ValueError(f"the form of a text file must be whole: {error!s:.300}") from error
        return cls(columns, layout, usual_sep)


def _read_layout(plain: Any) -> Layout | None:
    if plain is None:
        return None
    sep, line_end, encoding = check_separator(plain["sep"]), plain["line_end"], plain["encoding"]
    if sep is None or line_end not in LINE_ENDS:
        raise ValueError(f"rows must have separators and ends, got {sep!r} and {line_end!r:.100}")
    found = Encoding(encoding["name"], encoding["mark"])
    found.check()
    return Layout(sep, found, line_end)

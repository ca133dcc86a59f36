"""Tables of any container and column type as two plain arrays, and exactly back."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.utils import Tags
from sklearn.utils.validation import check_is_fitted

from vaesynth._sklearn import check_feature_names
from vaesynth._whole_fit import whole_fit
from vaesynth.tabular._columns._column import Column, NumberColumn, fit_column
from vaesynth.tabular._columns._lattice import conform
from vaesynth.tabular._containers import Layout, OpenedTable, accept_any_table, open_table
from vaesynth.tabular._schema import Table, TableSchema
from vaesynth.tabular._selection import select_columns


class TableEncoder(TransformerMixin, BaseEstimator):
    """Turn a table into numbers and codes, and turn them exactly back.

    Parameters
    ----------
    categorical_features : "auto" or array-like, default="auto"
        Columns to read as categories. With "auto" these are the columns of type category, string
        or bool, object columns with cells that are no numbers, and numeric columns with at most
        two distinct values. A boolean mask, integer positions or column names select columns in
        their place; columns that cannot be numbers are categories all the same.
    allow_missing : bool, default=False
        Whether any column may have missing cells in :meth:`transform`, also one that had none in fit.

    Attributes
    ----------
    schema_ : TableSchema
        What is known of each column.
    n_features_in_ : int
        Number of columns.
    feature_names_in_ : ndarray of str, shape (n_features_in_,)
        Column labels, where they are all strings.

    Notes
    -----
    `X` may be an ndarray, a list of rows, a scipy sparse matrix or array, a pandas DataFrame with
    columns of any scalar type, a pyarrow table, or a table with a ``to_arrow`` method whose class
    is built from a pyarrow table (polars). What comes back has the same class, column types,
    labels and missing markers, and a fresh index.

    Whole numbers are exact as floats up to 2**53. Beyond that, and for dates, durations and
    decimals always, they are stored as ``(number - offset) / step`` with the smallest number as
    offset and the greatest common divisor as step; exactness then ends where the range divided
    by the step exceeds 2**53. Extended-precision floats are read as float64, and an object column
    that mixes missing markers comes back with its first one in all places.

    Examples
    --------
    >>> import pandas as pd
    >>> from vaesynth.tabular import TableEncoder
    >>> X = pd.DataFrame({"age": [31, 47, 25], "city": ["Rome", None, "Oslo"]})
    >>> encoder = TableEncoder().fit(X)
    >>> table = encoder.transform(X)
    >>> table.numbers.tolist(), table.codes.tolist()
    ([[31.0], [47.0], [25.0]], [[1], [-1], [0]])
    >>> encoder.inverse_transform(table).equals(X)
    True
    """

    _estimator_name: str | None = None
    _columns: tuple[Column, ...]
    _layout: Layout
    schema_: TableSchema
    n_features_in_: int

    def __init__(self, *, categorical_features: Any = "auto", allow_missing: bool = False) -> None:
        self.categorical_features = categorical_features
        self.allow_missing = allow_missing

    @whole_fit
    def fit(self, X: Any, y: Any = None) -> TableEncoder:  # noqa: ARG002
        """Learn the columns of `X`.

        Parameters
        ----------
        X : array-like, sparse container or table of shape (n_rows, n_columns)
            The table.
        y : None
            Ignored.

        Returns
        -------
        TableEncoder
            The fitted encoder.

        Raises
        ------
        TypeError
            If `X` is no table, or a cell no scalar.
        ValueError
            If `X` has the wrong number of dimensions, no rows, no columns, complex or infinite
            numbers, or if `categorical_features` names columns that are not there.
        """
        self._fit(X)
        return self

    def transform(self, X: Any) -> Table:
        """Return the content of `X` as numbers and codes.

        Parameters
        ----------
        X : array-like, sparse container or table of shape (n_rows, n_features_in_)
            A table with the fitted columns, in any container.

        Returns
        -------
        Table
            Numbers of shape (n_rows, n_numbers) and codes of shape (n_rows, n_categoricals).

        Raises
        ------
        ValueError
            If the columns differ from the fitted ones, a category was not seen in fit, or a
            cell is missing in a column that had no missing cell in fit.
        """
        opened = self._open(X)
        contents = (
            column.read(values)
            for column, values in zip(self._columns, opened.columns, strict=True)
        )
        return self._assemble(contents, opened.n_rows)

    def transform_known(self, X: Any) -> tuple[Table, np.ndarray]:
        """Return the content of `X` with typical cells in place of unseen ones, and where those were.

        Unseen are categories that were not in fit, numbers where fit had a single other one, and missing cells in a
        column that had none in fit.

        Parameters
        ----------
        X : array-like, sparse container or table of shape (n_rows, n_features_in_)
            A table with the fitted columns, in any container.

        Returns
        -------
        table : Table
            As :meth:`transform` returns it.
        unseen : ndarray of bool, shape (n_rows, n_features_in_)
            Cells that were replaced, by the median or the most frequent category.

        Raises
        ------
        ValueError
            If the columns differ from the fitted ones.
        """
        opened = self._open(X)
        parts = [
            column.read_known(values)
            for column, values in zip(self._columns, opened.columns, strict=True)
        ]
        table = self._assemble((content for content, _ in parts), opened.n_rows)
        return table, np.column_stack([unseen for _, unseen in parts])

    @whole_fit
    def fit_transform(self, X: Any, y: Any = None) -> Table:  # noqa: ARG002
        """Fit to `X` and return its content as numbers and codes; `X` is read once.

        Parameters
        ----------
        X : array-like, sparse container or table of shape (n_rows, n_columns)
            The table.
        y : None
            Ignored.

        Returns
        -------
        Table
            As :meth:`transform` returns it.

        Raises
        ------
        TypeError, ValueError
            As in :meth:`fit`.
        """
        contents = self._fit(X)
        return self._assemble(contents, len(contents[0]))

    def inverse_transform(self, table: Table) -> Any:
        """Return `table` in the container, with the column types and labels, of the fitted table.

        Numbers are rounded to what their column can store and never cut; bounds seen in fit are
        the matter of :meth:`conform`.

        Parameters
        ----------
        table : Table
            Numbers of shape (n_rows, n_numbers) and codes of shape (n_rows, n_categoricals).

        Returns
        -------
        container of shape (n_rows, n_features_in_)
            The same kind of container as was fitted.

        Raises
        ------
        ValueError
            If the shapes or codes do not belong to the schema, or a cell is missing in a column
            that cannot hold one.
        """
        check_is_fitted(self)
        self._check_table(table)
        slots = {True: iter(table.numbers.T), False: iter(table.codes.T)}
        columns = [column.write(next(slots[column.spec.is_number])) for column in self._columns]
        return self._layout.rebuild(columns, len(table))

    def complete(self, table: Table, X: Any) -> Any:
        """Return `table` as :meth:`inverse_transform` does, but cells that `X` has as they are in `X`.

        They would differ where a column spans more integers than a float can tell apart.

        Parameters
        ----------
        table : Table
            The content of `X`, with content in place of what is missing there.
        X : array-like, sparse container or table of shape (n_rows, n_features_in_)
            Rows with missing cells.

        Returns
        -------
        container of shape (n_rows, n_features_in_)
            The same kind of container as was fitted.
        """
        check_is_fitted(self)
        if not any(isinstance(column, NumberColumn) and column.rounds for column in self._columns):
            return self.inverse_transform(table)
        self._check_table(table)
        slots = {True: iter(table.numbers.T), False: iter(table.codes.T)}
        columns = [
            column.write_over(values, next(slots[column.spec.is_number]))
            for column, values in zip(self._columns, self._open(X).columns, strict=True)
        ]
        return self._layout.rebuild(columns, len(table))

    def conform(self, table: Table) -> Table:
        """Bring generated cells to the nearest ones the fitted table allows.

        Numbers are rounded to the digits, clipped to the bounds and moved to the few distinct
        values that were seen; a column that had no missing cell gets its median or its most
        frequent category where one is missing. Fitted rows stay as they are, and conforming
        twice changes nothing more.

        Parameters
        ----------
        table : Table
            Numbers of shape (n_rows, n_numbers) and codes of shape (n_rows, n_categoricals).

        Returns
        -------
        Table
            A new table of the same shape.
        """
        check_is_fitted(self)
        self._check_table(table)
        return conform(table, self.schema_)

    @property
    def counts_steps(self) -> np.ndarray:
        """Which numbers are counted in steps, as of dates, durations and decimals, shape (n_numbers,), boolean."""
        numbers = [column for column in self._columns if isinstance(column, NumberColumn)]
        return np.array([column.storage.shifts for column in numbers], dtype=bool)

    def _fit(self, X: Any) -> list[np.ndarray]:
        """Learn the columns of `X` and return their numbers or codes."""
        opened = open_table(X, self._name)
        if opened.has_labels:
            check_feature_names(self, X, reset=True)
        elif hasattr(self, "feature_names_in_"):
            del self.feature_names_in_
        self.n_features_in_ = len(opened.columns)
        selected = select_columns(self.categorical_features, opened.names, opened.has_labels)
        fitted = [
            fit_column(values, name, position, None if selected is None else selected[position])
            for position, (values, name) in enumerate(
                zip(opened.columns, opened.names, strict=True)
            )
        ]
        columns = tuple(column for column, _ in fitted)
        if self.allow_missing:
            columns = tuple(column.allow_missing() for column in columns)
        self._columns = columns
        self._layout = opened.layout
        self.schema_ = TableSchema(tuple(column.spec for column in columns))
        return [content for _, content in fitted]

    def _open(self, X: Any) -> OpenedTable:
        check_is_fitted(self)
        opened = open_table(X, self._name)
        self._check_columns(X, opened)
        return opened

    def _assemble(self, contents: Iterable[np.ndarray], n_rows: int) -> Table:
        """Put columns of numbers and codes together, in the order of the columns."""
        numbers = np.empty((n_rows, self.schema_.n_numbers))
        codes = np.empty((n_rows, self.schema_.n_categoricals), dtype=np.int64)
        slots = {True: iter(numbers.T), False: iter(codes.T)}
        for column, content in zip(self._columns, contents, strict=True):
            next(slots[column.spec.is_number])[:] = content
        return Table(numbers, codes)

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        accept_any_table(tags.input_tags)
        # Cells that are no numbers are codes, whatever the types of the table.
        tags.transformer_tags.preserves_dtype = []
        return tags

    @property
    def _name(self) -> str:
        return self._estimator_name or type(self).__name__

    def _check_columns(self, X: Any, opened: OpenedTable) -> None:
        named = hasattr(self, "feature_names_in_")
        if opened.has_labels or named:
            # scikit-learn names the class in its message: speak for the estimator above.
            speaker = type(self._name, (), {})()
            if named:
                speaker.feature_names_in_ = self.feature_names_in_
            check_feature_names(speaker, X, reset=False)
        if len(opened.columns) != self.n_features_in_:
            raise ValueError(
                f"X has {len(opened.columns)} features, but {self._name} is expecting "
                f"{self.n_features_in_} features as input."
            )

    def _check_table(self, table: Table) -> None:
        schema = self.schema_
        expected = (len(table), schema.n_numbers), (len(table), schema.n_categoricals)
        found = table.numbers.shape, table.codes.shape
        if found != expected:
            raise ValueError(
                f"Numbers and codes of a table with this schema must have shapes {expected[0]} "
                f"and {expected[1]}, got {found[0]} and {found[1]}."
            )

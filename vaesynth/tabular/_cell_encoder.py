"""Tables as what a network reads, and a random way back."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from sklearn.base import BaseEstimator
from sklearn.utils.validation import check_is_fitted

from vaesynth.tabular._cells._binning import BinnedColumn
from vaesynth.tabular._cells._cell_column import CellColumn, LevelColumn
from vaesynth.tabular._cells._standardizing import StandardizedColumn
from vaesynth.tabular._columns._lattice import conform
from vaesynth.tabular._schema import Cells, ColumnSpec, Table, TableSchema

_NUMERIC_ENCODINGS = ("gaussianize", "standardize", "asinh", "bins")


class CellEncoder(BaseEstimator):
    """Turn a table into normalised values and discrete codes, and draw a table from such cells.

    Parameters
    ----------
    numeric_encoding : {"gaussianize", "standardize", "asinh", "bins"}, default="standardize"
        With "standardize" a numeric column becomes one value of mean 0 and standard deviation 1.
        With "asinh" the inverse hyperbolic sine of such a value follows. With "gaussianize" the
        value is half the robustly standardised number, whose tails are logarithms, and half the
        normal score of its rank. In all three a state code is added where the column has missing
        cells or spikes (single numbers, in a column of more than 20 others, that hold a tenth of
        the rows, or five rows far from the bulk). With "bins" a column becomes one code: its
        quantile bin, or "missing".
    n_bins : int, default=50
        Most bins of a column, "missing" apart.
    max_levels : int, default=1000
        Most categories of a column with a level of their own. In columns of more than 64
        categories those beyond, and those seen once, share one level.

    Attributes
    ----------
    n_values_ : int
        Number of columns of :attr:`Cells.values`.
    cardinalities_ : tuple of int
        Number of levels of each column of :attr:`Cells.codes`.
    state_codes_ : tuple of int
        For each value, the position of the code that says whether a row has it (level 0: it
        has), or -1 where every row has it.

    Notes
    -----
    Cells of numeric columns come first, then those of categorical columns, each in schema order.
    Columns with a single content have no cell, yet come back.

    Examples
    --------
    >>> import numpy as np
    >>> from vaesynth.tabular import CellEncoder, TableEncoder
    >>> X = [[1.5, "red"], [2.5, "blue"], [None, "red"], [3.5, "blue"]]
    >>> tables = TableEncoder().fit(X)
    >>> table = tables.transform(X)
    >>> encoder = CellEncoder().fit(table, tables.schema_)
    >>> encoder.n_values_, encoder.cardinalities_
    (1, (2, 2))
    >>> cells = encoder.transform(table)
    >>> cells.codes.tolist()
    [[0, 1], [0, 0], [1, 1], [0, 0]]
    >>> drawn = encoder.inverse_transform(cells, np.random.default_rng(0))
    >>> tables.inverse_transform(drawn) == X
    True
    """

    schema_: TableSchema
    n_values_: int
    cardinalities_: tuple[int, ...]
    state_codes_: tuple[int, ...]
    _columns: tuple[CellColumn, ...]

    def __init__(
        self,
        *,
        numeric_encoding: str = "standardize",
        n_bins: int = 50,
        max_levels: int = 1000,
    ) -> None:
        self.numeric_encoding = numeric_encoding
        self.n_bins = n_bins
        self.max_levels = max_levels

    def fit(
        self, table: Table, schema: TableSchema, level_counts: Sequence[np.ndarray] | None = None
    ) -> CellEncoder:
        """Learn the scales, bins and levels of `table`.

        Parameters
        ----------
        table : Table
            Numbers of shape (n_rows, n_numbers) and codes of shape (n_rows, n_categoricals).
        schema : TableSchema
            Specification of the columns.
        level_counts : sequence of ndarray of int64, shape (n_levels,), optional
            Rows of each level of each of ``schema.categoricals``, where `table` has only a part of the rows.

        Returns
        -------
        CellEncoder
            The fitted encoder.

        Raises
        ------
        ValueError
            If a parameter is out of range.
        """
        self._check_parameters()
        self.schema_ = schema
        self._columns = tuple(
            self._fit_column(column, spec) for column, spec in _pair(table, schema)
        )
        if level_counts is not None:
            pairs = zip(level_counts, schema.categoricals, strict=True)
            levels = [LevelColumn.of_counts(*pair, self.max_levels) for pair in pairs]
            self._columns = (*self._columns[: schema.n_numbers], *levels)
        coded = [column for column in self._columns if column.has_code]
        self.n_values_ = sum(column.has_value for column in self._columns)
        self.cardinalities_ = tuple(column.cardinality for column in coded)
        self.state_codes_ = tuple(
            coded.index(column) if column.has_code else -1
            for column in self._columns
            if column.has_value
        )
        return self

    def transform(self, table: Table) -> Cells:
        """Return the cells of `table`.

        Parameters
        ----------
        table : Table
            Numbers of shape (n_rows, n_numbers) and codes of shape (n_rows, n_categoricals).

        Returns
        -------
        Cells
            Values of shape (n_rows, n_values_) and codes of shape
            (n_rows, len(cardinalities_)).
        """
        check_is_fitted(self)
        values = np.empty((len(table), self.n_values_), dtype=np.float32)
        codes = np.empty((len(table), len(self.cardinalities_)), dtype=np.int64)
        value_slots, code_slots = iter(values.T), iter(codes.T)
        for encoder, (column, _) in zip(self._columns, _pair(table, self.schema_), strict=True):
            if encoder.has_value:
                next(value_slots)[:] = encoder.to_values(column)
            if encoder.has_code:
                next(code_slots)[:] = encoder.to_codes(column)
        return Cells(values, codes)

    def fit_transform(self, table: Table, schema: TableSchema) -> Cells:
        """Fit to `table` and return its cells."""
        return self.fit(table, schema).transform(table)

    def inverse_transform(self, cells: Cells, random_state: int | np.random.Generator) -> Table:
        """Return a table with these `cells`, every content one that the fitted table allows.

        Parameters
        ----------
        cells : Cells
            Values of shape (n_rows, n_values_) and codes of shape
            (n_rows, len(cardinalities_)).
        random_state : int or numpy.random.Generator
            Source of the draws within bins and pooled levels; a generator moves on.

        Returns
        -------
        Table
            Numbers of shape (n_rows, n_numbers) and codes of shape (n_rows, n_categoricals).

        Raises
        ------
        ValueError
            If the shapes or codes do not belong to the fitted table.
        """
        check_is_fitted(self)
        self._check_cells(cells)
        generator = np.random.default_rng(random_state)
        n_rows = len(cells)
        numbers = np.empty((n_rows, self.schema_.n_numbers), order="F")
        codes = np.empty((n_rows, self.schema_.n_categoricals), dtype=np.int64, order="F")
        slots = [*numbers.T, *codes.T]
        value_cells, code_cells = iter(cells.values.T), iter(cells.codes.T)
        single = np.zeros(n_rows, dtype=np.int64)
        for encoder, slot in zip(self._columns, slots, strict=True):
            values = next(value_cells) if encoder.has_value else None
            levels = next(code_cells) if encoder.has_code else single
            slot[:] = encoder.to_column(values, levels, generator)
        return conform(Table(numbers, codes), self.schema_)

    def find_pooled(self, table: Table) -> np.ndarray:
        """Return which categories share one level with others, bool of shape (n_rows, n_categoricals)."""
        check_is_fitted(self)
        levels = [column for column in self._columns if isinstance(column, LevelColumn)]
        found = np.zeros(table.codes.shape, dtype=bool)
        for place, column in enumerate(levels):
            found[:, place] = column.is_pooled(table.codes[:, place])
        return found

    def to_numbers(self, values: np.ndarray) -> np.ndarray:
        """Return values of cells in the units of their columns, shape (n_rows, n_values_), NaN for NaN."""
        columns = self._columns_with_value
        parts = [
            column.map.to_numbers(part) for column, part in zip(columns, values.T, strict=True)
        ]
        return np.column_stack(parts)

    def to_values(self, numbers: np.ndarray) -> np.ndarray:
        """Return the values of numbers in the units of their columns, the inverse of :meth:`to_numbers`."""
        columns = self._columns_with_value
        parts = [
            column.map.to_values(part) for column, part in zip(columns, numbers.T, strict=True)
        ]
        return np.column_stack(parts)

    @property
    def _columns_with_value(self) -> list[StandardizedColumn]:
        return [column for column in self._columns if isinstance(column, StandardizedColumn)]

    def expect(self, values: np.ndarray, probabilities: Sequence[np.ndarray]) -> Table:
        """Return the table of expected numbers and likeliest categories.

        Expected numbers keep to the bounds seen in fit, not to the digits. Under "gaussianize" and "asinh"
        they are the images of expected values.

        Parameters
        ----------
        values : ndarray of shape (n_rows, n_values_)
            Expected values.
        probabilities : sequence of ndarray of shape (n_rows, cardinality)
            Probabilities of the levels of each code.

        Returns
        -------
        Table
            Numbers of shape (n_rows, n_numbers) and codes of shape (n_rows, n_categoricals).
        """
        check_is_fitted(self)
        n_rows = len(values)
        numbers = np.empty((n_rows, self.schema_.n_numbers), order="F")
        codes = np.empty((n_rows, self.schema_.n_categoricals), dtype=np.int64, order="F")
        value_cells, levels = iter(values.T), iter(probabilities)
        for encoder, slot in zip(self._columns, [*numbers.T, *codes.T], strict=True):
            means = next(value_cells) if encoder.has_value else None
            slot[:] = encoder.expect(means, next(levels) if encoder.has_code else None)
        bounds = [(spec.lower, spec.upper) for spec in self.schema_.numbers]
        lower, upper = np.array(bounds).reshape(-1, 2).T
        return Table(np.clip(numbers, lower, upper), codes)

    def log_abs_det(self, table: Table) -> np.ndarray:
        """Return the nats from a log-density of the cells to one of the table's own contents.

        For a standardised number this is ``log |d value / d number|``, for a bin the log-density
        of the number within it, for a pooled category the log of its share of the pool, and 0
        for every cell that fixes its content.

        Parameters
        ----------
        table : Table
            Numbers of shape (n_rows, n_numbers) and codes of shape (n_rows, n_categoricals).

        Returns
        -------
        ndarray, shape (n_rows,)
            Nats per row, to add to the log-density of the row's cells.
        """
        nats = np.zeros(len(table))
        for of_column in self.log_abs_det_by_column(table).T:
            nats += of_column
        return nats

    def log_abs_det_by_column(self, table: Table) -> np.ndarray:
        """Return the part of each column in :meth:`log_abs_det`, in schema order.

        Parameters
        ----------
        table : Table
            Numbers of shape (n_rows, n_numbers) and codes of shape (n_rows, n_categoricals).

        Returns
        -------
        ndarray, shape (n_rows, n_columns)
            Nats.
        """
        check_is_fitted(self)
        nats = np.zeros((len(table), len(self._columns)))
        for encoder, (column, spec) in zip(self._columns, _pair(table, self.schema_), strict=True):
            nats[:, spec.position] = encoder.log_abs_det(column)
        return nats

    @property
    def n_ascending_(self) -> tuple[int, ...]:
        """How many of the first levels of each code are in order, as bins are; 0 for categories and states."""
        check_is_fitted(self)
        return tuple(column.n_ascending for column in self._columns if column.has_code)

    @property
    def cell_columns_(self) -> np.ndarray:
        """Position of the column of each cell, values before codes, shape (n_values_ + n_codes,)."""
        check_is_fitted(self)
        specs = [*self.schema_.numbers, *self.schema_.categoricals]
        columns = list(zip(self._columns, specs, strict=True))
        values = [spec.position for column, spec in columns if column.has_value]
        codes = [spec.position for column, spec in columns if column.has_code]
        return np.array(values + codes, dtype=np.int64)

    def _fit_column(self, column: np.ndarray, spec: ColumnSpec) -> CellColumn:
        if not spec.is_number:
            return LevelColumn.of(column, spec, self.max_levels)
        if self.numeric_encoding == "bins" or spec.n_distinct <= 1:
            return BinnedColumn.of(column, spec, self.n_bins)
        return StandardizedColumn.of(column, spec, self.numeric_encoding)

    def _check_parameters(self) -> None:
        _check_option("numeric_encoding", self.numeric_encoding, _NUMERIC_ENCODINGS)
        _check_at_least("n_bins", self.n_bins, 2)
        _check_at_least("max_levels", self.max_levels, 1)

    def _check_cells(self, cells: Cells) -> None:
        found = cells.values.shape, cells.codes.shape
        expected = (len(cells), self.n_values_), (len(cells), len(self.cardinalities_))
        if found != expected:
            raise ValueError(
                f"Values and codes of the cells must have shapes {expected[0]} and "
                f"{expected[1]}, got {found[0]} and {found[1]}."
            )
        outside = (cells.codes < 0) | (cells.codes >= np.asarray(self.cardinalities_, dtype=int))
        if outside.any():
            column = int(outside.any(axis=0).argmax())
            raise ValueError(
                f"Codes of column {column} of the cells must lie between 0 and "
                f"{self.cardinalities_[column] - 1}, got {cells.codes[outside][0]}."
            )


def _pair(table: Table, schema: TableSchema) -> Iterator[tuple[np.ndarray, ColumnSpec]]:
    """Yield the columns of a table with their specifications: numbers, then categories."""
    yield from zip(np.asfortranarray(table.numbers).T, schema.numbers, strict=True)
    yield from zip(np.asfortranarray(table.codes).T, schema.categoricals, strict=True)


def _check_option(name: str, value: Any, options: tuple[Any, ...]) -> None:
    if value not in options:
        raise ValueError(f"`{name}` must be one of {options}, got {value!r}.")


def _check_at_least(name: str, value: Any, least: int) -> None:
    if isinstance(value, bool) or not isinstance(value, (int, np.integer)) or value < least:
        raise ValueError(f"`{name}` must be an integer of at least {least}, got {value!r}.")

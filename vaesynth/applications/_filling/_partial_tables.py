"""Tables with missing cells as rows of which a network sees a part, and completed tables back."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
from torch import Tensor

from vaesynth.nn import CategoricalHead, Rows
from vaesynth.tabular import CellEncoder, Cells, Table, TableEncoder, TableSchema


class PartialTableCodec:
    """Read tables of any container whatever cells they lack, and write them with those cells filled.

    Parameters
    ----------
    categorical_features : "auto" or array-like
        As in `TableEncoder`.
    name : str
        The estimator that errors name.
    """

    def __init__(self, categorical_features: Any, name: str) -> None:
        self.tables = TableEncoder(categorical_features=categorical_features, allow_missing=True)
        self.tables._estimator_name = name

    def fit(self, X: Any) -> Table:
        """Learn the columns of `X`, and return its content."""
        table = self.tables.fit_transform(X)
        self.cells = CellEncoder().fit(table, _without_missing(self.tables.schema_))
        self.n_features = self.tables.n_features_in_
        self.feature_names = getattr(self.tables, "feature_names_in_", None)
        self.indicated = np.flatnonzero(self.find_missing(table).any(axis=0))
        return table

    def read(self, X: Any) -> Table:
        """Return the content of a table with the fitted columns."""
        return self.tables.transform(X)

    def to_rows(self, table: Table) -> Rows:
        """Encode a table: values of missing cells are absent, their codes -1."""
        cells = self.cells.transform(table)
        codes = cells.codes
        for value, state in enumerate(self.cells.state_codes_):
            if state >= 0:
                is_missing = np.isnan(cells.values[:, value]) & (codes[:, state] == 0)
                codes[is_missing, state] = -1
        return Rows.from_arrays(cells.values, codes)

    def find_missing(self, table: Table) -> np.ndarray:
        """Return which cells of a table are missing, shape (n_rows, n_features), in the order of its columns."""
        schema = self.tables.schema_
        missing = np.empty((len(table), len(schema.columns)), dtype=bool)
        missing[:, [spec.position for spec in schema.numbers]] = np.isnan(table.numbers)
        missing[:, [spec.position for spec in schema.categoricals]] = table.codes < 0
        return missing

    def draw(self, rows: Rows, random_state: int) -> Table:
        """Return rows whose cells are all there as a table of contents that the fitted table allows."""
        return self.cells.inverse_transform(Cells(*rows.to_arrays()), random_state)

    def expect(self, means: Tensor, probabilities: Tensor, levels: CategoricalHead) -> Table:
        """Return expected numbers and likeliest categories as a table."""
        starts, sizes = levels.starts.tolist(), self.cells.cardinalities_
        flat = probabilities.numpy()
        parts = [flat[:, at : at + size] for at, size in zip(starts, sizes, strict=True)]
        return self.settle(self.cells.expect(means.numpy(), parts))

    def settle(self, table: Table) -> Table:
        """Return expected numbers within their bounds, and whole steps of what is counted in steps, such as days."""
        numbers = table.numbers.copy()
        for column, spec in enumerate(self.tables.schema_.numbers):
            np.clip(numbers[:, column], spec.lower, spec.upper, out=numbers[:, column])
        counted = self.tables.counts_steps
        numbers[:, counted] = np.rint(numbers[:, counted])
        return Table(numbers, table.codes)

    def complete(self, table: Table, filling: Table, X: Any) -> Any:
        """Return `X`, whose content is `table`, with missing cells taken from another table of as many rows."""
        numbers = np.where(np.isnan(table.numbers), filling.numbers, table.numbers)
        codes = np.where(table.codes < 0, filling.codes, table.codes)
        return as_transformed(self.tables.complete(Table(numbers, codes), X), X)


def as_transformed(result: Any, X: Any) -> Any:
    """Return rows in the fitted container as transformers do: frames keep the index of `X`, lists become arrays.

    Examples
    --------
    >>> as_transformed([[1.0, 2.0]], [[3.0, 4.0]])
    array([[1., 2.]])
    """
    if isinstance(result, pd.DataFrame) and isinstance(X, pd.DataFrame):
        result.index = X.index
    return np.array(result) if isinstance(result, list) else result


def _without_missing(schema: TableSchema) -> TableSchema:
    """Return the schema of the completed table: a column that has any content keeps no missing cell."""
    return TableSchema(
        tuple(replace(spec, has_missing=spec.is_all_missing) for spec in schema.columns)
    )

"""Warnings about columns that a model should not get: identifiers, and the target itself."""

from __future__ import annotations

import numbers
from collections.abc import Hashable

import numpy as np

from vaesynth._warnings import ColumnWarning, warn_user
from vaesynth.tabular import ColumnSpec, Table, TableEncoder, select_columns

# In fewer rows words are often all different by chance, and columns agree with the classes.
LEAST_ROWS = 50
# More distinct values than this share of the cells that are there mark an identifier.
IDENTIFIER_SHARE = 0.95


def warn_of_columns(tables: TableEncoder, table: Table, labels: np.ndarray) -> None:
    """Warn, once for all columns, of identifiers and of columns that equal the target.

    Parameters
    ----------
    tables : TableEncoder
        What has learned the columns. Columns that its `categorical_features` names are meant as they are.
    table : Table
        The content of the rows.
    labels : ndarray of shape (n_rows,)
        Classes of the rows.
    """
    schema = tables.schema_
    contents = {spec.position: table.codes[:, at] for at, spec in enumerate(schema.categoricals)}
    named = _named(tables)
    identifiers = [
        spec.name
        for spec in schema.categoricals
        if not named[spec.position] and _is_identifier(spec, contents[spec.position])
    ]
    if identifiers:
        warn_user(
            f"{_list(identifiers)} of X: nearly every row has a value of its own (more than {IDENTIFIER_SHARE:.0%} "
            f"of at least {LEAST_ROWS} cells differ), so that a new row would carry the identifier of a real one; "
            "drop it, or make new values of its pattern yourself, or name it in `categorical_features` where it is "
            "meant",
            ColumnWarning,
        )
    contents |= {spec.position: table.numbers[:, at] for at, spec in enumerate(schema.numbers)}
    classes, codes = np.unique(labels, return_inverse=True)
    equal = [
        spec.name
        for spec in schema.columns
        if spec.n_distinct == len(classes)
        and not spec.has_missing
        and _tells_apart(contents[spec.position], codes)
    ]
    if equal:
        warn_user(
            f"{_list(equal)} of X: it has one value for each class, as the target `y` itself; drop it, as a "
            "classifier would learn nothing else",
            ColumnWarning,
        )


def _is_identifier(spec: ColumnSpec, codes: np.ndarray) -> bool:
    """Return whether nearly all cells of a category differ, and are no numbers."""
    n_cells = int((codes >= 0).sum())
    if n_cells < LEAST_ROWS or spec.n_distinct <= IDENTIFIER_SHARE * n_cells:
        return False
    return not all(isinstance(level, numbers.Number) for level in spec.levels)


def _tells_apart(content: np.ndarray, codes: np.ndarray) -> bool:
    """Return whether each value of a column belongs to one class, and each class to one value."""
    if len(codes) < LEAST_ROWS:
        return False
    _, values = np.unique(content, return_inverse=True)
    return len(np.unique(values * (codes.max() + 1) + codes)) == codes.max() + 1


def _named(tables: TableEncoder) -> np.ndarray:
    """Return which columns `categorical_features` names, shape (n_features,)."""
    named = select_columns(tables.categorical_features, tables.schema_.names, has_labels=True)
    return np.zeros(tables.n_features_in_, dtype=bool) if named is None else named


def _list(names: list[Hashable]) -> str:
    return f"column{'s' if len(names) > 1 else ''} {', '.join(map(repr, names))}"

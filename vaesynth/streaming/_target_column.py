"""The column of the classes taken out of a frame, and put back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import pandas as pd

from vaesynth._optional import import_optional


@dataclass(frozen=True, eq=False)
class TargetColumn:
    """Position and type of the column with the classes.

    Parameters
    ----------
    name : str
        Its label.
    position : int
        Its place among the columns.
    dtype : numpy or pandas dtype
        Its type in the frames; a `pandas.ArrowDtype` for tables of pyarrow.

    Examples
    --------
    >>> import numpy as np
    >>> import pandas as pd
    >>> from vaesynth.streaming import TargetColumn
    >>> frame = pd.DataFrame({"y": pd.Series(["no"], dtype="category"), "a": [1]})
    >>> column = TargetColumn.of(frame, "y")
    >>> column.join(pd.DataFrame({"a": [2]}), np.array(["no"])).dtypes.astype(str).to_dict()
    {'y': 'category', 'a': 'int64'}
    """

    name: str
    position: int
    dtype: Any

    @classmethod
    def of(cls, frame: Any, name: str) -> Self:
        """Return the column of that name of a frame."""
        if isinstance(frame, pd.DataFrame):
            return cls(name, list(frame.columns).index(name), frame[name].dtype)
        return cls(
            name, frame.column_names.index(name), pd.ArrowDtype(frame.schema.field(name).type)
        )

    def join(self, X: Any, labels: np.ndarray) -> Any:
        """Join labels and features in one frame.

        Parameters
        ----------
        X : frame of shape (n_rows, n_columns - 1)
            Features.
        labels : ndarray of shape (n_rows,)
            Classes.

        Returns
        -------
        frame of shape (n_rows, n_columns)
        """
        if isinstance(X, pd.DataFrame):
            whole = X.copy(deep=False)
            column = pd.Series(labels, index=X.index).astype(self.dtype)
            whole.insert(self.position, self.name, column)
            return whole
        pa = import_optional("pyarrow", "stream")
        cells, kind = pa.array(labels), self.dtype.pyarrow_dtype
        if pa.types.is_dictionary(kind):
            cells = cells.cast(kind.value_type).dictionary_encode()
        return X.add_column(self.position, self.name, cells.cast(kind))


def split_target(frame: Any, target: str | None, parameter: str = "target") -> tuple[Any, Any]:
    """Take a frame apart into features and labels.

    Parameters
    ----------
    frame : frame of shape (n_rows, n_columns)
        A frame of pandas or pyarrow.
    target : str or None
        Column of the labels.
    parameter : str, default="target"
        What the user calls it.

    Returns
    -------
    X : frame of shape (n_rows, n_columns - 1)
    y : Series of shape (n_rows,), or None where there is no target

    Raises
    ------
    ValueError
        If there is no column of that name, or no other.

    Examples
    --------
    >>> import pandas as pd
    >>> from vaesynth.streaming import split_target
    >>> X, y = split_target(pd.DataFrame({"a": [1, 2], "y": ["no", "yes"]}), "y")
    >>> list(X), y.tolist()
    (['a'], ['no', 'yes'])
    """
    if target is None:
        return frame, None
    is_pandas = isinstance(frame, pd.DataFrame)
    names = list(frame.columns) if is_pandas else frame.column_names
    if target not in names:
        raise ValueError(
            f"`{parameter}` must be a column of the table, got {target!r}; its columns are "
            f"{', '.join(map(repr, names))}"
        )
    if len(names) == 1:
        raise ValueError(f"a table must have columns beside the class, got only {target!r}")
    if is_pandas:
        X, labels = frame.drop(columns=target), frame[target]
    else:
        X, labels = frame.drop_columns([target]), frame[target].to_pandas()
    if labels.dtype == "category":
        missing = labels.isna().any()
        labels = labels.astype(object if missing else labels.cat.categories.dtype)
    return X, labels

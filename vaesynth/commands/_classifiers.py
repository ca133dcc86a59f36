"""Classifiers that take any table, and the plain form of a table that they take."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import HistGradientBoostingClassifier, RandomForestClassifier
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, OneHotEncoder, OrdinalEncoder, StandardScaler

NAMES = {
    "boosting": "gradient boosting",
    "logistic": "logistic regression",
    "forest": "random forest",
}
# Gradient boosting has 255 bins, one of them for missing cells.
MAX_CODES = 254
MAX_INDICATORS = 50


def make_frame(cells: pa.Table) -> pd.DataFrame:
    """Return a table in the types of pandas that scikit-learn knows: numbers, categories and dates.

    Parameters
    ----------
    cells : pyarrow.Table of shape (n_rows, n_columns)
        Any table.

    Returns
    -------
    DataFrame of shape (n_rows, n_columns)
        Integers beside missing cells are floats; whatever is no number and no date is a category.

    Examples
    --------
    >>> import pyarrow as pa
    >>> cells = pa.table({"n": [1, None], "k": [1, 2], "flag": [True, False]})
    >>> [str(dtype) for dtype in make_frame(cells).dtypes]
    ['float64', 'int64', 'category']
    """
    return pd.DataFrame({name: _make_column(cells[name]) for name in cells.column_names})


def _make_column(column: pa.ChunkedArray) -> pd.Series:
    kind = column.type
    if pa.types.is_integer(kind) and not column.null_count:
        return column.to_pandas()
    if pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind):
        return column.cast(pa.float64()).to_pandas()
    if pa.types.is_date(kind) or pa.types.is_timestamp(kind):
        return column.cast(pa.timestamp("us")).to_pandas()
    if pa.types.is_null(kind):
        return pd.Series(np.nan, index=range(len(column)))
    return column.cast(pa.string()).to_pandas().astype("category")


def make_classifiers(X: pd.DataFrame, keys: list[str]) -> dict[str, Any]:
    """Make unfitted classifiers for a table, by the names that a report has for them.

    Parameters
    ----------
    X : DataFrame of shape (n_samples, n_features)
        A table as :func:`make_frame` gives it.
    keys : list of str
        Which ones, of ``NAMES``.

    Returns
    -------
    dict of str to classifier

    Raises
    ------
    ValueError
        If a key is not known.

    Examples
    --------
    >>> import pandas as pd
    >>> X = pd.DataFrame({"age": [31, 25], "city": pd.Categorical(["Rome", None])})
    >>> list(make_classifiers(X, ["boosting", "forest"]))
    ['gradient boosting', 'random forest']
    """
    unknown = [key for key in keys if key not in NAMES]
    if unknown:
        raise ValueError(f"`--classifier` must be one of {', '.join(NAMES)}, got {unknown[0]!r}")
    makers = {"boosting": _make_boosting, "logistic": _make_logistic, "forest": _make_forest}
    return {NAMES[key]: makers[key](*_sort_columns(X)) for key in dict.fromkeys(keys)}


def _sort_columns(X: pd.DataFrame) -> tuple[list[str], list[str], list[str]]:
    """Names of the columns of categories, of numbers and of dates."""
    numbers = X.select_dtypes("number").columns.tolist()
    dates = X.select_dtypes("datetime").columns.tolist()
    return [name for name in X.columns.tolist() if name not in {*numbers, *dates}], numbers, dates


def _make_boosting(words: list[str], numbers: list[str], dates: list[str]) -> Any:
    codes = OrdinalEncoder(
        handle_unknown="use_encoded_value",
        unknown_value=np.nan,
        encoded_missing_value=np.nan,
        max_categories=MAX_CODES,
    )
    columns = ColumnTransformer(
        [
            ("words", codes, words),
            ("numbers", "passthrough", numbers),
            ("dates", FunctionTransformer(count_days), dates),
        ]
    )
    boosting = HistGradientBoostingClassifier(categorical_features=list(range(len(words))))
    return make_pipeline(columns, FunctionTransformer(fill_empty_columns), boosting)


def _make_logistic(words: list[str], numbers: list[str], dates: list[str]) -> Any:
    return make_pipeline(_fill(words, numbers, dates), LogisticRegression(max_iter=1000))


def _make_forest(words: list[str], numbers: list[str], dates: list[str]) -> Any:
    return make_pipeline(_fill(words, numbers, dates), RandomForestClassifier())


def _fill(words: list[str], numbers: list[str], dates: list[str]) -> ColumnTransformer:
    """Make a table of standardised numbers and indicators, in which nothing is missing."""
    indicators = OneHotEncoder(handle_unknown="infrequent_if_exist", max_categories=MAX_INDICATORS)
    scaled = make_pipeline(
        SimpleImputer(strategy="median", keep_empty_features=True), StandardScaler()
    )
    return ColumnTransformer(
        [
            ("words", indicators, words),
            ("numbers", scaled, numbers),
            ("dates", make_pipeline(FunctionTransformer(count_days), scaled), dates),
        ]
    )


def count_days(dates: pd.DataFrame) -> np.ndarray:
    """Days since 1970, NaN where missing.

    Examples
    --------
    >>> import pandas as pd
    >>> count_days(pd.DataFrame({"day": pd.to_datetime(["1970-01-03", None])})).ravel().tolist()
    [2.0, nan]
    """
    days = [(dates[name] - pd.Timestamp(0)) / pd.Timedelta(1, "D") for name in dates]
    return np.column_stack(days).astype(np.float64)


def fill_empty_columns(matrix: np.ndarray) -> np.ndarray:
    """Fill columns without a single number with zeros: gradient boosting cannot bin them.

    Examples
    --------
    >>> import numpy as np
    >>> fill_empty_columns(np.array([[np.nan, 1.0], [np.nan, np.nan]])).tolist()
    [[0.0, 1.0], [0.0, nan]]
    """
    filled = np.array(matrix, dtype=np.float64)
    filled[:, np.isnan(filled).all(axis=0)] = 0
    return filled

import re

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
import scipy.sparse as sp

from vaesynth.tabular import TableEncoder

FLOATS = np.random.default_rng(0).poisson(1, (30, 4)) / 2.0


def round_trip(X):
    encoder = TableEncoder().fit(X)
    table = encoder.transform(X)
    back = encoder.inverse_transform(table)
    assert type(back) is type(X)
    return table, back


def nested_rows(*cells):
    return [[row, cell] for row, cell in enumerate([*cells, "a"])]


def nested_array(*cells):
    array = np.empty((len(cells) + 1, 2), dtype=object)
    for row, cell in enumerate([*cells, "a"]):
        array[row, 0], array[row, 1] = row, cell
    return array


def nested_frame(*cells):
    return pd.DataFrame(nested_array(*cells), columns=["a", "b"])


@pytest.mark.parametrize(
    "cells",
    [[(1, 2), (1, 3)], [(1, 2), ("a", None)], [(1,), (1, 2), ()], [((1, 2), 3), (1, 2)]],
    ids=str,
)
@pytest.mark.parametrize("build", [nested_rows, nested_array, nested_frame])
def test_tuples_are_cells_as_any_others(build, cells):
    X = build(*cells, *cells)
    _, back = round_trip(X)
    rows, came = (
        list(map(tuple, np.asarray(table, dtype=object)))
        if isinstance(table, pd.DataFrame)
        else list(map(tuple, table))
        for table in (X, back)
    )
    assert rows == came


@pytest.mark.parametrize(
    "dtype",
    ["f8", "f4", "f2", "longdouble", "i8", "i1", "u4", "?", "U5", "S5", "O", "M8[D]", "M8[Y]",
     "M8[ns]", "m8[s]"],
)  # fmt: skip
def test_arrays_of_any_type(dtype):
    values = (FLOATS * 2).astype("i8") if dtype[0] in "mM" else FLOATS
    X = values.astype(dtype)
    _, back = round_trip(X)
    assert back.dtype == X.dtype
    np.testing.assert_array_equal(back, X)


@pytest.mark.skipif(not hasattr(np.dtypes, "StringDType"), reason="needs numpy 2")
def test_arrays_of_variable_strings():
    X = FLOATS.astype("U5").astype(np.dtypes.StringDType())
    _, back = round_trip(X)
    assert back.dtype == X.dtype
    assert (back == X).all()


def test_missing_in_arrays():
    for X in (
        np.where(FLOATS > 1, np.nan, FLOATS),
        np.where(FLOATS > 1, "NaT", "2020").astype("M8[D]"),
    ):
        np.testing.assert_array_equal(round_trip(X)[1], X)


def test_lists_keep_python_types():
    X = [[1, 2.5, "a", None], [2, 3.0, None, True], [3, 7.5, "b", False]]
    _, back = round_trip(X)
    assert back == X
    assert [[*map(type, row)] for row in back] == [[*map(type, row)] for row in X]


@pytest.mark.parametrize("kind", ["matrix", "array"])
@pytest.mark.parametrize("layout", ["csr", "csc", "coo", "lil", "dok", "bsr", "dia"])
def test_sparse_containers(layout, kind):
    X = getattr(sp, f"{layout}_{kind}")(FLOATS)
    table, back = round_trip(X)
    assert back.dtype == X.dtype
    assert back.nnz <= X.nnz
    np.testing.assert_array_equal(back.toarray(), FLOATS)
    dense, _ = round_trip(FLOATS)
    np.testing.assert_array_equal(table.numbers, dense.numbers)
    np.testing.assert_array_equal(table.codes, dense.codes)


@pytest.mark.parametrize(
    "columns",
    [
        range(4),
        [*"abcd"],
        pd.MultiIndex.from_product([["k"], range(4)], names=["u", "v"]),
        pd.date_range("2020", periods=4),
        pd.CategoricalIndex([*"abcd"]),
    ],
    ids=lambda columns: type(columns).__name__,
)
def test_frames_keep_their_labels(columns):
    X = pd.DataFrame(FLOATS, columns=columns)
    _, back = round_trip(X)
    pd.testing.assert_frame_equal(back, X)


def test_frames_get_a_fresh_index():
    X = pd.DataFrame(FLOATS, columns=[*"abcd"], index=range(30, 0, -1))
    _, back = round_trip(X)
    pd.testing.assert_index_equal(back.index, pd.RangeIndex(30), exact=True)


def test_pyarrow_tables():
    cities = pa.array(["Rome", None, "Oslo"] * 3)
    X = pa.table(
        {
            "city": cities,
            "code": cities.dictionary_encode(),
            "n": pa.array([1, 2, None] * 3, pa.int16()),
            "x": pa.array(np.arange(9.0)),
            "day": pa.array(np.arange(9, dtype="i4")).cast(pa.date32()),
        }
    )
    _, back = round_trip(X)
    assert back.schema.equals(X.schema)
    assert back.equals(X)
    encoder = TableEncoder().fit(X)
    assert list(encoder.feature_names_in_) == X.column_names


def test_tables_that_convert_to_arrow():
    class Foreign:
        def __init__(self, table):
            self.table = table

        def to_arrow(self):
            return self.table

    X = Foreign(pa.table({"x": [1.5, 2.5, None], "s": ["a", "b", "a"]}))
    encoder = TableEncoder(categorical_features=[]).fit(X)
    back = encoder.inverse_transform(encoder.transform(X))
    assert isinstance(back, Foreign)
    assert back.table.equals(X.table)


@pytest.mark.parametrize(
    ("X", "error", "message"),
    [
        (FLOATS[0], ValueError, "Expected 2D array, got 1D array instead"),
        (FLOATS[0].tolist(), ValueError, "Reshape your data"),
        (pd.Series(FLOATS[0]), ValueError, "Reshape your data"),
        (np.float64(1), ValueError, "got scalar array instead"),
        (FLOATS[None], ValueError, "Found array with dim 3"),
        (np.empty((0, 3)), ValueError, "0 sample(s) (shape=(0, 3)) while a minimum of 1 is req"),
        (np.empty((3, 0)), ValueError, "0 feature(s) (shape=(3, 0)) while a minimum of 1 is req"),
        (pd.DataFrame(index=range(3)), ValueError, "0 feature(s) (shape=(3, 0))"),
        (sp.csr_array((0, 3)), ValueError, "0 sample(s) (shape=(0, 3))"),
        (sp.coo_array(FLOATS[0]), ValueError, "Reshape your data"),
        ([], ValueError, "Reshape your data"),
        ([[1, 2], [3]], ValueError, "Rows of X must have one length, got lengths [1, 2]"),
        (FLOATS * 1j, ValueError, "Complex data not supported"),
        (sp.csr_array(FLOATS * 1j), ValueError, "Complex data not supported"),
        (pd.DataFrame({"a": [1j]}), ValueError, "Complex data not supported"),
        (np.array([[1, 2j]], dtype=object), ValueError, "Complex data not supported"),
        (np.array([[1, {}]], dtype=object), TypeError, "argument must be a string or a number"),
        (pd.DataFrame({"a": [[1], [2]]}), TypeError, "argument must be a string or a number"),
        *[
            (build(cell), TypeError, "cells must be hashable scalars, got ")
            for cell in (np.array([1, 2]), np.array([1]), (1, [2]), (1, np.array([2, 3])), {1}, [1])
            for build in (nested_frame, nested_array, nested_rows)
        ],
        (pa.table({"a": [[1], [2]]}), TypeError, "argument must be a string or a number"),
        (np.zeros((1, 1), dtype=[("a", int)]), TypeError, "Cells must be scalars"),
        (np.ma.masked_array(FLOATS), TypeError, "MaskedArray is not supported"),
        ([sp.csr_array(FLOATS)], TypeError, "got a list of sparse containers"),
        ("text", TypeError, "X must be a DataFrame, an ndarray"),
        (None, TypeError, "got NoneType"),
        (pd.DataFrame(FLOATS, columns=[*"abca"]), ValueError, "unique, got 'a' more than once"),
        (pd.DataFrame(FLOATS, columns=["a", 1, 2, 3]), TypeError, "Feature names are only supp"),
        (np.array([[1.0], [np.inf]]), ValueError, "Input X contains infinity"),
        (pd.DataFrame({"a": [1.0, -np.inf]}), ValueError, "in row 1 of column 'a'"),
        (pd.DataFrame({"a": [1.0, 2, -np.inf]}, dtype=object), ValueError, "contains infinity"),
        (pd.DataFrame({"a": [1.0, 2, np.inf]}, dtype="Float64"), ValueError, "contains infinity"),
    ],
)
def test_what_is_no_table_is_refused(X, error, message):
    with pytest.raises(error, match=re.escape(message)):
        TableEncoder().fit(X)

"""Several tables as columns that are shared by all."""

import datetime

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from scipy import sparse

from vaesynth.tabular import Table, TableEncoder, read_shared_columns


def read(*tables, categorical_features="auto"):
    return read_shared_columns(tables, categorical_features)


def parts_of(column):
    return [part.tolist() for part in column.parts]


def test_the_first_table_says_what_is_a_number(mixed):
    spec_of = {spec.name: spec for spec in TableEncoder().fit(mixed).schema_.columns}
    columns = read(mixed, mixed)
    assert [column.name for column in columns] == list(mixed)
    assert [column.is_number for column in columns] == [spec_of[name].is_number for name in mixed]


def test_levels_are_shared_by_all_tables():
    first, second = pd.DataFrame({"a": ["x", None, "y"]}), pd.DataFrame({"a": ["y", "z"]})
    third = pd.DataFrame({"a": ["w", "z", "x"]})
    (column,) = read(first, second, third)
    assert parts_of(column) == [[0, -1, 1], [1, 2], [3, 2, 0]]
    assert column.n_levels == 4
    assert [part.tolist() for part in column.missing] == [
        [False, True, False],
        [False] * 2,
        [False] * 3,
    ]


@pytest.mark.parametrize("dtype", ["category", "string", object])
def test_categories_are_equal_whatever_stores_them(dtype):
    first, second = pd.DataFrame({"a": list("xyz")}), pd.DataFrame({"a": list("zyw")})
    for tables in ([first.astype(dtype), second], [first, second.astype(dtype)]):
        assert parts_of(read(*tables)[0]) == [[0, 1, 2], [2, 1, 3]]


def test_integers_meet_floats_without_rounding():
    whole, broken = pd.DataFrame({"a": [1, 2, 3]}), pd.DataFrame({"a": [1.5, 2.0, 7.5]})
    np.testing.assert_array_equal(read(whole, broken)[0].parts[1], [1.5, 2, 7.5])
    np.testing.assert_array_equal(read(broken + 1, whole)[0].parts[1], [1, 2, 3])


def test_a_number_beside_two_values_is_a_category_of_its_own():
    flags, between = np.array([[0], [1], [1]]), np.array([[1.0], [0.5], [np.nan]])
    assert parts_of(read(flags, between)[0]) == [[0, 1, 1], [1, 2, -1]]


def test_a_cell_may_be_missing_where_the_first_table_has_none():
    first = pd.DataFrame({"a": [1.0, 2.0, 3.0], "b": list("xyx")})
    number, category = read(first, pd.DataFrame({"a": [np.nan], "b": [None]}))
    assert np.isnan(number.parts[1]).all()
    assert category.parts[1].tolist() == [-1]


@pytest.mark.parametrize("unit", ["s", "us", "ns"])
def test_times_have_one_unit(unit):
    days = pd.DataFrame({"at": pd.to_datetime(["2020-01-01", "2020-01-03", None, "2020-01-07"])})
    numbers = [
        read(first, second)[0].parts
        for first in (days, pa.Table.from_pandas(days))
        for second in (days.astype(f"M8[{unit}]"), pa.Table.from_pandas(days))
    ]
    for first, second in numbers:
        np.testing.assert_array_equal(first, second)
        assert (first[3] - first[1]) / (first[1] - first[0]) == 2


def test_periods_and_dates_of_arrow_are_numbers():
    periods = pd.DataFrame({"at": pd.period_range("2020-01", periods=3, freq="M")})
    dates = pa.table({"at": [datetime.date(2020, 1, day) for day in (1, 2, 3)]})
    assert read(periods)[0].is_number
    assert read(dates)[0].is_number


def test_containers_agree():
    numbers = np.random.default_rng(0).normal(size=(9, 2))
    containers = [numbers, sparse.csr_array(numbers), numbers.tolist()]
    labelled = [pd.DataFrame(numbers, columns=["a", "b"]), pl.DataFrame(numbers, schema=["a", "b"])]
    for tables in (containers, labelled):
        for column, expected in zip(read(*tables), numbers.T, strict=True):
            for part in column.parts:
                np.testing.assert_array_equal(part, expected)
    assert [column.name for column in read(numbers)] == [0, 1]
    assert [column.name for column in read(*labelled)] == ["a", "b"]


def test_columns_are_found_by_label():
    first = pd.DataFrame({"a": [1, 2, 3], "b": list("xyz")})
    number, category = read(first, first[["b", "a"]])
    assert parts_of(number) == [[1, 2, 3]] * 2
    assert parts_of(category) == [[0, 1, 2]] * 2


@pytest.mark.parametrize("chosen", [["b"], [1], [-1], [False, True]], ids=str)
def test_numbers_may_be_named_as_categories(chosen):
    frame = pd.DataFrame({"a": [1, 2, 3], "b": [1, 2, 3]})
    columns = read(frame, frame, categorical_features=chosen)
    assert [column.is_number for column in columns] == [True, False]
    if chosen != ["b"]:
        columns = read(frame.to_numpy(), categorical_features=chosen)
        assert [column.is_number for column in columns] == [True, False]


def test_tables_that_have_been_read_are_taken_as_they_are():
    first = Table(np.array([[1.0], [np.nan]]), np.array([[4], [-1]]))
    second = Table(np.array([[2.0]]), np.array([[7]]))
    number, category = read(first, second)
    np.testing.assert_array_equal(np.concatenate(number.parts), [1, np.nan, 2])
    assert (number.is_number, category.is_number) == (True, False)
    assert parts_of(category) == [[0, -1], [1]]


def test_bad_tables_are_refused():
    frame = pd.DataFrame({"size": [1.0, 2.0, 3.0], "city": ["Rome", None, "Oslo"]})
    table = TableEncoder().fit_transform(frame)
    with pytest.raises(ValueError, match=r"the same columns \['size', 'city'\], got \['size'\]"):
        read(frame, frame[["size"]])
    with pytest.raises(ValueError, match=r"0 sample\(s\)"):
        read(frame, frame[:0])
    with pytest.raises(ValueError, match="must have the same columns"):
        read(np.zeros((3, 2)), np.zeros((3, 1)))
    with pytest.raises(ValueError, match="Expected 2D array"):
        read(np.array([1, 2]))
    with pytest.raises(ValueError, match="'size' must hold numbers"):
        read(frame, frame.assign(size="tall"))
    with pytest.raises(ValueError, match="must be columns of X"):
        read(frame, categorical_features=["height"])
    with pytest.raises(ValueError, match="one entry for each of the 2 columns"):
        read(frame, categorical_features=[True])
    with pytest.raises(TypeError, match="all have been read, or none"):
        read(frame, table)
    with pytest.raises(ValueError, match="as many numbers and codes as the first"):
        read(table, Table(table.numbers, table.codes[:, :0]))
    with pytest.raises(ValueError, match="must be 'auto' for tables that have been read"):
        read(table, categorical_features=[0])

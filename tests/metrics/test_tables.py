"""Tables of every kind of column as shared plain arrays."""

import datetime

import numpy as np
import pandas as pd
import polars as pl
import pytest
from hypothesis import given
from scipy import sparse

from random_tables import tables
from vaesynth.metrics import column_shape_scores, copy_shares, find_exact_copies
from vaesynth.metrics._tables import read_shared_columns


@given(frame=tables())
def test_any_table_is_its_own_perfect_copy(frame):
    scores = column_shape_scores(frame, frame)
    assert list(scores.index) == list(frame.columns)
    held = frame.notna().any().to_numpy()
    assert np.allclose(scores.to_numpy()[held], 1)
    assert scores[~held].isna().all()
    assert find_exact_copies(frame, frame).all()


def test_numbers_and_times_are_numbers_and_the_rest_categories(mixed):
    columns = read_shared_columns([mixed, mixed])
    categories = {column.name for column in columns if not column.is_number}
    assert categories == {"flag", "city", "name"}


def test_levels_are_shared_by_all_tables():
    first, second = pd.DataFrame({"a": ["x", None, "y"]}), pd.DataFrame({"a": ["y", "z"]})
    (column,) = read_shared_columns([first, second])
    assert [part.tolist() for part in column.parts] == [[0, -1, 1], [1, 2]]
    assert column.n_levels == 3


@pytest.mark.parametrize(
    "times",
    [
        pd.array(["2020-01-01", None], dtype="datetime64[s]"),
        pd.array(["2020-01-01", None], dtype="datetime64[ns]"),
        pd.array(["2020-01-01", None], dtype="datetime64[us, UTC]"),
        np.array([datetime.date(2020, 1, 1), None], dtype=object),
        pd.array(["2020-01", None], dtype="period[M]"),
    ],
    ids=lambda times: str(times.dtype),
)
def test_times_have_one_unit(times):
    (column,) = read_shared_columns([pd.DataFrame({"at": times})])
    days = (datetime.date(2020, 1, 1) - datetime.date(1970, 1, 1)).days
    np.testing.assert_array_equal(column.parts[0], [days * 86_400e6, np.nan])


def test_containers_agree(real):
    numbers = real[["size", "weight"]].to_numpy()
    tables = [numbers, sparse.csr_array(numbers), numbers.tolist(), pd.DataFrame(numbers)]
    scores = [column_shape_scores(table, numbers[::2]).tolist() for table in tables[:3]]
    scores.append(column_shape_scores(tables[3], tables[3][::2]).tolist())
    assert all(score == scores[0] for score in scores)
    polars = pl.DataFrame({"a": [1.0, 2.0], "b": ["x", None]})
    assert copy_shares(polars, polars).exact == 1


def test_columns_are_found_by_name(real):
    turned = real[real.columns[::-1]]
    assert (column_shape_scores(real, turned) == 1).all()


@pytest.mark.parametrize("chosen", [["b"], [1], [False, True]], ids=str)
def test_numbers_may_be_named_as_categories(chosen):
    frame = pd.DataFrame({"a": [1, 2, 3], "b": [1, 2, 3]})
    columns = read_shared_columns([frame, frame], chosen)
    assert [column.is_number for column in columns] == [True, False]
    if chosen != ["b"]:
        columns = read_shared_columns([frame.to_numpy()], chosen)
        assert [column.is_number for column in columns] == [True, False]


def test_bad_tables_are_refused(real):
    with pytest.raises(ValueError, match="must have the same columns"):
        column_shape_scores(real, real[["size"]])
    with pytest.raises(ValueError, match="at least one row, got none"):
        column_shape_scores(real, real[:0])
    with pytest.raises(ValueError, match=r"rows and 2 columns, got an array of shape \(3, 1\)"):
        column_shape_scores(np.zeros((3, 2)), np.zeros((3, 1)))
    with pytest.raises(ValueError, match="two dimensions, got 1"):
        column_shape_scores([1, 2], [1, 2])
    with pytest.raises(ValueError, match="'size' must hold numbers in all tables"):
        column_shape_scores(real, real.assign(size="tall"))
    with pytest.raises(ValueError, match="must name columns"):
        column_shape_scores(real, real, categorical_features=["height"])
    with pytest.raises(ValueError, match="must have length 6"):
        column_shape_scores(real, real, categorical_features=[True, False])

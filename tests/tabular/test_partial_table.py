"""Rows of which some cells are given: what is read, and what is refused."""

import numpy as np
import pandas as pd
import pytest

from vaesynth.tabular import TableEncoder, read_partial

FRAME = pd.DataFrame(
    {
        "age": [31, 47, 25, 40] * 20,
        "region": ["north", "south", "north", None] * 20,
        "price": np.linspace(1.25, 80.5, 80).round(2),
        "day": pd.to_datetime(["2024-01-01", "2024-03-01"] * 40) + pd.to_timedelta(range(80), "D"),
    }
)


def read(given, X=FRAME):
    return read_partial(TableEncoder().fit(X), given)


def test_a_mapping_is_one_row():
    partial = read({"region": "north", "age": 40})
    assert partial.is_given.tolist() == [[True, True, False, False]]


def test_missing_cells_of_a_table_are_not_given():
    given = pd.DataFrame({"price": [None, 2.5], "region": ["south", None]})
    assert read(given).is_given.tolist() == [
        [False, True, False, False],
        [False, False, True, False],
    ]


def test_given_cells_go_into_drawn_rows():
    encoder = TableEncoder().fit(FRAME)
    partial = read_partial(encoder, {"region": "south", "price": 2.5, "day": FRAME["day"][3]})
    whole = encoder.inverse_transform(
        partial.write_into(encoder.transform(FRAME), np.zeros(len(FRAME), int))
    )
    assert set(whole["region"]) == {"south"}
    assert set(whole["price"]) == {2.5}
    assert set(whole["day"]) == {FRAME["day"][3]}
    assert whole["age"].equals(FRAME["age"])


def test_arrays_are_given_by_position():
    X = np.random.default_rng(0).normal(size=(30, 3))
    given = np.array([[np.nan, X[4, 1], np.nan]])
    assert read(given, X).is_given.tolist() == [[False, True, False]]
    assert read({"x1": X[4, 1]}, X).is_given.tolist() == [[False, True, False]]


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"income": 3}, "must be of the columns .* got 'income'"),
        ({"region": "east"}, "unknown category 'east' in column 'region'"),
        ({"region": 3}, "unknown category 3 in column 'region'"),
        ({"age": 32}, r"column 'age' can have, one of \[25, 31, 40, 47\], got .*32"),
        ({"price": 99.0}, r"column 'price' can have, 1.25 to 80.5 with 2 digits .* got .*99"),
        ({"price": 2.125}, "column 'price' can have, .* 2.125"),
        ({"price": "cheap"}, "'price' must hold numbers"),
        ({"day": 3}, "'day' must hold numbers, dates or durations"),
        ({"day": pd.Timestamp("1999-01-01")}, "column 'day' can have, .* got .*1999"),
        ({"age": [25, 31]}, r"one content for column 'age', got \[25, 31\]"),
        ({"age": None}, "a content for column 'age', got None: leave the column out"),
        ({}, "at least one column"),
        (np.ones((2, 3)), "must have the 4 fitted columns, got 3"),
    ],
)
def test_what_no_row_can_have_is_refused(given, message):
    with pytest.raises(ValueError, match=message):
        read(given)


def test_narrow_floats_are_given_as_they_are_written():
    X = pd.DataFrame({"a": np.linspace(0, 1, 41, dtype=np.float32) * np.float32(0.1)})
    assert read({"a": 0.05}, X.round(3)).is_given.all()

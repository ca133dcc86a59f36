"""Columns of categories of every type: their levels, and the way back."""

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from vaesynth.tabular import TableEncoder


def as_objects(*cells):
    column = np.empty(len(cells), dtype=object)
    column[:] = cells
    return column


def fit(values):
    X = pd.DataFrame({"a": values})
    return TableEncoder(categorical_features=["a"]).fit(X), X


@pytest.mark.parametrize(
    ("values", "levels"),
    [
        (np.array([2.5, np.nan, 1.5]), (1.5, 2.5)),
        (np.array(["b", "a", "b"]), ("a", "b")),
        (np.array([True, False]), (False, True)),
        (as_objects("b", None, "a"), ("a", "b")),
        (as_objects((1, 2), None, (0, 3)), ((0, 3), (1, 2))),
        (as_objects("b", None, 1), ("b", 1)),
        (pd.array(["b", None, "a"], dtype="string"), ("a", "b")),
        (pd.array([True, None], dtype="boolean"), (True,)),
        (pd.Categorical(["b", None, "a"], categories=["z", "b", "a"]), ("b", "a")),
        (pd.array(["b", None, "a"], dtype=pd.ArrowDtype(pa.string())), ("a", "b")),
        (
            pd.array(["b", None, "a"], dtype=pd.ArrowDtype(pa.dictionary(pa.int8(), pa.string()))),
            ("a", "b"),
        ),
    ],
    ids=lambda part: str(part)[:40],
)
def test_levels_are_sorted_and_values_come_back(values, levels):
    encoder, X = fit(values)
    assert encoder.schema_.columns[0].levels == levels
    table = encoder.transform(X)
    assert (table.codes[:, 0] < 0).tolist() == pd.isna(values).tolist()
    pd.testing.assert_frame_equal(encoder.inverse_transform(table), X)


def test_equal_values_of_different_types_are_told_apart():
    encoder, X = fit(as_objects(1, True, 1.0, "1", True))
    assert len(encoder.schema_.columns[0].levels) == 4
    back = encoder.inverse_transform(encoder.transform(X))
    assert [*map(type, back["a"])] == [int, bool, float, str, bool]
    with pytest.raises(ValueError, match="unknown category 0 in column 'a'"):
        encoder.transform(pd.DataFrame({"a": as_objects(True, 0)}))


def test_the_same_categories_in_another_type_are_known():
    encoder, _ = fit(as_objects("x", "y", "z"))
    for other in (
        pd.Categorical(["z", "x"], categories=["z", "w", "x"]),
        np.array(["z", "x"]),
        pd.array(["z", "x"], dtype="string"),
    ):
        assert encoder.transform(pd.DataFrame({"a": other})).codes.tolist() == [[2], [0]]


def test_unused_categories_of_a_type_are_no_levels():
    encoder, X = fit(pd.Categorical(["b", None], categories=["a", "b"]))
    assert encoder.schema_.columns[0].levels == ("b",)
    assert encoder.transform(X).codes.tolist() == [[0], [-1]]
    with pytest.raises(ValueError, match="unknown category 'a'"):
        encoder.transform(pd.DataFrame({"a": pd.Categorical(["a"], categories=["a", "b"])}))

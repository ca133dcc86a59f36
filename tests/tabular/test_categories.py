import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from vaesynth.tabular import TableEncoder
from vaesynth.tabular._columns._categories import CategoryStorage, factorize


def as_objects(*cells):
    column = np.empty(len(cells), dtype=object)
    column[:] = cells
    return column


@pytest.mark.parametrize(
    ("values", "levels"),
    [
        (np.array([2.5, np.nan, 1.5]), [1.5, 2.5]),
        (np.array(["b", "a", "b"]), ["a", "b"]),
        (np.array([True, False]), [False, True]),
        (as_objects("b", None, "a"), ["a", "b"]),
        (as_objects((1, 2), None, (0, 3)), [(0, 3), (1, 2)]),
        (as_objects("b", None, 1), ["b", 1]),
        (pd.array(["b", None, "a"], dtype="string"), ["a", "b"]),
        (pd.array([True, None], dtype="boolean"), [True]),
        (pd.Categorical(["b", None, "a"], categories=["z", "b", "a"]), ["b", "a"]),
        (pd.array(["b", None, "a"], dtype=pd.ArrowDtype(pa.string())), ["a", "b"]),
        (
            pd.array(["b", None, "a"], dtype=pd.ArrowDtype(pa.dictionary(pa.int8(), pa.string()))),
            ["a", "b"],
        ),
    ],
    ids=lambda part: str(part)[:40],
)
def test_levels_are_sorted_and_values_come_back(values, levels):
    storage, codes = CategoryStorage.of(values, None)
    assert storage.levels.tolist() == levels
    assert (codes < 0).tolist() == pd.isna(values).tolist()
    assert storage.read(values, "a").tolist() == codes.tolist()
    back = storage.write(codes)
    assert back.dtype == values.dtype
    pd.testing.assert_series_equal(pd.Series(back), pd.Series(values))


def test_equal_values_of_different_types_are_told_apart():
    values = as_objects(1, True, 1.0, "1", True)
    storage, codes = CategoryStorage.of(values, None)
    assert len(storage.levels) == 4
    back = storage.write(codes)
    assert [*map(type, back)] == [int, bool, float, str, bool]
    with pytest.raises(ValueError, match="unknown category 0 in column 'a'"):
        storage.read(as_objects(True, 0), "a")


def test_the_same_categories_in_another_type_are_known():
    storage, _ = CategoryStorage.of(np.array(["x", "y", "z"], dtype=object), None)
    for other in (
        pd.Categorical(["z", "x"], categories=["z", "w", "x"]),
        np.array(["z", "x"]),
        pd.array(["z", "x"], dtype="string"),
    ):
        assert storage.read(other, "a").tolist() == [2, 0]


def test_unused_categories_of_a_type_are_no_levels():
    codes, levels = factorize(pd.Categorical(["b", None], categories=["a", "b"]))
    assert codes.tolist() == [0, -1]
    assert levels.tolist() == ["b"]
    storage, _ = CategoryStorage.of(pd.Categorical(["b"], categories=["a", "b"]), None)
    with pytest.raises(ValueError, match="unknown category 'a'"):
        storage.read(pd.Categorical(["a"], categories=["a", "b"]), "x")


def test_the_zeros_of_arrow_are_one_level():
    X = pd.DataFrame({"a": pd.array([0.0, -0.0, None, 1.0], dtype="float[pyarrow]")})
    encoder = TableEncoder(categorical_features=["a"])
    assert encoder.fit_transform(X).codes.ravel().tolist() == [0, 0, -1, 1]
    assert encoder.transform(X).codes.ravel().tolist() == [0, 0, -1, 1]

import decimal

import numpy as np
import pandas as pd
import pytest

from vaesynth.tabular._columns._pandas_storages import (
    DecimalStorage,
    MaskedStorage,
    NumpyStorage,
    ObjectStorage,
    TimeStorage,
    storage_of,
)


def as_objects(*cells):
    column = np.empty(len(cells), dtype=object)
    column[:] = cells
    return column


COLUMNS = [
    (np.array([1.5, np.nan]), NumpyStorage),
    (np.array([1, 255], dtype="u1"), NumpyStorage),
    (np.array([True, False]), NumpyStorage),
    (np.array(["2020", "NaT"], dtype="M8[D]"), TimeStorage),
    (np.array([5, "NaT"], dtype="m8[s]"), TimeStorage),
    (pd.array(["2020", None], dtype="datetime64[ns, Asia/Tokyo]"), TimeStorage),
    (pd.array(["2020-03", None], dtype="period[Q]"), TimeStorage),
    (pd.array([1, None], dtype="Int8"), MaskedStorage),
    (pd.array([1.5, None], dtype="Float32"), MaskedStorage),
    (pd.array([True, None], dtype="boolean"), MaskedStorage),
    (as_objects(3, None), ObjectStorage),
    (as_objects(3.5, None), ObjectStorage),
    (as_objects(2**80, None), ObjectStorage),
    (as_objects(decimal.Decimal("1.50"), None), DecimalStorage),
]


@pytest.mark.parametrize(("values", "storage"), COLUMNS, ids=lambda part: str(part)[:30])
def test_content_comes_back(values, storage):
    found = storage_of(values, None)
    assert isinstance(found, storage)
    content, missing = found.read(values)
    assert content.dtype in (np.int64, np.float64)
    assert missing.tolist() == pd.isna(values).tolist()
    back = found.write(content, missing)
    assert back.dtype == values.dtype
    pd.testing.assert_series_equal(pd.Series(back), pd.Series(values))
    if content.dtype == np.int64:
        assert found.is_integral
        assert found.limits[0] <= content[~missing].min()
        assert content[~missing].max() <= found.limits[1]


@pytest.mark.parametrize(
    "values",
    [
        as_objects("a", None),
        as_objects(1, "a"),
        as_objects(True, None),
        as_objects(None, None),
        np.array(["a"]),
        pd.array(["a"], dtype="str"),
        pd.Categorical([1, 2]),
        pd.arrays.IntervalArray.from_breaks([0, 1]),
    ],
    ids=repr,
)
def test_what_cannot_be_numbers(values):
    assert storage_of(values, None) is None


def test_decimals_keep_the_most_digits_seen():
    values = as_objects(decimal.Decimal("1.5"), decimal.Decimal("2.125"))
    assert storage_of(values, None).read(values)[0].tolist() == [1500, 2125]


def test_times_of_another_unit_are_read_in_the_fitted_one():
    storage = TimeStorage(np.dtype("M8[ms]"))
    seconds = np.array(["2020-01-01"], dtype="M8[s]")
    assert storage.accepts(storage_of(seconds, None))
    assert storage.read(seconds)[0][0] == seconds.astype("M8[ms]").view("i8")[0]
    assert not storage.accepts(storage_of(np.array([5], dtype="m8[ms]"), None))


def test_integers_cannot_be_missing():
    with pytest.raises(ValueError, match="int64 cannot hold missing cells, got 1"):
        NumpyStorage(np.dtype("int64")).write(np.array([1, 2]), np.array([True, False]))

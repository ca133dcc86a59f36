"""How columns of each type hold numbers: they come back as they were, whatever their type."""

import decimal

import numpy as np
import pandas as pd
import pytest

from vaesynth.tabular import Table, TableEncoder


def as_objects(*cells):
    column = np.empty(len(cells), dtype=object)
    column[:] = cells
    return column


def fit(values):
    """Read everything as numbers that can be."""
    X = pd.DataFrame({"a": values})
    return TableEncoder(categorical_features=[]).fit(X), X


@pytest.mark.parametrize(
    "values",
    [
        np.array([1.5, np.nan]),
        np.array([1, 255], dtype="u1"),
        np.array([True, False]),
        np.array(["2020", "NaT"], dtype="M8[s]"),
        np.array([5, "NaT"], dtype="m8[s]"),
        pd.array(["2020", None], dtype="datetime64[ns, Asia/Tokyo]"),
        pd.array(["2020-03", None], dtype="period[Q]"),
        pd.array([1, None], dtype="Int8"),
        pd.array([1.5, None], dtype="Float32"),
        pd.array([True, None], dtype="boolean"),
        as_objects(3, None),
        as_objects(3.5, None),
        as_objects(2**80, None),
        as_objects(decimal.Decimal("1.50"), None),
    ],
    ids=lambda values: str(values.dtype),
)
def test_numbers_come_back(values):
    encoder, X = fit(values)
    assert encoder.schema_.columns[0].is_number
    table = encoder.transform(X)
    assert np.isnan(table.numbers[:, 0]).tolist() == pd.isna(values).tolist()
    back = encoder.inverse_transform(table)
    pd.testing.assert_frame_equal(back, X)
    assert [*map(type, back["a"])] == [*map(type, X["a"])]


def test_days_of_numpy_come_back():
    X = np.array([["2020-01-05"], ["NaT"], ["2020-01-02"]], dtype="M8[D]")
    encoder = TableEncoder(categorical_features=[]).fit(X)
    assert encoder.schema_.columns[0].is_number
    back = encoder.inverse_transform(encoder.transform(X))
    assert back.dtype == X.dtype
    np.testing.assert_array_equal(back, X)


def test_sparse_columns_keep_the_precision_of_their_type():
    encoder, X = fit(pd.arrays.SparseArray(np.array([0.1, 0.0, 0.25], "f4"), fill_value=0.0))
    spec = encoder.schema_.columns[0]
    assert (spec.precision, spec.decimals) == ("float32", 2)
    pd.testing.assert_frame_equal(encoder.inverse_transform(encoder.transform(X)), X)


@pytest.mark.parametrize(
    "values",
    [
        as_objects("a", None),
        as_objects(1, "a"),
        as_objects(True, None),
        as_objects(None, None),
        pd.array(["a"], dtype="str"),
        pd.Categorical([1, 2]),
        pd.arrays.IntervalArray.from_breaks([0, 1]),
    ],
    ids=repr,
)
def test_what_cannot_be_numbers(values):
    encoder, _ = fit(values)
    assert not encoder.schema_.columns[0].is_number


def test_decimals_keep_the_most_digits_seen():
    encoder, X = fit(as_objects(decimal.Decimal("1.5"), decimal.Decimal("2.125")))
    back = encoder.inverse_transform(encoder.transform(X))
    assert [*map(str, back["a"])] == ["1.500", "2.125"]


def test_times_of_another_unit_are_read_in_the_fitted_one():
    encoder, _ = fit(np.array(["2020-01-01", "2020-01-03"], dtype="M8[ms]"))
    seconds = pd.DataFrame({"a": np.array(["2020-01-02"], dtype="M8[s]")})
    back = encoder.inverse_transform(encoder.transform(seconds))
    assert back["a"].tolist() == seconds["a"].tolist()
    assert back["a"].dtype == "datetime64[ms]"
    with pytest.raises(ValueError, match="must hold numbers, dates or durations"):
        encoder.transform(pd.DataFrame({"a": np.array([5], dtype="m8[ms]")}))


def test_integers_cannot_be_missing():
    encoder, _ = fit(np.array([1, 2]))
    gap = Table(np.array([[1.0], [np.nan]]), np.empty((2, 0), dtype=int))
    with pytest.raises(ValueError, match="int64 cannot hold missing cells, got 1"):
        encoder.inverse_transform(gap)


@pytest.mark.parametrize(
    ("zone", "hour"),
    [("Europe/Berlin", 0), ("America/Sao_Paulo", 0), ("Australia/Lord_Howe", 8), ("Asia/Tokyo", 0)],
)
@pytest.mark.parametrize("unit", ["s", "ns"])
def test_days_of_a_zone_whose_clocks_change_stay_days(zone, hour, unit):
    days = pd.date_range("2017-01-03", periods=300, freq="3D") + pd.Timedelta(hours=hour)
    days = days.tz_localize(zone, nonexistent="NaT").dropna()
    encoder, X = fit(days.as_unit(unit).array)
    table = encoder.transform(X)
    pd.testing.assert_frame_equal(encoder.inverse_transform(table), X)
    steps = np.arange(table.numbers.max() + 1)[:, None]
    drawn = encoder.inverse_transform(Table(steps, np.zeros((len(steps), 0), dtype=int)))
    assert drawn["a"].dtype == X["a"].dtype
    wall = drawn["a"].dt.tz_localize(None)
    # A midnight that the clocks skip is an hour later.
    assert (wall.dt.hour == hour).mean() > 0.99
    assert (wall.dt.normalize().diff().dropna() % pd.Timedelta("3D") == pd.Timedelta(0)).all()


def test_both_hours_of_one_name_come_back():
    hours = pd.date_range("2020-10-24", periods=60, freq="h", tz="Europe/Berlin")
    twice = hours[hours.tz_localize(None).hour == 2]
    assert len(twice) == 4
    for values in (hours, twice, twice[1:3]):
        encoder, X = fit(values.array)
        pd.testing.assert_frame_equal(encoder.inverse_transform(encoder.transform(X)), X)

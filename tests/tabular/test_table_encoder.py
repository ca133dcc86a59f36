import decimal
import re

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from sklearn.base import clone

from random_tables import KINDS, build_table, tables
from vaesynth.tabular import Table, TableEncoder


def assert_same(found, expected):
    expected = expected.reset_index(drop=True)
    pd.testing.assert_frame_equal(found, expected, check_exact=True)


@pytest.mark.parametrize("kind", KINDS)
@settings(max_examples=8)
@given(data=st.data())
def test_any_column_comes_back(kind, data):
    X = data.draw(tables(kinds=[kind]))
    encoder = TableEncoder().fit(X)
    assert_same(encoder.inverse_transform(encoder.transform(X)), X)


@settings(max_examples=60)
@given(X=tables())
def test_any_table_comes_back(X):
    for categorical_features in ("auto", None, list(X.columns[:2])):
        encoder = TableEncoder(categorical_features=categorical_features).fit(X)
        table = encoder.transform(X)
        assert_same(encoder.inverse_transform(table), X)


class CountedTable:
    """A table of another library, which counts how often it is read."""

    def __init__(self, table):
        self.table = table
        self.n_reads = 0

    def to_arrow(self):
        self.n_reads += 1
        return self.table


@pytest.mark.parametrize("method", ["fit", "fit_transform", "transform", "transform_known"])
def test_a_table_is_read_once(method):
    X = CountedTable(pa.table({"age": [31, 47, None, 25], "city": ["Rome", "Oslo", "Rome", None]}))
    encoder = TableEncoder().fit(X)
    X.n_reads = 0
    getattr(encoder, method)(X)
    assert X.n_reads == 1


@settings(max_examples=60)
@given(X=tables())
@example(X=build_table({"arrow float16": [0.0, -0.0]}))
def test_fit_transform_is_fit_and_transform(X):
    for categorical_features in ("auto", [], list(X.columns[:2])):
        encoder = TableEncoder(categorical_features=categorical_features)
        table = encoder.fit_transform(X)
        again = encoder.fit(X).transform(X)
        np.testing.assert_array_equal(table.numbers, again.numbers)
        np.testing.assert_array_equal(table.codes, again.codes)


@settings(max_examples=60)
@given(X=tables())
def test_missing_markers_and_python_types_come_back(X):
    # assert_frame_equal takes None for NaN and 1 for True.
    encoder = TableEncoder().fit(X)
    back = encoder.inverse_transform(encoder.transform(X))
    for name in [name for name in X if X[name].dtype == object]:
        assert [*map(type, back[name])] == [*map(type, X[name])]


@settings(max_examples=60)
@given(X=tables())
def test_conform_keeps_real_rows_and_the_table_as_given(X):
    encoder = TableEncoder(categorical_features=[]).fit(X)
    table = encoder.transform(X)
    conformed = encoder.conform(table)
    np.testing.assert_array_equal(conformed.numbers, table.numbers)
    np.testing.assert_array_equal(conformed.codes, table.codes)
    assert conformed.numbers is not table.numbers


@settings(max_examples=60)
@given(X=tables(), seed=st.integers(0, 99))
def test_generated_cells_conform(X, seed):
    encoder = TableEncoder(categorical_features=[]).fit(X)
    real = encoder.transform(X)
    rng = np.random.default_rng(seed)
    noise = rng.normal(size=real.numbers.shape) * 10.0 ** rng.integers(-3, 9)
    noise[rng.random(noise.shape) < 0.3] = np.nan
    codes = np.where(rng.random(real.codes.shape) < 0.3, -1, real.codes)
    once = encoder.conform(Table(noise, codes))
    twice = encoder.conform(once)
    np.testing.assert_array_equal(once.numbers, twice.numbers)
    np.testing.assert_array_equal(once.codes, twice.codes)
    back = encoder.inverse_transform(once)
    assert (back.dtypes == X.dtypes).all()
    for name in X.columns:
        assert back[name].hasnans <= X[name].hasnans
    for j, spec in enumerate(encoder.schema_.numbers):
        present = once.numbers[~np.isnan(once.numbers[:, j]), j]
        assert ((present >= spec.lower) & (present <= spec.upper)).all()
        again = encoder.transform(back).numbers[:, j]
        np.testing.assert_array_equal(again, once.numbers[:, j])


@pytest.mark.parametrize("cells", [[None, 0], [None, 0.5], [None, decimal.Decimal("1.5")]])
def test_an_object_column_may_later_be_all_missing(cells):
    X = pd.DataFrame({"a": pd.Series(cells, dtype=object)})
    encoder = TableEncoder(categorical_features=[]).fit(X)
    table = encoder.transform(X[:1])
    np.testing.assert_array_equal(table.numbers, [[np.nan]])
    pd.testing.assert_frame_equal(encoder.inverse_transform(table), X[:1])


@settings(max_examples=60)
@given(X=tables())
def test_no_rows_keep_the_column_types(X):
    encoder = TableEncoder().fit(X)
    back = encoder.inverse_transform(encoder.transform(X).take([]))
    assert len(back) == 0
    assert (back.dtypes == X.dtypes).all()


def test_the_mean_of_a_flag_is_not_cut():
    # 51 of 100 ones: a cast of 0.51 to int would give none.
    X = pd.DataFrame({"flag": [1] * 51 + [0] * 49, "x": np.arange(100.0)})
    encoder = TableEncoder(categorical_features=[]).fit(X)
    draws = np.column_stack([np.random.default_rng(0).normal(0.51, 0.01, 100), np.zeros(100)])
    back = encoder.inverse_transform(encoder.conform(Table(draws, np.empty((100, 0), int))))
    assert back["flag"].mean() > 0.6
    assert set(back["flag"]) <= {0, 1}


def test_inverse_rounds_integers_without_conform():
    encoder = TableEncoder().fit([[1], [5], [9]])
    table = Table(np.array([[4.6], [-3.5]]), np.empty((2, 0), int))
    assert encoder.inverse_transform(table)[0] == [5]


def test_integers_stay_in_their_type():
    encoder = TableEncoder().fit(np.array([[1], [5], [9]], dtype=np.int8))
    table = Table(np.array([[1e30], [-1e30]]), np.empty((2, 0), int))
    assert encoder.inverse_transform(table).tolist() == [[127], [-128]]


def test_schema_of_a_mixed_table(mixed):
    specs = {spec.name: spec for spec in TableEncoder().fit(mixed).schema_.columns}
    assert [*specs] == [*mixed.columns]
    assert [name for name in specs if specs[name].is_number] == [
        "smooth", "amount", "count", "few", "spiked", "holed", "both", "day",
    ]  # fmt: skip
    assert specs["amount"].decimals == 2
    assert specs["smooth"].decimals is None
    assert specs["count"].is_integer
    assert specs["few"].support == (1.5, 2.0, 4.0)
    assert specs["holed"].has_missing
    assert not specs["smooth"].has_missing
    assert (specs["count"].lower, specs["count"].upper) == (
        mixed["count"].min(),
        mixed["count"].max(),
    )
    assert specs["day"].lower == 0
    assert specs["city"].levels == ("Bern", "Oslo", "Rome")
    assert specs["same"].n_distinct == 1
    assert specs["void"].is_all_missing


def test_levels_are_those_seen_in_the_order_of_the_type():
    X = pd.DataFrame({"size": pd.Categorical(["L", "S"], categories=["S", "M", "L"])})
    assert TableEncoder().fit(X).schema_.columns[0].levels == ("S", "L")


def test_attributes_follow_the_last_fit(mixed):
    encoder = TableEncoder().fit(mixed)
    assert encoder.n_features_in_ == mixed.shape[1]
    assert list(encoder.feature_names_in_) == list(mixed.columns)
    encoder.fit(np.ones((3, 2)))
    assert not hasattr(encoder, "feature_names_in_")
    assert clone(encoder).get_params() == {"categorical_features": "auto", "allow_missing": False}


def test_other_types_of_the_same_numbers_give_the_same_table():
    X = pd.DataFrame({"a": [1, 2, 3], "b": [0.5, 1.5, 4.0], "c": [*"xyx"]})
    encoder = TableEncoder().fit(X)
    expected = encoder.transform(X)
    other = X.astype({"a": "float32", "b": "Float64", "c": "category"})
    for same in (other, X.astype(object), X.convert_dtypes(dtype_backend="pyarrow")):
        table = encoder.transform(same)
        np.testing.assert_array_equal(table.numbers, expected.numbers)
        np.testing.assert_array_equal(table.codes, expected.codes)


def test_unseen_dates_are_exact():
    fitted = pd.DataFrame({"day": pd.date_range("2020-01-01", periods=9, unit="us")})
    encoder = TableEncoder().fit(fitted)
    others = pd.DataFrame({"day": pd.to_datetime(["2019-12-30 06:00", "2021-03-01 12:30"])})
    back = encoder.inverse_transform(encoder.transform(others.astype("datetime64[s]")))
    assert (back["day"] == others["day"]).all()


def test_unknown_category_is_named():
    encoder = TableEncoder().fit(pd.DataFrame({"city": ["Rome", "Oslo", "Bern"]}))
    with pytest.raises(ValueError, match="unknown category 'Paris' in column 'city'"):
        encoder.transform(pd.DataFrame({"city": ["Rome", "Paris"]}))


@pytest.mark.parametrize("column", [[1.0, 2.0, 3.0], ["a", "b", "c"]])
def test_missing_where_none_was_is_refused(column):
    encoder = TableEncoder().fit(pd.DataFrame({"a": column}))
    with pytest.raises(ValueError, match="Input X contains NaN in row 1 of column 'a'"):
        encoder.transform(pd.DataFrame({"a": [column[0], None]}))


@pytest.mark.parametrize("column", [["a", "b"], pd.to_datetime(["2020", "2021"])])
def test_numbers_must_stay_numbers(column):
    encoder = TableEncoder().fit(pd.DataFrame({"a": [1.0, 2.0, 3.0]}))
    with pytest.raises(ValueError, match="Column 'a' must hold numbers"):
        encoder.transform(pd.DataFrame({"a": column}))


def test_columns_are_checked_in_the_name_of_the_estimator_above():
    encoder = TableEncoder()
    encoder._estimator_name = "CVAESampler"
    with pytest.raises(ValueError, match=re.escape("(shape=(0, 3)) while a minimum of 1 is req")):
        encoder.fit(np.empty((0, 3)))
    encoder.fit(np.arange(12.0).reshape(3, 4))
    with pytest.raises(
        ValueError, match="X has 3 features, but CVAESampler is expecting 4 features as input"
    ):
        encoder.transform(np.ones((3, 3)))
    X = pd.DataFrame({"a": [1.0, 2, 3], "b": [1.0, 2, 3]})
    with pytest.warns(UserWarning, match="X has feature names, but CVAESampler was fitted"):
        encoder.fit(X.to_numpy()).transform(X)
    with pytest.warns(UserWarning, match="valid feature names, but CVAESampler was fitted"):
        encoder.fit(X).transform(X.to_numpy())
    with pytest.raises(ValueError, match="The feature names should match"):
        encoder.transform(X[["b", "a"]])


def test_tables_of_another_shape_or_code_are_refused():
    encoder = TableEncoder().fit([[1.5, "a"], [2.5, "b"], [3.5, "a"]])
    with pytest.raises(ValueError, match=re.escape("must have shapes (2, 1) and (2, 1)")):
        encoder.inverse_transform(Table(np.ones((2, 2)), np.zeros((2, 1), int)))
    for use in (encoder.inverse_transform, encoder.conform):
        with pytest.raises(ValueError, match="Codes of column 'x1' must lie between -1 and 1"):
            use(Table(np.ones((1, 1)), np.array([[2]])))
    with pytest.raises(ValueError, match="cannot hold missing cells"):
        TableEncoder().fit(np.arange(3)[:, None]).inverse_transform(
            Table(np.array([[np.nan]]), np.empty((1, 0), int))
        )


def test_contents_that_fit_has_not_seen_are_replaced_and_told():
    fitted = pd.DataFrame({"n": [1.0, 2.0, 4.0], "c": ["b", "b", "a"], "gap": [1.0, None, 3.0]})
    encoder = TableEncoder(categorical_features=["c"]).fit(fitted)
    new = pd.DataFrame({"n": [None, 9.0], "c": ["z", "a"], "gap": [None, 7.0]})
    table, unseen = encoder.transform_known(new)
    assert unseen.tolist() == [[True, True, False], [False, False, False]]
    np.testing.assert_array_equal(table.numbers, [[2.0, np.nan], [9.0, 7.0]])
    assert table.codes.tolist() == [[1], [0]]
    known, nowhere = encoder.transform_known(fitted)
    assert not nowhere.any()
    np.testing.assert_array_equal(known.numbers, encoder.transform(fitted).numbers)
    with pytest.raises(ValueError, match="contains NaN in row 0 of column 'n'"):
        encoder.transform(new)
    with pytest.raises(ValueError, match="Found unknown category 'z' in column 'c'"):
        encoder.transform(new.fillna(1.0))


def test_a_number_beside_the_only_one_of_fit_is_unseen():
    encoder = TableEncoder(categorical_features=None).fit([[1.0, 5.0], [2.0, 5.0], [3.0, 5.0]])
    table, unseen = encoder.transform_known([[9.0, 5.0], [9.0, 6.0]])
    assert unseen.tolist() == [[False, False], [False, True]]
    assert table.numbers.tolist() == [[9.0, 5.0], [9.0, 5.0]]


def test_missing_cells_may_be_allowed_where_none_was():
    X = pd.DataFrame({"a": [1, 2, 3], "b": ["x", "y", "x"]})
    encoder = TableEncoder(allow_missing=True).fit(X)
    table = encoder.transform(pd.DataFrame({"a": [1.0, np.nan], "b": [None, "y"]}))
    assert np.isnan(table.numbers[1, 0])
    assert table.codes[:, 0].tolist() == [-1, 1]
    assert_same(encoder.inverse_transform(encoder.transform(X)), X)

import decimal

import numpy as np
import pandas as pd
import pytest

from vaesynth.tabular import Table, TableEncoder


def as_objects(*cells):
    column = np.empty(len(cells), dtype=object)
    column[:] = cells
    return column


def fit_spec(values, categorical_features="auto"):
    X = pd.DataFrame({"a": values})
    return TableEncoder(categorical_features=categorical_features).fit(X).schema_.columns[0]


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        (np.array([1.0, 2.0, 3.0]), "number"),
        (np.array([1.0, 2.0, np.nan]), "category"),
        (as_objects(1, 2, 3, None), "number"),
        (as_objects(1, 2.5, 3), "number"),
        (as_objects(*map(decimal.Decimal, "123")), "number"),
        (as_objects(1, 2, "3"), "category"),
        (pd.array([1, 2, 3, None], dtype="Int64"), "number"),
        (pd.array([True, None], dtype="boolean"), "category"),
        (np.array(["1", "2", "3"]), "category"),
        (pd.Categorical([1, 2, 3]), "category"),
        (np.arange(3).astype("M8[s]"), "number"),
    ],
    ids=lambda part: str(part)[:40],
)
def test_kinds_by_type_and_content(values, kind):
    assert fit_spec(values).kind == kind
    assert fit_spec(values, ["a"]).kind == "category"


def test_only_what_cannot_be_numbers_is_a_category_against_the_list():
    assert fit_spec(np.array([True, False]), []).is_number
    assert fit_spec(np.array([0, 1]), []).is_number
    assert not fit_spec(np.array(["a", "b"]), []).is_number


@pytest.mark.parametrize(
    ("n_values", "n_rows", "is_supported"), [(20, 200, True), (20, 199, False), (21, 900, False)]
)
def test_few_values_of_many_rows_are_a_support(n_values, n_rows, is_supported):
    values = np.resize(np.arange(n_values) + 0.5, n_rows)
    spec = fit_spec(values)
    assert (spec.support == tuple(values[:n_values])) == is_supported
    assert (spec.support is None) != is_supported


def test_typical_is_a_value_seen():
    assert fit_spec(np.array([1.0, 2.0, 4.0, 9.0])).typical == 4
    assert fit_spec(np.array(["b", "a", "b"])).typical == 1


def test_dates_are_counted_in_their_own_steps():
    X = pd.DataFrame({"a": pd.to_datetime(["2020-01-01", "2020-01-08", "2020-01-29"])})
    encoder = TableEncoder().fit(X)
    later = pd.DataFrame({"a": pd.to_datetime(["2020-01-15"])})
    assert encoder.transform(later).numbers.tolist() == [[2]]
    drawn = encoder.inverse_transform(Table(np.array([[3.0]]), np.empty((1, 0), dtype=int)))
    assert drawn["a"].tolist() == [pd.Timestamp("2020-01-22")]
    spec = encoder.schema_.columns[0]
    assert (spec.lower, spec.upper) == (0, 4)


def test_narrow_floats_are_written_with_their_own_digits():
    spec = fit_spec(np.array([0.1, 0.7, 0.25], "f4"))
    assert (spec.precision, spec.decimals) == ("float32", 2)

import decimal

import numpy as np
import pandas as pd
import pytest

from vaesynth.tabular._columns import CategoryColumn, NumberColumn, fit_column


def as_objects(*cells):
    column = np.empty(len(cells), dtype=object)
    column[:] = cells
    return column


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (np.array([1.0, 2.0, 3.0]), NumberColumn),
        (np.array([1.0, 2.0, np.nan]), CategoryColumn),
        (as_objects(1, 2, 3, None), NumberColumn),
        (as_objects(1, 2.5, 3), NumberColumn),
        (as_objects(*map(decimal.Decimal, "123")), NumberColumn),
        (as_objects(1, 2, "3"), CategoryColumn),
        (pd.array([1, 2, 3, None], dtype="Int64"), NumberColumn),
        (pd.array([True, None], dtype="boolean"), CategoryColumn),
        (np.array(["1", "2", "3"]), CategoryColumn),
        (pd.Categorical([1, 2, 3]), CategoryColumn),
        (np.arange(3).astype("M8[D]"), NumberColumn),
    ],
    ids=lambda part: str(part)[:40],
)
def test_kinds_by_type_and_content(values, expected):
    assert isinstance(fit_column(values, "a", 0, None), expected)
    assert isinstance(fit_column(values, "a", 0, True), CategoryColumn)


def test_only_what_cannot_be_numbers_is_a_category_against_the_list():
    assert isinstance(fit_column(np.array([True, False]), "a", 0, False), NumberColumn)
    assert isinstance(fit_column(np.array([0, 1]), "a", 0, False), NumberColumn)
    assert isinstance(fit_column(np.array(["a", "b"]), "a", 0, False), CategoryColumn)


@pytest.mark.parametrize(
    ("n_values", "n_rows", "is_supported"), [(20, 200, True), (20, 199, False), (21, 900, False)]
)
def test_few_values_of_many_rows_are_a_support(n_values, n_rows, is_supported):
    values = np.resize(np.arange(n_values) + 0.5, n_rows)
    spec = fit_column(values, "a", 0, None).spec
    assert (spec.support == tuple(values[:n_values])) == is_supported
    assert (spec.support is None) != is_supported


def test_typical_is_a_value_seen():
    assert fit_column(np.array([1.0, 2.0, 4.0, 9.0]), "a", 0, None).spec.typical == 4
    assert fit_column(np.array(["b", "a", "b"]), "a", 0, None).spec.typical == 1


def test_dates_are_counted_in_their_own_steps():
    column = fit_column(np.array(["2020-01-01", "2020-01-08", "2020-01-29"], "M8[s]"), "a", 0, None)
    assert column.read(np.array(["2020-01-15"], "M8[s]")).tolist() == [2]
    assert column.write(np.array([3.0])) == np.array(["2020-01-22"], "M8[s]")
    assert (column.spec.lower, column.spec.upper) == (0, 4)


def test_narrow_floats_are_written_with_their_own_digits():
    spec = fit_column(np.array([0.1, 0.7, 0.25], "f4"), "a", 0, None).spec
    assert (spec.precision, spec.decimals) == ("float32", 2)

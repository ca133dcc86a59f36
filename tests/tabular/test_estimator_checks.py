"""The encoder is a transformer in scikit-learn's sense, whose output is a table that converts to an array."""

import numpy as np
import pytest
from sklearn.utils.estimator_checks import parametrize_with_checks

from vaesynth.tabular import Table, TableEncoder


@parametrize_with_checks(
    [
        TableEncoder(),
        TableEncoder(categorical_features=[]),
        TableEncoder(categorical_features=[0], allow_missing=True),
    ]
)
def test_estimator_checks(estimator, check):
    check(estimator)


def test_a_table_converts_to_one_array():
    table = Table(np.array([[1.5], [np.nan]]), np.array([[3], [-1]]))
    np.testing.assert_array_equal(np.asarray(table), [[1.5, 3], [np.nan, -1]])
    np.testing.assert_array_equal(np.asarray(table[1:], dtype="f4"), [[np.nan, -1]])
    with pytest.raises(ValueError, match="always a copy"):
        np.asarray(table, copy=False)


def test_a_table_that_has_been_read_is_not_read_as_numbers():
    table = TableEncoder().fit_transform([[1.5, "x"], [2.5, "y"], [3.5, "x"]])
    with pytest.raises(TypeError, match="got Table"):
        TableEncoder().fit(table)

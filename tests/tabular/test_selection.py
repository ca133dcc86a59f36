"""Which columns `categorical_features` names."""

import re

import numpy as np
import pandas as pd
import pytest

from vaesynth.tabular import TableEncoder

X = pd.DataFrame({"a": [1, 2, 3], "b": [4, 5, 6], "c": [7, 8, 9]})


def categories(selection, X=X):
    specs = TableEncoder(categorical_features=selection).fit(X).schema_.columns
    return [not spec.is_number for spec in specs]


@pytest.mark.parametrize(
    ("selection", "expected"),
    [
        ([], [0, 0, 0]),
        (None, [0, 0, 0]),
        ([False, True, True], [0, 1, 1]),
        (np.array([2]), [0, 0, 1]),
        ([-1, 0], [1, 0, 1]),
        (["b"], [0, 1, 0]),
        (np.array(["c", "a"]), [1, 0, 1]),
    ],
    ids=str,
)
def test_selections(selection, expected):
    assert categories(selection) == expected


def test_auto_leaves_it_to_the_columns():
    assert categories("auto", X.assign(b=["x", "y", "x"], c=[0, 1, 0])) == [False, True, True]


@pytest.mark.parametrize(
    ("selection", "message"),
    [
        ("all", "must be 'auto' or a list of columns, got 'all'"),
        ([True, False], "one entry for each of the 3 columns, got 2"),
        ([3], "must lie between -3 and 2, got 3"),
        (["a", "z"], "must be columns of X, got ['z']"),
        ([[0, 1]], "must be one-dimensional, got shape (1, 2)"),
        ([0.5], "must be columns of X, got [0.5]"),
    ],
    ids=str,
)
def test_invalid_selections(selection, message):
    with pytest.raises(ValueError, match=re.escape(message)):
        categories(selection)


def test_names_need_labels():
    with pytest.raises(ValueError, match="need a table with column labels"):
        categories(["x0"], X.to_numpy())

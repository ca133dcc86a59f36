import numpy as np
import pandas as pd
import pytest

from vaesynth.applications._design._constraints import Constraints
from vaesynth.tabular import evaluate

ROWS = pd.DataFrame(
    {"n": [1.0, 5.0, np.nan, 20.0], "k": [1, 2, 3, 4], "level": ["a", "b", "c", None]}
)


def violation(bounds=None, constraints=(), rows=ROWS):
    return Constraints.read(bounds, constraints, rows).violation(rows).tolist()


def test_ranges_count_in_their_widths_and_open_ones_as_they_are():
    assert violation({"n": (2, 10)}) == [1 / 8, 0, 1, 10 / 8]
    assert violation({"n": (None, 10)}) == [0, 0, 1, 10]
    assert violation({"k": (3, 3)}) == [2, 1, 0, 1]


def test_levels_are_in_the_list_or_not():
    assert violation({"level": ["a", "b"]}) == [0, 0, 1, 1]


def test_constraints_are_true_or_not_negative():
    assert violation(constraints=lambda rows: rows["k"] > 2) == [1, 1, 0, 0]
    assert violation(constraints=[lambda rows: rows["k"] - 2.5]) == [1.5, 0.5, 0, 0]
    assert violation(constraints="k > 2") == [1, 1, 0, 0]
    assert violation({"k": (1, 2)}, [lambda rows: rows["k"] != 4]) == [0, 0, 1, 3]


def test_columns_of_arrays_are_named_by_position():
    assert violation({1: (0, 1)}, rows=np.array([[9.0, 1.0], [9.0, 3.0]])) == [0, 2]


@pytest.mark.parametrize(
    ("bounds", "constraints", "error", "match"),
    [
        ({"z": (0, 1)}, (), ValueError, "`bounds` must name columns of"),
        ({"n": (1, 0)}, (), ValueError, "column 'n' must have low <= high"),
        ({"n": (None, None)}, (), ValueError, "at most one None"),
        ({"n": (1, 2, 3)}, (), ValueError, "must be a pair"),
        ({"level": (0, 1)}, (), ValueError, "'level' must hold numbers to have a range"),
        ({"level": "ab"}, (), ValueError, "or a list of levels, got 'ab'"),
        ({"level": []}, (), ValueError, "or a list of levels"),
        (None, [3], TypeError, "`constraints` must be expressions or functions of rows, got 3"),
    ],
)
def test_what_is_no_limit_is_refused(bounds, constraints, error, match):
    with pytest.raises(error, match=match):
        Constraints.read(bounds, constraints, ROWS)


@pytest.mark.parametrize(
    ("function", "match"),
    [
        (len, r"must give one value for each of 4 rows, got shape \(\)"),
        (lambda rows: rows["level"], "must give numbers"),
        (lambda rows: rows["n"], "must give numbers, got NaN for 1 rows"),
    ],
)
def test_what_gives_no_number_for_each_row_is_refused(function, match):
    with pytest.raises(ValueError, match=match):
        evaluate(function, ROWS, "`objective`")

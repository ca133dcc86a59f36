"""New cells are spelled as the file spells its own."""

import datetime

import pandas as pd
import pyarrow as pa
import pytest

from vaesynth.files import Spelling

DAY = datetime.date(2024, 2, 29)
NOON = datetime.datetime(2024, 2, 29, 12)


@pytest.mark.parametrize(
    ("text", "typed", "new", "spelled"),
    [
        (["1.50", "2.25"], [1.5, 2.25], [3.0, -0.1, None], ["3.00", "-0.10", ""]),
        (["1.50", "2.5"], [1.5, 2.5], [3.0], ["3.0"]),
        (["1.50"], [1.5], [1.123], ["1.123"]),
        (["yes", "NA", "NA", ""], ["yes", None, None, None], [None, "no"], ["NA", "no"]),
        (
            ["TRUE", "false", "TRUE", "True"],
            [True, False, True, True],
            [True, False],
            ["TRUE", "false"],
        ),
        (["TRUE"], [True], [False], ["False"]),
        (["2024-02-28"], [datetime.date(2024, 2, 28)], [DAY], ["2024-02-29"]),
        (
            ["2024-02-28T11:00Z"[:-1]],
            [datetime.datetime(2024, 2, 28, 11)],
            [NOON],
            ["2024-02-29T12:00"],
        ),
        (["12", "007"], ["12", "007"], ["007"], ["007"]),
        (["12"], [12], [7], ["7"]),
        (["+4930", "+4931"], [4930, 4931], [4932], ["+4932"]),
        (["+3", "-2"], [3, -2], [5, -7, 0], ["+5", "-7", "0"]),
        (["+3", "0"], [3, 0], [5, 0], ["+5", "0"]),
        (["+3", "+0"], [3, 0], [0], ["+0"]),
        (["+3", "4"], [3, 4], [5], ["5"]),
        (["+1.50", "-0.25"], [1.5, -0.25], [2.0, -3.0], ["+2.00", "-3.00"]),
        (["-1", "-2"], [-1, -2], [3], ["3"]),
        (
            ["0001-01-01"],
            [datetime.date(1, 1, 1)],
            [DAY, datetime.date(33, 4, 3)],
            ["2024-02-29", "0033-04-03"],
        ),
        (["20240131"], [datetime.date(2024, 1, 31)], [DAY], ["20240229"]),
    ],
)
def test_spelling(text, typed, new, spelled):
    column = pa.array(typed)
    assert Spelling.learn(pd.Series(text), column).spell(pa.array(new, column.type)) == spelled


@pytest.mark.parametrize(
    ("text", "typed", "new", "spelled"),
    [
        (["1,50", "2,25"], [1.5, 2.25], [3.0], "3,00"),
        (["1,5", "2"], [1.5, 2.0], [0.125], "0,125"),
        (["+1,5"], [1.5], [2.5], "+2,5"),
    ],
)
def test_a_decimal_comma(text, typed, new, spelled):
    assert Spelling.learn(pd.Series(text), pa.array(typed), ",").spell(pa.array(new)) == [spelled]

"""Columns of text files get the types that pandas infers, refined."""

import datetime

import pandas as pd
import pyarrow as pa
import pytest

from vaesynth.files import type_column

HUGE = "123456789012345678901"


def read_column(cells, **options):
    return type_column(pd.Series(cells, name="x", dtype=str), **options)


@pytest.mark.parametrize(
    ("cells", "kind", "values"),
    [
        (["1", "-2"], pa.int64(), [1, -2]),
        (["1", "", "3"], pa.int64(), [1, None, 3]),
        (["18446744073709551615", "1"], pa.uint64(), [2**64 - 1, 1]),
        (["-1", "18446744073709551615"], pa.string(), ["-1", "18446744073709551615"]),
        (["+4930", "+4931"], pa.int64(), [4930, 4931]),
        ([" 1", "2 "], pa.int64(), [1, 2]),
        (["٣", "٤"], pa.string(), ["٣", "٤"]),
        (["9" * 5000, "1"], pa.string(), ["9" * 5000, "1"]),
        (["1.5", "NA", "1e3"], pa.float64(), [1.5, None, 1000.0]),
        (["0.5", "0"], pa.float64(), [0.5, 0.0]),
        (["true", "False"], pa.bool_(), [True, False]),
        (["true", "", "FALSE"], pa.bool_(), [True, None, False]),
        (["007", "12"], pa.string(), ["007", "12"]),
        (["007", "", "12"], pa.string(), ["007", None, "12"]),
        ([HUGE, "", "1"], pa.string(), [HUGE, None, "1"]),
        (
            ["2024-02-29", "", "1999-12-31"],
            pa.date32(),
            [datetime.date(2024, 2, 29), None, datetime.date(1999, 12, 31)],
        ),
        (["2024-02-29 10:00:30"], pa.timestamp("us"), [datetime.datetime(2024, 2, 29, 10, 0, 30)]),
        (["2024-02-29T10:00:30Z"], pa.timestamp("us"), [datetime.datetime(2024, 2, 29, 10, 0, 30)]),
        (["2024-02-30"], pa.string(), ["2024-02-30"]),
        (["2024-2-9"], pa.string(), ["2024-2-9"]),
        (["03/04/2024"], pa.string(), ["03/04/2024"]),
        (["a", "", "1"], pa.string(), ["a", None, "1"]),
        (["", "NA"], pa.float64(), [None, None]),
    ],
)
def test_types(cells, kind, values):
    column = read_column(cells)
    assert column.type == kind
    assert column.to_pylist() == values


@pytest.mark.parametrize(
    ("cells", "kind"),
    [
        (["20240131", "19991231", ""], pa.date32()),
        (["20240131", "20240132"], pa.int64()),
        (["20240131", "18991231"], pa.int64()),
        ([*(f"202401{day}" for day in range(10, 22)), "99991231"], pa.date32()),
        ([*(f"178907{day}" for day in range(10, 22)), "17890731", ""], pa.date32()),
        ([*(f"202401{day}" for day in range(10, 22)), "20240132"], pa.int64()),
        (["20240131", "99991231"], pa.int64()),  # too few to be no numbers
        ([str(number) for number in range(10001001, 10001040)], pa.int64()),
        ([f"2401{day}" for day in range(10, 23)], pa.date32()),
        ([f"0912{day}" for day in range(10, 23)], pa.string()),
        ([f"2401{day}" for day in range(10, 22)], pa.int64()),  # too few to be no numbers
        ([*(f"2401{day}" for day in range(10, 23)), "230229"], pa.int64()),
        (["20240131235959", "20240101000000"], pa.timestamp("us")),
        (["20240131246060", "20240101000000"], pa.int64()),
        ([f"{year}{month:02d}" for year in (2023, 2024) for month in range(1, 13)], pa.date32()),
        (["202401", "202402"], pa.int64()),  # too few to be no numbers
        ([str(number) for number in range(200001, 200031)], pa.int64()),
    ],
)
def test_whole_numbers_that_are_all_dates_are_dates(cells, kind):
    assert read_column(cells).type == kind


@pytest.mark.parametrize(
    ("cells", "decimal", "values"),
    [
        (["1,5", "2"], ",", [1.5, 2.0]),
        (["1,50", "", "-0,25"], ",", [1.5, None, -0.25]),
        (["1,5", "2.5"], ",", ["1,5", "2.5"]),
        (["1.234,5", "1.000,0"], ",", ["1.234,5", "1.000,0"]),
        (["1,5", "2"], ".", ["1,5", "2"]),
        (["1.5", "2"], ",", ["1.5", "2"]),
    ],
)
def test_decimal_marks(cells, decimal, values):
    assert read_column(cells, decimal=decimal).to_pylist() == values


@pytest.mark.parametrize("cells", [["1,5", "2"], ["", "2,75"], ["1.5", "1,5"]])
def test_commas_that_may_be_decimal_marks_are_asked_about(cells):
    with pytest.raises(ValueError, match=r"column 'x': pass --decimal ',' .* --decimal '\.'"):
        read_column(cells)


@pytest.mark.parametrize("word", ["NA", "None", "nan", "null", "n/a"])
def test_words_for_nothing_are_words_where_the_user_says_so(word):
    assert read_column(["a", word, ""]).to_pylist() == ["a", None, None]
    assert read_column(["a", word, ""], missing={""}).to_pylist() == ["a", word, None]


@pytest.mark.parametrize("number", ["0.1", "1e-320", "123456789.123456789", "4.35", ".5", "5."])
def test_numbers_are_the_nearest_floats(number):
    assert read_column([number, "1.5"]).to_pylist()[0] == float(number)

"""Columns of text files get the types that pandas infers, refined."""

import datetime

import pandas as pd
import pyarrow as pa
import pytest

from vaesynth.files import type_column

HUGE = "123456789012345678901"


def read_column(cells, tmp_path):
    path = tmp_path / "column.csv"
    pd.DataFrame({"row": range(len(cells)), "x": cells}).to_csv(path, index=False)
    text = pd.read_csv(path, dtype=str, na_filter=False)["x"]
    return type_column(text, pd.read_csv(path)["x"])


@pytest.mark.parametrize(
    ("cells", "kind", "values"),
    [
        (["1", "-2"], pa.int64(), [1, -2]),
        (["1", "", "3"], pa.int64(), [1, None, 3]),
        (["18446744073709551615", "1"], pa.uint64(), [2**64 - 1, 1]),
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
def test_types(cells, kind, values, tmp_path):
    column = read_column(cells, tmp_path)
    assert column.type == kind
    assert column.to_pylist() == values


def test_integers_beside_empty_cells_that_no_integer_type_holds_are_what_pandas_makes_of_them(
    tmp_path,
):
    column = read_column(["99999999999999999999", "", "1"], tmp_path)
    assert column.to_pylist()[1] is None
    assert column.type in (pa.string(), pa.float64())

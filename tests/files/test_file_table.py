"""Rows below rows."""

import pandas as pd
import pyarrow as pa
import pytest

from vaesynth.files import FileTable


def test_rows_below_are_spelled_as_those_above():
    cells = pa.table({"n": [1, None], "price": [1.5, 2.0]})
    table = FileTable(cells, pd.DataFrame({"n": ["1", "NA"], "price": ["1.50", "2.00"]}))
    whole = table.append(pa.table({"n": [None, 4], "price": [0.25, 7.0]}))
    assert whole.text["n"].tolist() == ["1", "NA", "NA", "4"]
    assert whole.text["price"].tolist() == ["1.50", "2.00", "0.25", "7.00"]
    assert whole.cells["n"].to_pylist() == [1, None, None, 4]


def test_rows_of_other_columns_are_refused():
    with pytest.raises(ValueError, match="names"):
        FileTable(pa.table({"n": [1]})).append(pa.table({"m": [1]}))

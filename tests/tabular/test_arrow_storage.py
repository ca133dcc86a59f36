"""Columns that Arrow stores hold numbers like others."""

import datetime
import decimal

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from vaesynth.tabular import TableEncoder

DAY = datetime.date(2020, 5, 17)
NOON = datetime.datetime(2020, 5, 17, 12, 0, 1)


def arrow(kind, *cells):
    return pd.array(cells, dtype=pd.ArrowDtype(kind))


def fit(values):
    """Read everything as numbers that can be."""
    X = pd.DataFrame({"a": values})
    return TableEncoder(categorical_features=[]).fit(X), X


@pytest.mark.parametrize(
    "values",
    [
        arrow(pa.int8(), -128, None, 127),
        arrow(pa.uint64(), 0, None, 2**64 - 1),
        arrow(pa.bool_(), True, None, False),
        arrow(pa.float16(), 0.5, None),
        arrow(pa.float32(), 0.1, None),
        arrow(pa.float64(), 0.1, None),
        arrow(pa.timestamp("ns", "Europe/Rome"), NOON, None),
        arrow(pa.timestamp("s"), NOON, None),
        arrow(pa.duration("ms"), datetime.timedelta(1, 5), None),
        arrow(pa.date32(), DAY, None),
        arrow(pa.date64(), DAY, None),
        arrow(pa.time32("s"), NOON.time(), None),
        arrow(pa.time64("ns"), NOON.time(), None),
        arrow(pa.decimal128(38, 18), decimal.Decimal("123456789.25"), None, decimal.Decimal(-3)),
        arrow(pa.decimal128(5, 0), decimal.Decimal(-7), None),
    ],
    ids=lambda values: str(values.dtype),
)
def test_numbers_come_back(values):
    encoder, X = fit(values)
    assert encoder.schema_.columns[0].is_number
    table = encoder.transform(X)
    assert np.isnan(table.numbers[:, 0]).tolist() == values.isna().tolist()
    back = encoder.inverse_transform(table)["a"]
    assert back.dtype == values.dtype
    assert back.tolist() == values.tolist()
    part = encoder.transform(X[:1])
    np.testing.assert_array_equal(part.numbers, table.numbers[:1])


@pytest.mark.parametrize("kind", [pa.string(), pa.binary(), pa.null()], ids=str)
def test_what_cannot_be_numbers(kind):
    encoder, _ = fit(arrow(kind, None))
    assert not encoder.schema_.columns[0].is_number


@pytest.mark.parametrize("kind", [pa.float16(), pa.float32(), pa.float64()], ids=str)
def test_zero_has_no_sign(kind):
    X = pd.DataFrame({"a": arrow(kind, 0.0, -0.0, None, 1.0)})
    encoder = TableEncoder(categorical_features=["a"])
    assert encoder.fit_transform(X).codes.ravel().tolist() == [0, 0, -1, 1]
    assert encoder.transform(X).codes.ravel().tolist() == [0, 0, -1, 1]
    assert encoder.schema_.columns[0].levels == (0.0, 1.0)


def test_chunked_columns_are_read_whole():
    parts = pd.Series(arrow(pa.int16(), 1, None)), pd.Series(arrow(pa.int16(), 3))
    encoder, X = fit(pd.concat(parts, ignore_index=True))
    np.testing.assert_array_equal(encoder.transform(X).numbers, [[1], [np.nan], [3]])

import datetime
import decimal

import pandas as pd
import pyarrow as pa
import pytest

from vaesynth.tabular._columns._pandas_storages import storage_of

DAY = datetime.date(2020, 5, 17)
NOON = datetime.datetime(2020, 5, 17, 12, 0, 1)


def arrow(kind, *cells):
    return pd.array(cells, dtype=pd.ArrowDtype(kind))


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
def test_content_comes_back(values):
    storage = storage_of(values, None)
    assert storage.accepts(storage_of(values[:1], None)) or storage.shifts
    content, missing = storage.read(values)
    assert missing.tolist() == values.isna().tolist()
    back = storage.write(content, missing)
    assert back.dtype == values.dtype
    assert back.tolist() == values.tolist()


@pytest.mark.parametrize("kind", [pa.string(), pa.binary(), pa.null()], ids=str)
def test_what_cannot_be_numbers(kind):
    assert storage_of(arrow(kind, None), None) is None


def test_chunked_columns_are_read_whole():
    parts = pd.Series(arrow(pa.int16(), 1, None)), pd.Series(arrow(pa.int16(), 3))
    values = pd.concat(parts).array
    content, missing = storage_of(values, None).read(values)
    assert content[~missing].tolist() == [1, 3]

"""Whole tables of every kind of column at once, for hypothesis."""

import datetime

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import strategies as st

SAFE = 2**53
WORDS = st.text(max_size=4).filter(lambda text: "\x00" not in text)
INSTANTS = st.datetimes(datetime.datetime(1900, 1, 1), datetime.datetime(2100, 1, 1))
SPANS = st.timedeltas(datetime.timedelta(days=-999), datetime.timedelta(days=999))
DECIMALS = st.decimals(-999, 999, places=3)


def floats(width=64):
    return st.floats(allow_nan=False, allow_infinity=False, width=width)


def arrow(kind):
    return lambda cells: pd.array(cells, dtype=pd.ArrowDtype(kind))


def pandas(dtype):
    return lambda cells: pd.array(cells, dtype=dtype)


def numpy(dtype):
    return lambda cells: np.array(cells, dtype=dtype)


def floats_with_nan(dtype):
    return lambda cells: np.array([np.nan if cell is None else cell for cell in cells], dtype)


def objects(marker):
    def build(cells):
        column = np.empty(len(cells), dtype=object)
        column[:] = [marker if cell is None else cell for cell in cells]
        return column

    return build


def categorical(**options):
    return lambda cells: pd.Categorical(cells, **options)


def integers_of(dtype):
    info = np.iinfo(dtype)
    return st.integers(int(info.min), int(info.max))


WHOLE = {  # columns that cannot hold a missing cell
    "float64": (floats(), numpy("float64")),
    "int8": (integers_of("int8"), numpy("int8")),
    "uint16": (integers_of("uint16"), numpy("uint16")),
    "int64": (st.integers(-SAFE, SAFE), numpy("int64")),
    "int64, far": (st.integers(2**62, 2**62 + SAFE), numpy("int64")),
    "uint64, far": (st.integers(2**64 - SAFE, 2**64 - 1), numpy("uint64")),
    "bool": (st.booleans(), numpy("bool")),
}
HOLED = {
    "float64, NaN": (floats(), floats_with_nan("float64")),
    "float32, NaN": (floats(32), floats_with_nan("float32")),
    "float16, NaN": (floats(16), floats_with_nan("float16")),
    "Int64": (st.integers(-SAFE, SAFE), pandas("Int64")),
    "UInt8": (integers_of("uint8"), pandas("UInt8")),
    "Float64": (floats(), pandas("Float64")),
    "Float32": (floats(32), pandas("Float32")),
    "boolean": (st.booleans(), pandas("boolean")),
    "str": (WORDS, pandas("str")),
    "string": (WORDS, pandas("string")),
    "category": (st.sampled_from("abc"), categorical(categories=list("zcab"))),
    "category, ordered": (st.sampled_from([3, 1]), categorical(categories=[3, 2, 1], ordered=True)),
    "datetime64[ns]": (INSTANTS, pandas("datetime64[ns]")),
    "datetime64[s]": (INSTANTS, pandas("datetime64[s]")),
    "datetime64[us, Oslo]": (INSTANTS, pandas("datetime64[us, Europe/Oslo]")),
    "timedelta64[ms]": (SPANS, pandas("timedelta64[ms]")),
    "period[M]": (INSTANTS, pandas("period[M]")),
    "Sparse[float64]": (st.sampled_from([0.0, 1.5, 7.0]), pandas("Sparse[float64]")),
    "object, int and None": (st.integers(-SAFE, SAFE), objects(None)),
    "object, float and NA": (floats(), objects(pd.NA)),
    "object, str and NaN": (WORDS, objects(np.nan)),
    "object, bool and None": (st.booleans(), objects(None)),
    "object, Decimal": (DECIMALS, objects(None)),
    "object, huge int": (st.integers(10**30, 10**30 + SAFE), objects(None)),
    "object, anything": (st.sampled_from([1, 1.0, True, "1", (1, 2), b"1"]), objects(None)),
    "arrow int16": (integers_of("int16"), arrow(pa.int16())),
    "arrow uint64": (st.integers(0, SAFE), arrow(pa.uint64())),
    "arrow float": (floats(), arrow(pa.float64())),
    "arrow bool": (st.booleans(), arrow(pa.bool_())),
    "arrow string": (WORDS, arrow(pa.string())),
    "arrow dictionary": (WORDS, arrow(pa.dictionary(pa.int8(), pa.string()))),
    "arrow timestamp": (INSTANTS, arrow(pa.timestamp("us"))),
    "arrow timestamp, Rome": (INSTANTS, arrow(pa.timestamp("ms", "Europe/Rome"))),
    "arrow duration": (SPANS, arrow(pa.duration("us"))),
    "arrow date": (st.dates(), arrow(pa.date32())),
    "arrow decimal": (DECIMALS, arrow(pa.decimal128(38, 18))),
    "nothing": (st.none(), floats_with_nan("float64")),
}
if pd.__version__ < "3":  # its Arrow dictionaries lose cells and the width of their indices
    del HOLED["arrow dictionary"]


@st.composite
def draw_frames(draw):
    """Draw a DataFrame of up to 8 columns of any kind, with and without missing cells."""
    n_rows = draw(st.integers(1, 10))
    kinds = draw(st.lists(st.sampled_from([*WHOLE, *HOLED]), min_size=1, max_size=8, unique=True))
    columns = {}
    for kind in kinds:
        cells, build = {**WHOLE, **HOLED}[kind]
        if kind in HOLED and draw(st.booleans()):
            cells = st.none() | cells
        drawn = draw(st.lists(cells, min_size=n_rows, max_size=n_rows))
        columns[kind] = pd.Series(build(drawn), index=range(7, 7 + n_rows))
    return pd.DataFrame(columns)


@pytest.fixture(scope="session")
def frames():
    """Strategy of DataFrames; draw from it with ``data.draw(frames)``."""
    return draw_frames()


@pytest.fixture
def mixed():
    """Return 400 rows of the columns that cells treat differently."""
    rng = np.random.default_rng(0)
    n_rows = 400
    amount = rng.normal(size=n_rows).round(2)
    frame = pd.DataFrame(
        {
            "smooth": rng.normal(3, 5, n_rows),
            "amount": amount,
            "count": rng.poisson(40, n_rows),
            "few": rng.choice([1.5, 2.0, 4.0], n_rows),
            "spiked": np.where(rng.random(n_rows) < 0.4, 0.0, rng.exponential(9, n_rows)),
            "holed": np.where(rng.random(n_rows) < 0.2, np.nan, rng.normal(size=n_rows)),
            "both": np.where(rng.random(n_rows) < 0.3, 0, rng.integers(1, 500, n_rows)),
            "day": pd.Timestamp("2020-02-01") + pd.to_timedelta(rng.integers(0, 99, n_rows), "D"),
            "flag": rng.random(n_rows) < 0.51,
            "city": pd.Categorical(rng.choice(["Rome", "Oslo", "Bern"], n_rows)),
            "name": [f"n{i}" for i in range(n_rows)],
            "same": 5,
            "void": np.nan,
        }
    )
    frame["both"] = frame["both"].astype("Int64").mask(rng.random(n_rows) < 0.1)
    frame.loc[frame.index[::7], "city"] = None
    return frame

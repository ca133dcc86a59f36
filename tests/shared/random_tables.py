"""Tables of every kind of column, for hypothesis.

A case that fails is printed as ``X=build_table({...})`` and can be pasted as
``@example(X=build_table({...}))``.
"""

import datetime

import numpy as np
import pandas as pd
import pyarrow as pa
from hypothesis import strategies as st

SAFE = 2**53  # integers this far apart are exact as floats
WORDS = st.text(max_size=4).filter(lambda text: "\x00" not in text)
INSTANTS = st.datetimes(datetime.datetime(1900, 1, 1), datetime.datetime(2100, 1, 1))
SPANS = st.timedeltas(datetime.timedelta(days=-999), datetime.timedelta(days=999))
DECIMALS = st.decimals(-999, 999, places=3)
UNITS = ["s", "ms", "us", "ns"]


def floats(width=64):
    return st.floats(allow_nan=False, allow_infinity=False, width=width)


def integers_of(dtype):
    info = np.iinfo(dtype.lower())
    return st.integers(max(int(info.min), -SAFE), min(int(info.max), SAFE))


def arrow(kind):
    return lambda cells: pd.array(cells, dtype=pd.ArrowDtype(kind))


def pandas(dtype):
    return lambda cells: pd.array(cells, dtype=dtype)


def numpy(dtype):
    return lambda cells: np.array(cells, dtype=dtype)


def swapped(dtype):
    return numpy(np.dtype(dtype).newbyteorder(">"))


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


def intervals(cells):
    ends = [None if cell is None else (cell, cell + 1) for cell in cells]
    return pd.arrays.IntervalArray.from_tuples(ends, dtype="interval[float64]")


float32_with_nan = floats_with_nan("float32")
NUMPY_INTEGERS = ["int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64"]
PANDAS_INTEGERS = ["Int8", "Int16", "Int32", "Int64", "UInt8", "UInt16", "UInt32", "UInt64"]

WHOLE = {  # columns that cannot hold a missing cell
    "float64": (floats(), numpy("float64")),
    **{dtype: (integers_of(dtype), numpy(dtype)) for dtype in NUMPY_INTEGERS},
    **{
        f"{dtype}, other order": (integers_of(dtype), swapped(dtype))
        for dtype in NUMPY_INTEGERS
        if dtype[-1] != "8"
    },
    "float64, other order": (floats(), swapped("float64")),
    "float32, other order": (floats(32), swapped("float32")),
    "int64, far": (st.integers(2**62, 2**62 + SAFE), numpy("int64")),
    "int64, steps": (st.integers(-1000, 1000).map(lambda k: k * 2**53), numpy("int64")),
    "uint64, far": (st.integers(2**64 - SAFE, 2**64 - 1), numpy("uint64")),
    "bool": (st.booleans(), numpy("bool")),
    "Sparse[int64]": (st.sampled_from([0, 1, 7]), pandas("Sparse[int64]")),
    "Sparse[uint64]": (st.sampled_from([0, 1, SAFE + 1]), pandas("Sparse[uint64]")),
    "Sparse[bool]": (st.booleans(), pandas("Sparse[bool]")),
}
HOLED = {
    "float64, NaN": (floats(), floats_with_nan("float64")),
    "float32, NaN": (floats(32), floats_with_nan("float32")),
    "float16, NaN": (floats(16), floats_with_nan("float16")),
    **{dtype: (integers_of(dtype), pandas(dtype)) for dtype in PANDAS_INTEGERS},
    "Float64": (floats(), pandas("Float64")),
    "Float32": (floats(32), pandas("Float32")),
    "boolean": (st.booleans(), pandas("boolean")),
    "str": (WORDS, pandas("str")),
    "string": (WORDS, pandas("string")),
    "string[pyarrow]": (WORDS, pandas("string[pyarrow]")),
    "category": (st.sampled_from("abc"), categorical(categories=list("zcab"))),
    "category, ordered": (st.sampled_from([3, 1]), categorical(categories=[3, 2, 1], ordered=True)),
    "category, any words": (WORDS, categorical()),
    "category, times": (INSTANTS, categorical()),
    "interval": (st.integers(-9, 9), intervals),
    **{f"datetime64[{unit}]": (INSTANTS, pandas(f"datetime64[{unit}]")) for unit in UNITS},
    "datetime64[us, Oslo]": (INSTANTS, pandas("datetime64[us, Europe/Oslo]")),
    **{f"timedelta64[{unit}]": (SPANS, pandas(f"timedelta64[{unit}]")) for unit in UNITS},
    "period[h]": (INSTANTS, pandas("period[h]")),
    "period[M]": (INSTANTS, pandas("period[M]")),
    "Sparse[float64]": (st.sampled_from([0.0, 1.5, 7.0]), pandas("Sparse[float64]")),
    "Sparse[float32]": (floats(32), lambda cells: pd.arrays.SparseArray(float32_with_nan(cells))),
    "object, int and None": (st.integers(-SAFE, SAFE), objects(None)),
    "object, float and NA": (floats(), objects(pd.NA)),
    "object, str and NaN": (WORDS, objects(np.nan)),
    "object, bool and None": (st.booleans(), objects(None)),
    "object, Decimal": (DECIMALS, objects(None)),
    "object, huge int": (st.integers(10**30, 10**30 + SAFE), objects(None)),
    "object, dates": (st.dates(), objects(None)),
    "object, times": (INSTANTS, objects(None)),
    "object, bytes": (st.binary(max_size=3), objects(None)),
    "object, anything": (st.sampled_from([1, 1.0, True, "1", (1, 2), b"1"]), objects(None)),
    **{
        f"arrow {dtype}": (integers_of(dtype), arrow(getattr(pa, dtype)()))
        for dtype in NUMPY_INTEGERS
    },
    "arrow float16": (floats(16), arrow(pa.float16())),
    "arrow float32": (floats(32), arrow(pa.float32())),
    "arrow float64": (floats(), arrow(pa.float64())),
    "arrow bool": (st.booleans(), arrow(pa.bool_())),
    "arrow string": (WORDS, arrow(pa.string())),
    "arrow large string": (WORDS, arrow(pa.large_string())),
    "arrow binary": (st.binary(max_size=3), arrow(pa.binary())),
    "arrow dictionary": (WORDS, arrow(pa.dictionary(pa.int8(), pa.string()))),
    **{f"arrow timestamp {unit}": (INSTANTS, arrow(pa.timestamp(unit))) for unit in UNITS},
    "arrow timestamp, Rome": (INSTANTS, arrow(pa.timestamp("ms", "Europe/Rome"))),
    **{f"arrow duration {unit}": (SPANS, arrow(pa.duration(unit))) for unit in UNITS},
    "arrow date32": (st.dates(), arrow(pa.date32())),
    "arrow date64": (st.dates(), arrow(pa.date64())),
    "arrow time32": (st.times(), arrow(pa.time32("ms"))),
    "arrow time64": (st.times(), arrow(pa.time64("us"))),
    "arrow decimal": (DECIMALS, arrow(pa.decimal128(38, 18))),
    "arrow null": (st.none(), arrow(pa.null())),
    "nothing": (st.none(), floats_with_nan("float64")),
}
# Integers that floats do not tell apart: real rows stay as they are, but a table that is read and written is rounded.
ROUNDED = {
    "int64, all": (st.integers(-(2**63), 2**63 - 1), numpy("int64")),
    "uint64, all": (st.integers(0, 2**64 - 1), numpy("uint64")),
    "int64, all, other order": (st.integers(-(2**63), 2**63 - 1), swapped("int64")),
    "uint64, all, other order": (st.integers(0, 2**64 - 1), swapped("uint64")),
    "Int64, all": (st.integers(-(2**63), 2**63 - 1), pandas("Int64")),
    "UInt64, all": (st.integers(0, 2**64 - 1), pandas("UInt64")),
    "arrow int64, all": (st.integers(-(2**63), 2**63 - 1), arrow(pa.int64())),
    "arrow uint64, all": (st.integers(0, 2**64 - 1), arrow(pa.uint64())),
}
if pd.__version__ < "3":  # its Arrow dictionaries lose cells and the width of their indices
    del HOLED["arrow dictionary"]
KINDS = {**WHOLE, **HOLED}  # what is read and written comes back exactly
ALL_KINDS = {**KINDS, **ROUNDED}


def build_table(columns):
    """Return the DataFrame of a dict from kinds of column to lists of cells, None where missing."""
    series = {}
    for kind, cells in columns.items():
        _, build = ALL_KINDS[kind]
        series[kind] = pd.Series(build(cells), index=range(7, 7 + len(cells)))
    return pd.DataFrame(series)


@st.composite
def _columns(draw, min_rows, kinds):
    n_rows = draw(st.integers(min_rows, 10))
    columns = {}
    for kind in draw(st.lists(st.sampled_from(kinds), min_size=1, max_size=8, unique=True)):
        cells, _ = ALL_KINDS[kind]
        can_miss = kind in HOLED or kind[:5] in ("Int64", "UInt6", "arrow")
        if can_miss and draw(st.booleans()):
            cells = st.none() | cells
        columns[kind] = draw(st.lists(cells, min_size=n_rows, max_size=n_rows))
    return columns


def tables(min_rows=1, kinds=tuple(KINDS)):
    """Return the strategy of DataFrames of up to 8 columns and 10 rows, with and without missing cells."""
    return st.builds(build_table, _columns(min_rows, kinds))

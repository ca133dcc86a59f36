"""What can be saved of pandas and pyarrow: types of columns, levels of categories, labels, schemas."""

from __future__ import annotations

from base64 import b64decode, b64encode
from typing import Any

import numpy as np
import pandas as pd

from vaesynth.saving._packing import Kind, Packer, Unpacker

MISSING = {"NA": pd.NA, "NaT": pd.NaT}
# Labels that are counted, not listed: of so many columns at most.
MAX_RANGE = 2**24
# pandas would open a file of this name, which may be any.
FOREIGN_ZONE = "dateutil"


def _pack_missing(value: Any, _: Packer) -> dict[str, Any]:
    return {"name": "NA" if value is pd.NA else "NaT"}


def _count(value: Any) -> int:
    """Return the number of units since the epoch, or of a duration."""
    return int(value.asm8.view(np.int64))


def _pack_timestamp(value: pd.Timestamp, _: Packer) -> dict[str, Any]:
    zone = None if value.tz is None else str(value.tz)
    return {"value": _count(value), "unit": value.unit, "zone": zone}


def _unpack_timestamp(packed: dict[str, Any], _: Unpacker) -> pd.Timestamp:
    stamp = pd.Timestamp(packed["value"], unit=packed["unit"]).as_unit(packed["unit"])
    if packed["zone"] is None:
        return stamp
    return stamp.tz_localize("UTC").tz_convert(_check_zone(packed["zone"]))


def _check_zone(text: str) -> str:
    """Return what names a time zone, where that is no file."""
    if FOREIGN_ZONE in text or len(text) > 200:
        raise ValueError(f"time zones must be those of the tz database, got {text[:40]!r}")
    return text


def _unpack_masked_dtype(packed: dict[str, Any], _: Unpacker) -> Any:
    dtype = pd.api.types.pandas_dtype(_check_zone(packed["text"]))
    if not isinstance(dtype, MASKED):
        raise ValueError(f"the type must be one of pandas' own, got {packed['text'][:40]!r}")
    return dtype


def _unpack_timedelta(packed: dict[str, Any], _: Unpacker) -> pd.Timedelta:
    return pd.Timedelta(packed["value"], unit=packed["unit"]).as_unit(packed["unit"])


def _unpack_interval(packed: dict[str, Any], unpacker: Unpacker) -> pd.Interval:
    left, right = unpacker.unpack_plain(packed["ends"])
    return pd.Interval(left, right, closed=packed["closed"])


def _pack_categorical_dtype(value: pd.CategoricalDtype, packer: Packer) -> dict[str, Any]:
    return {"categories": packer.pack_plain(value.categories), "is_ordered": bool(value.ordered)}


def _unpack_categorical_dtype(packed: dict[str, Any], unpacker: Unpacker) -> pd.CategoricalDtype:
    return pd.CategoricalDtype(unpacker.unpack_plain(packed["categories"]), packed["is_ordered"])


def _pack_string_dtype(value: pd.StringDtype, packer: Packer) -> dict[str, Any]:
    missing = getattr(value, "na_value", pd.NA)
    return {"storage": value.storage, "missing": packer.pack_plain(missing)}


def _unpack_string_dtype(packed: dict[str, Any], unpacker: Unpacker) -> pd.StringDtype:
    missing = unpacker.unpack_plain(packed["missing"])
    if missing is pd.NA:
        return pd.StringDtype(packed["storage"])
    return pd.StringDtype(packed["storage"], na_value=missing)


def _pack_sparse_dtype(value: pd.SparseDtype, packer: Packer) -> dict[str, Any]:
    return {"dtype": packer.pack_plain(value.subtype), "fill": packer.pack_plain(value.fill_value)}


def _pack_arrow_dtype(value: pd.ArrowDtype, packer: Packer) -> dict[str, Any]:
    import pyarrow

    return {"schema": packer.pack_plain(pyarrow.schema([("x", value.pyarrow_dtype)]))}


def _pack_schema(value: Any, _: Packer) -> dict[str, Any]:
    return {"text": b64encode(value.serialize().to_pybytes()).decode()}


def _unpack_schema(packed: dict[str, Any], _: Unpacker) -> Any:
    import pyarrow

    return pyarrow.ipc.read_schema(pyarrow.py_buffer(b64decode(packed["text"])))


def _pack_categorical(value: pd.Categorical, packer: Packer) -> dict[str, Any]:
    return {"codes": packer.pack_plain(value.codes), "dtype": packer.pack_plain(value.dtype)}


def _unpack_categorical(packed: dict[str, Any], unpacker: Unpacker) -> pd.Categorical:
    codes, dtype = unpacker.unpack_plain(packed["codes"]), unpacker.unpack_plain(packed["dtype"])
    return pd.Categorical.from_codes(codes, dtype=dtype)


def _pack_extension_array(value: Any, packer: Packer) -> dict[str, Any]:
    return {
        "dtype": packer.pack_plain(value.dtype),
        "items": [packer.pack_plain(item) for item in value],
    }


def _unpack_extension_array(packed: dict[str, Any], unpacker: Unpacker) -> Any:
    dtype = unpacker.unpack_plain(packed["dtype"])
    # Dates and durations without a time zone are arrays of pandas whose type is numpy's.
    is_time = isinstance(dtype, np.dtype) and dtype.kind in "mM"
    if not (is_time or isinstance(dtype, pd.api.extensions.ExtensionDtype)):
        raise ValueError(f"the type of a column must be one of pandas' own, got {dtype!r:.40}")
    return pd.array(unpacker.unpack_plain(packed["items"]), dtype=dtype)


def _pack_index(value: pd.Index, packer: Packer) -> dict[str, Any]:
    if isinstance(value, pd.MultiIndex):
        tuples = [packer.pack_plain(label) for label in value]
        return {"tuples": tuples, "names": packer.pack_plain(list(value.names))}
    if isinstance(value, pd.RangeIndex) and len(value) <= MAX_RANGE:
        return {
            "range": [value.start, value.stop, value.step],
            "name": packer.pack_plain(value.name),
        }
    return {"values": packer.pack_plain(value.array), "name": packer.pack_plain(value.name)}


def _unpack_index(packed: dict[str, Any], unpacker: Unpacker) -> pd.Index:
    if "tuples" in packed:
        names = unpacker.unpack_plain(packed["names"])
        return pd.MultiIndex.from_tuples(unpacker.unpack_plain(packed["tuples"]), names=names)
    name = unpacker.unpack_plain(packed["name"])
    if "range" in packed:
        labels = range(*packed["range"])
        if len(labels) > MAX_RANGE:
            raise ValueError(f"labels must be at most {MAX_RANGE:,}, got {len(labels):,}")
        return pd.RangeIndex(labels, name=name)
    values = unpacker.unpack_plain(packed["values"])
    index: pd.Index = pd.Index(values, dtype=values.dtype, name=name)
    return index


def _pack_numpy_extension_array(value: Any, packer: Packer) -> dict[str, Any]:
    return {"array": packer.pack_plain(value.to_numpy())}


def _masked(kinds: str) -> tuple[type, ...]:
    return tuple(getattr(pd, name) for name in kinds.split())


MASKED = (
    *_masked("BooleanDtype Float32Dtype Float64Dtype Int8Dtype Int16Dtype Int32Dtype Int64Dtype"),
    *_masked("UInt8Dtype UInt16Dtype UInt32Dtype UInt64Dtype"),
    *_masked("DatetimeTZDtype PeriodDtype IntervalDtype"),
)


def _arrow_types() -> tuple[type, ...]:
    """Return the type of pyarrow's schemas, or none where pyarrow is not installed, and so no schema."""
    try:
        import pyarrow
    except ImportError:
        return ()
    return (pyarrow.Schema,)


def make_pandas_kinds() -> dict[str, Kind]:
    """Return the kinds of pandas and, where it is installed, pyarrow."""
    return {
        "missing": Kind(
            (type(pd.NA), type(pd.NaT)), _pack_missing, lambda p, _: MISSING[p["name"]]
        ),
        "timestamp": Kind((pd.Timestamp,), _pack_timestamp, _unpack_timestamp),
        "pandas_timedelta": Kind(
            (pd.Timedelta,), lambda v, _: {"value": _count(v), "unit": v.unit}, _unpack_timedelta
        ),
        "period": Kind(
            (pd.Period,),
            lambda v, _: {"ordinal": v.ordinal, "freq": v.freqstr},
            lambda p, _: pd.Period(ordinal=p["ordinal"], freq=p["freq"]),
        ),
        "interval": Kind(
            (pd.Interval,),
            lambda v, packer: {
                "ends": packer.pack_plain([v.left, v.right]),
                "closed": v.closed,
            },
            _unpack_interval,
        ),
        "categorical_dtype": Kind(
            (pd.CategoricalDtype,), _pack_categorical_dtype, _unpack_categorical_dtype
        ),
        "string_dtype": Kind((pd.StringDtype,), _pack_string_dtype, _unpack_string_dtype),
        "sparse_dtype": Kind(
            (pd.SparseDtype,),
            _pack_sparse_dtype,
            lambda p, u: pd.SparseDtype(u.unpack_plain(p["dtype"]), u.unpack_plain(p["fill"])),
        ),
        "arrow_dtype": Kind(
            (pd.ArrowDtype,),
            _pack_arrow_dtype,
            lambda p, u: pd.ArrowDtype(u.unpack_plain(p["schema"]).field(0).type),
        ),
        "pandas_dtype": Kind(MASKED, lambda v, _: {"text": str(v)}, _unpack_masked_dtype),
        "schema": Kind(_arrow_types(), _pack_schema, _unpack_schema),
        "categorical": Kind((pd.Categorical,), _pack_categorical, _unpack_categorical),
        "numpy_extension_array": Kind(
            (pd.arrays.NumpyExtensionArray,),
            _pack_numpy_extension_array,
            lambda p, u: pd.arrays.NumpyExtensionArray(u.unpack_plain(p["array"])),
        ),
        "extension_array": Kind(
            (pd.api.extensions.ExtensionArray,), _pack_extension_array, _unpack_extension_array
        ),
        "index": Kind((pd.Index,), _pack_index, _unpack_index),
    }

"""What can be saved of the standard library, besides JSON's own types."""

from __future__ import annotations

import datetime
import decimal
import math
import re
from base64 import b64decode, b64encode
from collections import OrderedDict
from fractions import Fraction
from typing import Any
from uuid import UUID

import scipy.sparse as sp

from vaesynth.saving._class_names import UnsavableError
from vaesynth.saving._packing import Kind, Packer, Unpacker, check_hashes

SAFE_TYPES = (bool, int, float, complex, str, bytes, tuple, frozenset, type(None))
SAFE_TYPE_NAMES = {cls.__name__: cls for cls in SAFE_TYPES}
DATES = (datetime.date, datetime.datetime, datetime.time)
DATE_NAMES = {cls.__name__: cls for cls in DATES}
# Numbers in a few characters whose digits would fill the memory: as a fraction, 1e300000000 is one.
MAX_DIGITS = 4300
FRACTION = re.compile(rf"-?\d{{1,{MAX_DIGITS}}}(/\d{{1,{MAX_DIGITS}}})?")


def _pack_items(value: Any, packer: Packer) -> dict[str, Any]:
    return {"items": [packer.pack(item) for item in value]}


def _unpack_plain_items(packed: dict[str, Any], unpacker: Unpacker) -> list[Any]:
    items = [unpacker.unpack_plain(item) for item in packed["items"]]
    check_hashes(items)
    return items


def _pack_unordered(value: Any, packer: Packer) -> dict[str, Any]:
    # A set of texts has another order in each process, but a file of it has one.
    items = sorted(value, key=lambda item: (type(item).__name__, repr(item)))
    return {"items": [packer.pack_plain(item) for item in items]}


def _pack_text(value: Any, _: Packer) -> dict[str, Any]:
    return {"text": str(value)}


def _pack_mapping(value: Any, packer: Packer) -> dict[str, Any]:
    return {
        "is_ordered": isinstance(value, OrderedDict),
        "items": [[packer.pack_plain(key), packer.pack(item)] for key, item in value.items()],
    }


def _unpack_mapping(packed: dict[str, Any], unpacker: Unpacker) -> dict[Any, Any]:
    items = [(unpacker.unpack_plain(key), unpacker.unpack(item)) for key, item in packed["items"]]
    check_hashes([key for key, _ in items])
    return OrderedDict(items) if packed["is_ordered"] else dict(items)


def _pack_float(value: float, _: Packer) -> dict[str, Any]:
    # NaN and the infinities, which JSON does not have.
    return {"text": "nan" if math.isnan(value) else str(float(value))}


def _check_decimal(value: decimal.Decimal) -> decimal.Decimal:
    if value.is_finite() and max(len(value.as_tuple().digits), abs(value.adjusted())) > MAX_DIGITS:
        raise ValueError(f"decimals must have at most {MAX_DIGITS:,} digits")
    return value


def _pack_decimal(value: decimal.Decimal, _: Packer) -> dict[str, Any]:
    try:
        return {"text": str(_check_decimal(value))}
    except ValueError as error:
        raise UnsavableError(f"{error} to be saved, got more") from error


def _pack_fraction(value: Fraction, _: Packer) -> dict[str, Any]:
    try:
        return {"text": str(value)}
    except ValueError as error:  # Python's own bound of digits
        raise UnsavableError(
            f"fractions must have at most {MAX_DIGITS:,} digits to be saved, got more"
        ) from error


def _unpack_fraction(packed: dict[str, Any], _: Unpacker) -> Fraction:
    if not FRACTION.fullmatch(packed["text"]):
        raise ValueError(f"fractions must be two whole numbers, got {packed['text'][:40]!r}")
    return Fraction(packed["text"])


def _pack_date(value: Any, _: Packer) -> dict[str, Any]:
    zone = getattr(value, "tzinfo", None)
    if zone is not None:
        raise UnsavableError(
            f"single dates and times must have no time zone to be saved, got {value!r}"
        )
    return {"type": type(value).__name__, "text": value.isoformat()}


def _pack_type(value: type, _: Packer) -> dict[str, Any]:
    if value in SAFE_TYPES:
        return {"library": "builtins", "name": value.__name__}
    library = value.__module__.partition(".")[0]
    name = value.__qualname__
    if _find_container(library, name) is not value:
        raise UnsavableError(
            f"a saved type must be one of Python's plain types or a container of rows, got {value!r}"
        )
    return {"library": library, "name": name}


def _find_container(library: str, name: str) -> type | None:
    """Find a container of rows by name, in the few libraries that have one."""
    if library == "scipy":
        cls = getattr(sp, name, None)
        is_sparse = isinstance(cls, type) and issubclass(cls, (sp.spmatrix, sp.sparray))
        return cls if is_sparse else None
    container: type | None = None
    if (library, name) == ("pyarrow", "Table"):
        import pyarrow

        container = pyarrow.Table
    elif (library, name) in {("polars", "DataFrame"), ("polars", "Series")}:
        import polars

        container = getattr(polars, name)
    return container


def _unpack_type(packed: dict[str, Any], _: Unpacker) -> type:
    library, name = packed["library"], packed["name"]
    found = SAFE_TYPE_NAMES.get(name) if library == "builtins" else _find_container(library, name)
    if found is None:
        raise ValueError(
            f"a saved type must be a plain type or a container of rows, got {library}.{name}"
        )
    return found


BASIC_KINDS: dict[str, Kind] = {
    "float": Kind((float,), _pack_float, lambda p, _: float(p["text"])),
    "complex": Kind(
        (complex,),
        lambda v, packer: {"parts": packer.pack([v.real, v.imag])},
        lambda p, u: complex(*u.unpack_plain(p["parts"])),
    ),
    "tuple": Kind((tuple,), _pack_items, lambda p, u: tuple(u.unpack(p["items"]))),
    "set": Kind((set,), _pack_unordered, lambda p, u: set(_unpack_plain_items(p, u))),
    "frozenset": Kind(
        (frozenset,), _pack_unordered, lambda p, u: frozenset(_unpack_plain_items(p, u))
    ),
    "dict": Kind((dict,), _pack_mapping, _unpack_mapping),
    "slice": Kind(
        (slice,),
        lambda v, packer: {"parts": packer.pack([v.start, v.stop, v.step])},
        lambda p, u: slice(*u.unpack_plain(p["parts"])),
    ),
    "bytes": Kind(
        (bytes,),
        lambda v, _: {"text": b64encode(v).decode()},
        lambda p, _: b64decode(p["text"]),
    ),
    "type": Kind((type,), _pack_type, _unpack_type),
    "timedelta": Kind(
        (datetime.timedelta,),
        lambda v, _: {"parts": [v.days, v.seconds, v.microseconds]},
        lambda p, _: datetime.timedelta(*p["parts"]),
    ),
    "date": Kind(DATES, _pack_date, lambda p, _: DATE_NAMES[p["type"]].fromisoformat(p["text"])),
    "decimal": Kind(
        (decimal.Decimal,),
        _pack_decimal,
        lambda p, _: _check_decimal(decimal.Decimal(str(p["text"]))),
    ),
    "fraction": Kind((Fraction,), _pack_fraction, _unpack_fraction),
    "uuid": Kind((UUID,), _pack_text, lambda p, _: UUID(p["text"])),
}

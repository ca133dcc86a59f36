"""What can be saved besides JSON's own types: what the standard library, numpy and torch have."""

from __future__ import annotations

import datetime
import decimal
import math
import re
import warnings
from base64 import b64decode, b64encode
from collections import Counter, OrderedDict
from collections.abc import Hashable
from fractions import Fraction
from typing import Any
from uuid import UUID

import numpy as np
import scipy.sparse as sp
import torch
from torch import Tensor

from vaesynth.saving._class_names import UnsavableError
from vaesynth.saving._packing import Kind, Packer, Unpacker, check_finite

SAFE_TYPES = (bool, int, float, complex, str, bytes, tuple, frozenset, type(None))
SAFE_TYPE_NAMES = {cls.__name__: cls for cls in SAFE_TYPES}
DATES = (datetime.date, datetime.datetime, datetime.time)
DATE_NAMES = {cls.__name__: cls for cls in DATES}
# Numbers in a few characters whose digits would fill the memory: as a fraction, 1e300000000 is one.
MAX_DIGITS = 4300
FRACTION = re.compile(rf"-?\d{{1,{MAX_DIGITS}}}(/\d{{1,{MAX_DIGITS}}})?")
# Of a type of texts, so that a column of one cell is no column of gigabytes.
MAX_ITEM_BYTES = 2**24
MAX_EQUAL_HASHES = 100
# numpy takes 4, and mixes each with all others.
MAX_SEED_POOL = 64
MERSENNE_WORDS = 624
MAX_CODE_POINT = 0x110000


def _pack_items(value: Any, packer: Packer) -> dict[str, Any]:
    return {"items": [packer.pack(item) for item in value]}


def _unpack_plain_items(packed: dict[str, Any], unpacker: Unpacker) -> list[Any]:
    items = [unpacker.unpack_plain(item) for item in packed["items"]]
    _check_hashes(items)
    return items


def _check_hashes(values: list[Any]) -> None:
    """Raise if so many different values have one hash that a set of them would take hours, as multiples of 2^61 - 1."""
    different = {repr(value): value for value in values}.values()
    counts = Counter(hash(value) for value in different if isinstance(value, Hashable))
    if max(counts.values(), default=0) > MAX_EQUAL_HASHES:
        raise ValueError(f"at most {MAX_EQUAL_HASHES} different values may have one hash, got more")


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
    _check_hashes([key for key, _ in items])
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


def _pack_array(value: np.ndarray, packer: Packer) -> dict[str, Any]:
    packed = {"dtype": value.dtype.str, "shape": list(value.shape)}
    if value.dtype.kind == "O":
        return {**packed, "items": [packer.pack_plain(item) for item in value.ravel().tolist()]}
    if value.dtype.names is not None or not 0 < value.dtype.itemsize <= MAX_ITEM_BYTES:
        raise UnsavableError(
            f"arrays must have cells of one value and at most {MAX_ITEM_BYTES:,} bytes to be saved, got {value.dtype}"
        )
    plain = np.array(value, dtype=value.dtype.newbyteorder("="), order="C")
    # Texts, times and the like: safetensors has no type for them, but their bytes.
    if plain.dtype.kind not in "biuf" or plain.dtype.itemsize > 8:
        plain = np.frombuffer(plain.tobytes(), np.uint8)
    return {**packed, "array": packer.add_array(plain)}


def _unpack_array(packed: dict[str, Any], unpacker: Unpacker) -> np.ndarray:
    dtype, shape = check_dtype(np.dtype(packed["dtype"])), tuple(packed["shape"])
    if dtype.kind == "O":
        array = np.empty(len(packed["items"]), dtype=object)
        for place, item in enumerate(packed["items"]):
            array[place] = unpacker.unpack_plain(item)
        _check_hashes(array.tolist())
        return array.reshape(shape)
    native = dtype.newbyteorder("=")
    # A copy, that does not keep the file's buffer and can be written.
    kept = unpacker.take_array(packed["array"]).copy()
    if kept.nbytes != math.prod(shape) * dtype.itemsize or min(shape, default=0) < 0:
        raise ValueError(f"the array must fill the shape {shape}, got {kept.nbytes} bytes")
    if dtype.kind == "U" and kept.size and kept.view(np.uint32).max() >= MAX_CODE_POINT:
        raise ValueError("texts must consist of letters, got other numbers")
    return np.asarray(kept.view(native).reshape(shape).astype(dtype))


def check_dtype(dtype: np.dtype) -> np.dtype:
    """Return a type of cells, or raise a ValueError if one cell of it would be large."""
    if (
        dtype.names is not None
        or dtype.subdtype is not None
        or not 0 < dtype.itemsize <= MAX_ITEM_BYTES
    ):
        raise ValueError(
            f"cells must be of one value and at most {MAX_ITEM_BYTES:,} bytes, got {dtype}"
        )
    return dtype


def _pack_scalar(value: np.generic, packer: Packer) -> dict[str, Any]:
    return {"array": packer.pack(np.asarray(value))}


def _pack_tensor(value: Tensor, packer: Packer) -> dict[str, Any]:
    packed: dict[str, Any] = {"device": packer.pack(value.device)}
    # One cell that stands for many is saved as one.
    if value.numel() and not any(value.stride()):
        packed["expanded"] = list(value.shape)
        value = value.reshape(-1)[:1]
    return {**packed, "array": packer.pack(value.detach().cpu().numpy())}


def _unpack_tensor(packed: dict[str, Any], unpacker: Unpacker) -> Tensor:
    array = unpacker.unpack(packed["array"])
    check_finite(array)
    tensor = torch.from_numpy(array)
    if "expanded" in packed:
        shape = packed["expanded"]
        if math.prod(shape) > 8 * unpacker.n_bytes:
            raise ValueError(f"a cell can only stand for as many as the file has, got {shape}")
        tensor = tensor.expand(shape)
    return tensor.to(unpacker.unpack(packed["device"]))


def _unpack_device(packed: dict[str, Any], _: Unpacker) -> torch.device:
    device = torch.device(packed["text"])
    if device.type == "meta":
        raise ValueError("the device must hold numbers, got 'meta'")
    try:
        torch.empty(0, device=device)
    except (RuntimeError, AssertionError, NotImplementedError):
        warnings.warn(
            f"the device {device}, on which the estimator was fitted, is not here: it goes on on the CPU",
            stacklevel=2,
        )
        return torch.device("cpu")
    return device


def _pack_random_state(value: np.random.RandomState, packer: Packer) -> dict[str, Any]:
    state = value.get_state(legacy=False)
    if state["bit_generator"] != "MT19937":
        raise UnsavableError(
            f"a `RandomState` must be of MT19937, numpy's usual one, to be saved, got {state['bit_generator']}"
        )
    return {"state": packer.pack(state)}


def _unpack_random_state(packed: dict[str, Any], unpacker: Unpacker) -> np.random.RandomState:
    saved = unpacker.unpack_plain(packed["state"])
    key, place = saved["state"]["key"], saved["state"]["pos"]
    # numpy reads at this place without looking.
    if np.shape(key) != (MERSENNE_WORDS,) or not 0 <= place <= MERSENNE_WORDS:
        raise ValueError(
            f"a random state must lie within its {MERSENNE_WORDS} words, got {place!r}"
        )
    state = np.random.RandomState(0)
    state.set_state(saved)
    return state


def _pack_seeds(value: np.random.SeedSequence, packer: Packer) -> dict[str, Any]:
    if value.pool_size > MAX_SEED_POOL:
        raise UnsavableError(
            f"a `SeedSequence` must have a pool of at most {MAX_SEED_POOL} to be saved, got {value.pool_size}"
        )
    # With the number of children, where the stream of seeds goes on.
    return {"state": packer.pack({**value.state})}


def _unpack_seeds(packed: dict[str, Any], unpacker: Unpacker) -> np.random.SeedSequence:
    state = unpacker.unpack_plain(packed["state"])
    if not 4 <= state["pool_size"] <= MAX_SEED_POOL:
        raise ValueError(
            f"`pool_size` must be from 4 to {MAX_SEED_POOL}, got {state['pool_size']!r}"
        )
    return np.random.SeedSequence(**state)


BASIC_KINDS: dict[str, Kind] = {
    "scalar": Kind((np.generic,), _pack_scalar, lambda p, u: u.unpack(p["array"])[()]),
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
    "dtype": Kind(
        (np.dtype,), lambda v, _: {"text": v.str}, lambda p, _: check_dtype(np.dtype(p["text"]))
    ),
    "array": Kind((np.ndarray,), _pack_array, _unpack_array),
    "tensor": Kind((Tensor,), _pack_tensor, _unpack_tensor),
    "device": Kind((torch.device,), _pack_text, _unpack_device),
    "random_state": Kind((np.random.RandomState,), _pack_random_state, _unpack_random_state),
    "seeds": Kind((np.random.SeedSequence,), _pack_seeds, _unpack_seeds),
}

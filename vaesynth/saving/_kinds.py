"""What can be saved besides JSON's own types: what the standard library, numpy and torch have."""

from __future__ import annotations

import datetime
import decimal
import math
import warnings
from base64 import b64decode, b64encode
from collections import OrderedDict
from fractions import Fraction
from typing import Any
from uuid import UUID

import numpy as np
import scipy.sparse as sp
import torch
from torch import Tensor

from vaesynth.saving._class_names import UnsavableError
from vaesynth.saving._packing import Kind, Packer, Unpacker

SAFE_TYPES = (bool, int, float, complex, str, bytes, tuple, frozenset, type(None))
SAFE_TYPE_NAMES = {cls.__name__: cls for cls in SAFE_TYPES}
DATES = (datetime.date, datetime.datetime, datetime.time)
DATE_NAMES = {cls.__name__: cls for cls in DATES}


def _pack_items(value: Any, packer: Packer) -> dict[str, Any]:
    return {"items": [packer.pack(item) for item in value]}


def _pack_unordered(value: Any, packer: Packer) -> dict[str, Any]:
    # A set of texts has another order in each process, but a file of it has one.
    items = sorted(value, key=lambda item: (type(item).__name__, repr(item)))
    return _pack_items(items, packer)


def _pack_text(value: Any, _: Packer) -> dict[str, Any]:
    return {"text": str(value)}


def _pack_mapping(value: Any, packer: Packer) -> dict[str, Any]:
    return {
        "is_ordered": isinstance(value, OrderedDict),
        "items": [[packer.pack(key), packer.pack(item)] for key, item in value.items()],
    }


def _unpack_mapping(packed: dict[str, Any], unpacker: Unpacker) -> dict[Any, Any]:
    items = ((unpacker.unpack(key), unpacker.unpack(item)) for key, item in packed["items"])
    return OrderedDict(items) if packed["is_ordered"] else dict(items)


def _pack_float(value: float, _: Packer) -> dict[str, Any]:
    # NaN and the infinities, which JSON does not have.
    return {"text": "nan" if math.isnan(value) else str(float(value))}


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
    if value.dtype.kind in "OSUV" or value.dtype.itemsize > 8:
        return {**packed, "items": [packer.pack(item) for item in value.ravel().tolist()]}
    plain = np.array(value, dtype=value.dtype.newbyteorder("="))
    if plain.dtype.kind in "mM":
        plain = plain.view(np.int64)
    elif plain.dtype.kind == "c":
        plain = plain.view(np.float32)
    return {**packed, "array": packer.add_array(plain)}


def _unpack_array(packed: dict[str, Any], unpacker: Unpacker) -> np.ndarray:
    dtype, shape = np.dtype(packed["dtype"]), tuple(packed["shape"])
    if "array" in packed:
        native = dtype.newbyteorder("=")
        # A copy, that does not keep the file's buffer and can be written.
        kept = unpacker.arrays[packed["array"]].copy()
        return np.asarray(kept.view(native).reshape(shape).astype(dtype))
    array = np.empty(math.prod(shape), dtype=dtype)
    for place, item in enumerate(packed["items"]):
        array[place] = unpacker.unpack(item)
    return array.reshape(shape)


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
    tensor = torch.from_numpy(unpacker.unpack(packed["array"]))
    if "expanded" in packed:
        tensor = tensor.expand(packed["expanded"])
    return tensor.to(unpacker.unpack(packed["device"]))


def _unpack_device(packed: dict[str, Any], _: Unpacker) -> torch.device:
    device = torch.device(packed["text"])
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
    return {"state": packer.pack(value.get_state(legacy=False))}


def _unpack_random_state(packed: dict[str, Any], unpacker: Unpacker) -> np.random.RandomState:
    state = np.random.RandomState(0)
    state.set_state(unpacker.unpack(packed["state"]))
    return state


def _pack_seeds(value: np.random.SeedSequence, packer: Packer) -> dict[str, Any]:
    # With the number of children, where the stream of seeds goes on.
    return {"state": packer.pack({**value.state})}


def _unpack_seeds(packed: dict[str, Any], unpacker: Unpacker) -> np.random.SeedSequence:
    return np.random.SeedSequence(**unpacker.unpack(packed["state"]))


BASIC_KINDS: dict[str, Kind] = {
    "scalar": Kind((np.generic,), _pack_scalar, lambda p, u: u.unpack(p["array"])[()]),
    "float": Kind((float,), _pack_float, lambda p, _: float(p["text"])),
    "complex": Kind(
        (complex,),
        lambda v, packer: {"parts": packer.pack([v.real, v.imag])},
        lambda p, u: complex(*u.unpack(p["parts"])),
    ),
    "tuple": Kind((tuple,), _pack_items, lambda p, u: tuple(u.unpack(p["items"]))),
    "set": Kind((set,), _pack_unordered, lambda p, u: set(u.unpack(p["items"]))),
    "frozenset": Kind((frozenset,), _pack_unordered, lambda p, u: frozenset(u.unpack(p["items"]))),
    "dict": Kind((dict,), _pack_mapping, _unpack_mapping),
    "slice": Kind(
        (slice,),
        lambda v, packer: {"parts": packer.pack([v.start, v.stop, v.step])},
        lambda p, u: slice(*u.unpack(p["parts"])),
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
    "decimal": Kind((decimal.Decimal,), _pack_text, lambda p, _: decimal.Decimal(p["text"])),
    "fraction": Kind((Fraction,), _pack_text, lambda p, _: Fraction(p["text"])),
    "uuid": Kind((UUID,), _pack_text, lambda p, _: UUID(p["text"])),
    "dtype": Kind((np.dtype,), lambda v, _: {"text": v.str}, lambda p, _: np.dtype(p["text"])),
    "array": Kind((np.ndarray,), _pack_array, _unpack_array),
    "tensor": Kind((Tensor,), _pack_tensor, _unpack_tensor),
    "device": Kind((torch.device,), _pack_text, _unpack_device),
    "random_state": Kind((np.random.RandomState,), _pack_random_state, _unpack_random_state),
    "seeds": Kind((np.random.SeedSequence,), _pack_seeds, _unpack_seeds),
}

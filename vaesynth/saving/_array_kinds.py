"""What can be saved of numpy and torch: arrays, their types, random sources."""

from __future__ import annotations

import math
import warnings
from typing import Any

import numpy as np
import torch
from torch import Tensor

from vaesynth.saving._class_names import UnsavableError
from vaesynth.saving._packing import Kind, Packer, Unpacker, check_finite, check_hashes

# Largest item of a text type, so that a column of one cell cannot take gigabytes.
MAX_ITEM_BYTES = 2**24
# numpy takes 4, and mixes each with all others.
MAX_SEED_POOL = 64
MERSENNE_WORDS = 624
MAX_CODE_POINT = 0x110000


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
        check_hashes(array.tolist())
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


ARRAY_KINDS: dict[str, Kind] = {
    "scalar": Kind((np.generic,), _pack_scalar, lambda p, u: u.unpack(p["array"])[()]),
    "dtype": Kind(
        (np.dtype,), lambda v, _: {"text": v.str}, lambda p, _: check_dtype(np.dtype(p["text"]))
    ),
    "array": Kind((np.ndarray,), _pack_array, _unpack_array),
    "tensor": Kind((Tensor,), _pack_tensor, _unpack_tensor),
    "device": Kind((torch.device,), lambda v, _: {"text": str(v)}, _unpack_device),
    "random_state": Kind((np.random.RandomState,), _pack_random_state, _unpack_random_state),
    "seeds": Kind((np.random.SeedSequence,), _pack_seeds, _unpack_seeds),
}

"""Objects taken apart into JSON and arrays, and put together again without running anything that a file names."""

from __future__ import annotations

import inspect
import math
from collections import Counter
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
from sklearn.base import BaseEstimator
from torch import Tensor, nn

from vaesynth._sklearn import validate_parameters
from vaesynth.saving._bounded_memory import bounded_memory
from vaesynth.saving._class_names import PACKAGE, UnsavableError, find_class, name_class

# A JSON object with this key stands for something that JSON does not have.
KIND = "#"
# Lists in lists in lists: an estimator has about twenty of them, and Python's own stack ends at a few hundred.
MAX_DEPTH = 64
MAX_EQUAL_HASHES = 100


class Kind(NamedTuple):
    """How objects of one kind are packed and unpacked."""

    types: tuple[type, ...]
    pack: Callable[[Any, Packer], dict[str, Any]]
    unpack: Callable[[dict[str, Any], Unpacker], Any]


@dataclass
class Packer:
    """Takes objects apart; arrays are collected beside.

    Parameters
    ----------
    kinds : dict of str to Kind
        What can be packed besides JSON's own types and the package's own objects, by name.
    """

    kinds: dict[str, Kind]
    arrays: dict[str, np.ndarray] = field(default_factory=dict)
    _number_of: dict[int, int] = field(default_factory=dict)
    # What has a number is kept alive, or another object could come to lie at its place.
    _packed: list[Any] = field(default_factory=list)
    _depth: int = 0
    _n_plain: int = 0

    def pack(self, value: Any) -> Any:
        """Return the JSON for an object."""
        self._depth += 1
        try:
            if self._depth > MAX_DEPTH:
                raise UnsavableError(
                    f"what is saved must lie in at most {MAX_DEPTH} lists and objects, one in the other, got more"
                )
            return self._pack(value)
        finally:
            self._depth -= 1

    def pack_plain(self, value: Any) -> Any:
        """Return the JSON for what is hashed or compared when it is read: no object of the package."""
        self._n_plain += 1
        try:
            return self.pack(value)
        finally:
            self._n_plain -= 1

    def _pack(self, value: Any) -> Any:
        if value is None or type(value) in (bool, int, str):
            return value
        if type(value) is float and math.isfinite(value):
            return value
        if type(value) is list:
            return [self.pack(item) for item in value]
        if isinstance(value, nn.Module) or type(value).__module__.startswith(f"{PACKAGE}."):
            return self._pack_own(value)
        for name, kind in self.kinds.items():
            if isinstance(value, kind.types):
                return {KIND: name, **kind.pack(value, self)}
        raise UnsavableError(
            "a saved estimator must consist of numbers, texts, dates, arrays and pandas or pyarrow types, "
            f"got {value!r} of type {type(value).__module__}.{type(value).__qualname__}"
        )

    def add_array(self, array: np.ndarray) -> str:
        """Collect an array and give its name in the file."""
        name = f"array.{len(self.arrays)}"
        self.arrays[name] = np.asarray(array, order="C")
        return name

    def add_weights(self, module: nn.Module) -> dict[str, str]:
        """Collect the weights of a module and give their names in the file."""
        number = self._remember(module)
        names = {}
        for name, tensor in module.state_dict().items():
            names[name] = f"module.{number}.{name}"
            self.arrays[names[name]] = np.array(tensor.detach().cpu().numpy(), order="C")
        return names

    def _remember(self, value: Any) -> int:
        self._packed.append(value)
        self._number_of[id(value)] = len(self._packed)
        return len(self._packed)

    def _pack_own(self, value: Any) -> dict[str, Any]:
        if self._n_plain:
            raise UnsavableError(
                f"sets, keys, levels and labels must be plain values to be saved, got a {type(value).__name__}"
            )
        if id(value) in self._number_of:
            return {KIND: "again", "number": self._number_of[id(value)]}
        if isinstance(value, nn.Module):
            raise UnsavableError(
                f"networks must belong to an estimator that is saved with them, got {type(value).__name__} alone"
            )
        cls = type(value)
        packed: dict[str, Any] = {KIND: "object", "class": name_class(cls)}
        if hasattr(cls, "_fields"):
            return {**packed, "items": [self.pack(item) for item in value]}
        packed["number"] = self._remember(value)
        if isinstance(value, BaseEstimator):
            validate_parameters(value)
        state = _state_of(value)
        modules = {name: item for name, item in state.items() if isinstance(item, nn.Module)}
        if modules and hasattr(cls, "_rebuild_modules"):
            packed["modules"] = {
                name: {"number": len(self._packed) + 1, "weights": self.add_weights(module)}
                for name, module in modules.items()
            }
            state = {name: item for name, item in state.items() if name not in modules}
        # Estimators first: others refer to the networks that these rebuild.
        names = sorted(state, key=lambda name: not hasattr(state[name], "_rebuild_modules"))
        packed["state"] = {name: self.pack(state[name]) for name in names}
        return packed


@dataclass
class Unpacker:
    """Puts objects together again from JSON and arrays, and trusts neither.

    Each array is taken once, so that what is put together is no larger than the file.

    Parameters
    ----------
    kinds : dict of str to Kind
        The kinds of the `Packer`.
    arrays : dict of str to ndarray
        The arrays beside the JSON; empty once everything is put together.
    """

    kinds: dict[str, Kind]
    arrays: dict[str, np.ndarray]
    _numbered: dict[int, Any] = field(default_factory=dict)
    _depth: int = 0
    _n_plain: int = 0

    def __post_init__(self) -> None:
        self.n_bytes = sum(array.nbytes for array in self.arrays.values())

    def unpack(self, packed: Any) -> Any:
        """Return the object for JSON."""
        self._depth += 1
        try:
            if self._depth > MAX_DEPTH:
                raise ValueError(f"the lists and objects must lie at most {MAX_DEPTH} deep")
            return self._unpack(packed)
        finally:
            self._depth -= 1

    def unpack_plain(self, packed: Any) -> Any:
        """Return a value that may be hashed and compared: without objects of the package, whose hash may never end."""
        self._n_plain += 1
        try:
            return self.unpack(packed)
        finally:
            self._n_plain -= 1

    def take_array(self, name: str) -> np.ndarray:
        """Return an array of the file, which no other part of it may ask for."""
        if name not in self.arrays:
            raise ValueError(f"each array must be there and be used once, got {name!r}")
        return self.arrays.pop(name)

    def _unpack(self, packed: Any) -> Any:
        if isinstance(packed, list):
            return [self.unpack(item) for item in packed]
        if not isinstance(packed, dict):
            return packed
        kind = packed[KIND]
        if kind not in ("again", "object"):
            return self.kinds[kind].unpack(packed, self)
        if self._n_plain:
            raise ValueError(f"sets, keys, levels and labels must be plain values, got {kind!r}")
        return self._numbered[packed["number"]] if kind == "again" else self._unpack_own(packed)

    def _unpack_own(self, packed: dict[str, Any]) -> Any:
        cls = find_class(packed["class"])
        if "items" in packed:
            return cls._make(self.unpack(item) for item in packed["items"])  # type: ignore[attr-defined]
        value: Any = object.__new__(cls)
        for name, item in packed["state"].items():
            _check_attribute(cls, name)
            object.__setattr__(value, name, self.unpack(item))
        if isinstance(value, BaseEstimator):
            validate_parameters(value)
        if "modules" in packed:
            self._build_modules(value, packed["modules"])
        # Only now: nothing can contain itself.
        self._numbered[packed["number"]] = value
        return value

    def _build_modules(self, value: Any, modules: dict[str, Any]) -> None:
        with bounded_memory(self.n_bytes):
            value._rebuild_modules()
        for name, saved in modules.items():
            module = getattr(value, name)
            if not isinstance(module, nn.Module):
                raise ValueError(f"{name!r} must be a network of a {type(value).__name__}")
            module.load_state_dict(self._weights(saved["weights"], module))
            module.eval()
            self._numbered[saved["number"]] = module

    def _weights(self, names: dict[str, str], module: nn.Module) -> dict[str, Tensor]:
        weights, like = {}, module.state_dict()
        trained = {name for name, _ in module.named_parameters()}
        for name, place in names.items():
            tensor, array = like[name], self.take_array(place)
            if array.shape != tuple(tensor.shape):
                raise ValueError(
                    f"the weights {name!r} must have shape {tuple(tensor.shape)}, got {array.shape}"
                )
            # What is not trained may be a bound that there is none, or the logarithm of nothing.
            check_finite(array if name in trained else np.where(np.isinf(array), 0, array))
            weights[name] = tensor.new_tensor(array)
        return weights


def check_hashes(values: list[Any]) -> None:
    """Raise if so many different values have one hash that a set of them would take hours, as multiples of 2^61 - 1."""
    different = {repr(value): value for value in values}.values()
    counts = Counter(hash(value) for value in different if isinstance(value, Hashable))
    if max(counts.values(), default=0) > MAX_EQUAL_HASHES:
        raise ValueError(f"at most {MAX_EQUAL_HASHES} different values may have one hash, got more")


def check_finite(array: np.ndarray) -> None:
    """Raise a ValueError where a weight is NaN or infinite."""
    if array.dtype.kind == "f" and not np.isfinite(array).all():
        raise ValueError("weights must be finite numbers, got NaN or an infinity")


def _check_attribute(cls: type, name: str) -> None:
    """Refuse a name that is no attribute of an object's own state."""
    own = vars(cls).get(name, getattr(cls, name, None))
    is_method = inspect.isroutine(own) and not isinstance(own, cached_property)
    if name.startswith("__") or not name.isidentifier() or is_method:
        raise ValueError(
            f"the state of a {cls.__name__} must consist of its attributes, got {name!r}"
        )


def _state_of(value: Any) -> dict[str, Any]:
    state = value.__getstate__() or {}
    # Objects with slots give (state of __dict__, state of slots).
    if isinstance(state, tuple):
        return {name: item for part in state if part for name, item in part.items()}
    return dict(state)

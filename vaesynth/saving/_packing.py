"""Objects taken apart into JSON and arrays, and put together again without running anything that a file names."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
from torch import Tensor, nn

from vaesynth.saving._class_names import PACKAGE, UnsavableError, find_class, name_class

# A JSON object with this key stands for something that JSON does not have.
KIND = "#"


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

    def pack(self, value: Any) -> Any:
        """Return the JSON for an object."""
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
        self.arrays[name] = np.ascontiguousarray(array)
        return name

    def add_weights(self, module: nn.Module) -> dict[str, str]:
        """Collect the weights of a module and give their names in the file."""
        number = self._remember(module)
        names = {}
        for name, tensor in module.state_dict().items():
            names[name] = f"module.{number}.{name}"
            self.arrays[names[name]] = np.ascontiguousarray(tensor.detach().cpu().numpy())
        return names

    def _remember(self, value: Any) -> int:
        self._packed.append(value)
        self._number_of[id(value)] = len(self._packed)
        return len(self._packed)

    def _pack_own(self, value: Any) -> dict[str, Any]:
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
    """Puts objects together again from JSON and arrays.

    Parameters
    ----------
    kinds : dict of str to Kind
        The kinds of the `Packer`.
    arrays : dict of str to ndarray
        The arrays beside the JSON.
    """

    kinds: dict[str, Kind]
    arrays: dict[str, np.ndarray]
    _numbered: dict[int, Any] = field(default_factory=dict)

    def unpack(self, packed: Any) -> Any:
        """Return the object for JSON."""
        if isinstance(packed, list):
            return [self.unpack(item) for item in packed]
        if not isinstance(packed, dict):
            return packed
        kind = packed[KIND]
        if kind == "again":
            return self._numbered[packed["number"]]
        if kind == "object":
            return self._unpack_own(packed)
        return self.kinds[kind].unpack(packed, self)

    def _unpack_own(self, packed: dict[str, Any]) -> Any:
        cls = find_class(packed["class"])
        if "items" in packed:
            return cls._make(self.unpack(item) for item in packed["items"])  # type: ignore[attr-defined]
        value: Any = object.__new__(cls)
        self._numbered[packed["number"]] = value
        for name, item in packed["state"].items():
            object.__setattr__(value, name, self.unpack(item))
        if "modules" in packed:
            value._rebuild_modules()
            for name, saved in packed["modules"].items():
                module = getattr(value, name)
                module.load_state_dict(self._weights(saved["weights"], module.state_dict()))
                module.eval()
                self._numbered[saved["number"]] = module
        return value

    def _weights(self, names: dict[str, str], like: dict[str, Tensor]) -> dict[str, Tensor]:
        weights = {}
        for name, place in names.items():
            tensor = like[name]
            weights[name] = tensor.new_tensor(self.arrays[place]).reshape(tensor.shape)
        return weights


def _state_of(value: Any) -> dict[str, Any]:
    state = value.__getstate__() or {}
    # Objects with slots give (state of __dict__, state of slots).
    if isinstance(state, tuple):
        return {name: item for part in state if part for name, item in part.items()}
    return dict(state)

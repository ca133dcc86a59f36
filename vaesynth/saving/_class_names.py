"""Names of saved classes: the room and the class, never the private file, so that files may move."""

from __future__ import annotations

import inspect
from importlib import import_module
from typing import Any

from torch import nn

PACKAGE = "vaesynth"
# The rooms whose objects are parts of estimators. No other is imported on a file's word.
ROOMS = frozenset(
    {
        "applications",
        "drawing",
        "estimators",
        "models",
        "nn",
        "over_sampling",
        "streaming",
        "tabular",
        "training",
    }
)


class UnsavableError(TypeError):
    """An object that a file cannot hold."""


def name_class(cls: type) -> str:
    """Return the name under which a file keeps a class: ``room:ClassName``.

    Parameters
    ----------
    cls : type
        A class of the package that can be imported from its room.

    Raises
    ------
    UnsavableError
        If :func:`find_class` would not find the class under this name.
    """
    room, name = _room_of(cls), cls.__name__
    if room not in ROOMS or _look_up(room, name) is not cls:
        raise UnsavableError(
            f"a saved object must be of a class that can be imported from its room of {PACKAGE}, "
            f"got {cls.__module__}.{cls.__qualname__}"
        )
    return f"{room}:{name}"


def find_class(name: str) -> type:
    """Return the class that :func:`name_class` has named.

    Parameters
    ----------
    name : str
        ``room:ClassName``; the class is looked up among the names of ``vaesynth.room`` and nowhere else.

    Raises
    ------
    ValueError
        If the name stands for no class that a file can hold.
    """
    room, _, class_name = str(name).partition(":")
    found = _look_up(room, class_name) if room in ROOMS else None
    if found is None:
        raise ValueError(
            f"a saved object must be of a class that can be imported from its room of {PACKAGE}, got {name!r}"
        )
    return found


def _look_up(room: str, name: str) -> type | None:
    """Look a class up among the names of a room; None where it is no class of this room with objects to save."""
    found = vars(import_module(f"{PACKAGE}.{room}")).get(name)
    is_own = isinstance(found, type) and _room_of(found) == room and found.__name__ == name
    return found if is_own and _has_plain_objects(found) else None


def _room_of(cls: type) -> str:
    """Return the room in which a class is defined, or an empty string."""
    package, _, place = cls.__module__.partition(".")
    return place.partition(".")[0] if package == PACKAGE else ""


def _has_plain_objects(cls: Any) -> bool:
    """Tell whether a class has objects that are nothing but their state: networks are built again, not read."""
    is_contract = inspect.isabstract(cls) or getattr(cls, "_is_protocol", False)
    return not is_contract and not issubclass(cls, (nn.Module, BaseException))

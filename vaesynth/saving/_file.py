"""Estimators in one file: weights and arrays as safetensors hold them, the rest as JSON beside them."""

from __future__ import annotations

import hashlib
import json
import os
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save

from vaesynth._whole_file import whole_file
from vaesynth.saving._array_kinds import ARRAY_KINDS
from vaesynth.saving._class_names import UnsavableError
from vaesynth.saving._kinds import BASIC_KINDS
from vaesynth.saving._packing import Packer, Unpacker
from vaesynth.saving._pandas_kinds import make_pandas_kinds

# To be raised when files of this version could not be read, or would be misread, by an earlier one.
# Format 1 named classes by their private files; format 2 had no checksum.
FORMAT_VERSION = 3
# All metadata stand under one key: safetensors writes several in an order that changes from file to file.
ABOUT = "vaesynth"
STRUCTURE = "structure.json"


def write_object(value: Any, path: str | os.PathLike[str]) -> None:
    """Write an object of the package to a file, whole or not at all; equal objects give equal bytes.

    Parameters
    ----------
    value : object
        What to save.
    path : str or path-like
        Where to; a file that is there is replaced once the new one is complete.

    Raises
    ------
    UnsavableError
        If a part of the object cannot be kept in such a file; nothing is written then.
    ValueError
        If a parameter is none that a fit would take; nothing is written then.
    OSError
        If the file cannot be written, as on a full disk.
    """
    packer = Packer(_all_kinds())
    packed = packer.pack(value)
    try:
        structure = json.dumps(packed, allow_nan=False, separators=(",", ":"))
    except ValueError as error:  # of a whole number of more than 4,300 digits
        raise UnsavableError(
            f"a saved estimator must consist of smaller numbers: {error}"
        ) from error
    arrays = {STRUCTURE: np.frombuffer(structure.encode(), np.uint8), **packer.arrays}
    about = {
        "format": FORMAT_VERSION,
        "class": type(value).__name__,
        "vaesynth": version("vaesynth"),
        "torch": version("torch"),
        "pandas": version("pandas"),
    }
    about["checksum"] = _digest(about, arrays)
    # Not `save_file`, which has errors and modes of its own.
    content = save(arrays, metadata={ABOUT: json.dumps(about)})
    with whole_file(path) as unfinished:
        unfinished.write_bytes(content)


def read_object(path: str | os.PathLike[str]) -> Any:
    """Read an object of the package from a file that :func:`write_object` has written.

    Nothing in the file is run: it can name classes of the package, types of columns and values, and no other.

    Parameters
    ----------
    path : str or path-like
        The file.

    Returns
    -------
    object

    Raises
    ------
    FileNotFoundError
        If there is no such file.
    PermissionError
        If the file may not be read.
    ValueError
        If the file is of another kind, damaged, or of a version of vaesynth that this one cannot read.
    """
    name = os.fspath(path)
    if not Path(path).is_file():
        raise FileNotFoundError(f"`path` must be a file, got {name!r}")
    # safetensors says of a file that may not be read that there is none.
    with Path(path).open("rb"):
        pass
    try:
        about, arrays = _read_arrays(path)
    except (
        SafetensorError,
        TypeError,
        AttributeError,
    ) as error:  # damaged, or of types that numpy lacks
        raise ValueError(
            f"the file must be one that `save` has written, got {name!r}: {error}"
        ) from error
    try:
        structure = _read_structure(about, arrays)
        unpacker = Unpacker(_all_kinds(), arrays)
        value = unpacker.unpack(structure)
        if arrays:
            raise ValueError(f"every array must be used, got {next(iter(arrays))!r}, which is not")
    # Whatever a file makes the libraries say, the file is at fault.
    except Exception as error:
        raise ValueError(
            f"the file must be whole and fit this version of vaesynth, got {name!r} of {_describe(about)} read by "
            f"vaesynth {version('vaesynth')}: {type(error).__name__}: {error!s:.300}"
        ) from error
    return value


def _read_arrays(path: str | os.PathLike[str]) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    """Return what a file says of its making and its arrays, whose sizes safetensors has compared with the file's."""
    with safe_open(path, framework="numpy") as file:
        about = _read_about(file.metadata() or {}, path)
        return about, {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118


def _read_structure(about: dict[str, Any], arrays: dict[str, np.ndarray]) -> Any:
    """Return the JSON beside the arrays, once the checksum fits them all."""
    if about.get("checksum") != _digest(about, arrays):
        raise ValueError("the checksum does not fit the content: the file is damaged")
    return json.loads(arrays.pop(STRUCTURE).tobytes(), parse_constant=_refuse_constant)


def _refuse_constant(text: str) -> None:
    raise ValueError(f"numbers must be finite, got {text}")


def _digest(about: dict[str, Any], arrays: dict[str, np.ndarray]) -> str:
    """Return a checksum of all that a file holds: what it says of its making, names, types, shapes and numbers."""
    state = hashlib.blake2b(digest_size=16)
    said = {key: item for key, item in about.items() if key != "checksum"}
    state.update(json.dumps(said, sort_keys=True).encode())
    for name, array in sorted(arrays.items()):
        state.update(f"{name}|{array.dtype.str}|{array.shape}|".encode())
        state.update(np.ascontiguousarray(array).data)
    return state.hexdigest()


def _read_about(metadata: dict[str, str], path: str | os.PathLike[str]) -> dict[str, Any]:
    """Return what a file says of its making, once it is found to be of a format that can be read here."""
    name = os.fspath(path)
    try:
        if metadata.get("format") == "vaesynth":  # format 1 had one key for each
            about = {**metadata, "format": int(metadata["format_version"])}
        else:
            about = json.loads(metadata[ABOUT])
        version_found, described = about["format"], _describe(about)
    except (KeyError, TypeError, ValueError, RecursionError) as error:
        raise ValueError(
            f"the file must be one that `save` has written, got {name!r} of another origin"
        ) from error
    if version_found != FORMAT_VERSION:
        raise ValueError(
            f"the file must have format {FORMAT_VERSION}, got {name!r} of format {version_found!r:.20}, written "
            f"by {described}: load it with that version, or fit and save the estimator again with this one"
        )
    return about


def _describe(about: dict[str, Any]) -> str:
    """Return who wrote a file, as it says; in a few letters that do nothing to a terminal."""
    found = {key: ascii(str(about[key])[:30])[1:-1] for key in ("vaesynth", "torch", "pandas")}
    return f"vaesynth {found['vaesynth']} (torch {found['torch']}, pandas {found['pandas']})"


def _all_kinds() -> dict[str, Any]:
    # pandas' own first: a Timestamp is a datetime as well.
    return {**make_pandas_kinds(), **ARRAY_KINDS, **BASIC_KINDS}

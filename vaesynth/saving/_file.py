"""Estimators in one file: weights and arrays as safetensors hold them, the rest as JSON beside them."""

from __future__ import annotations

import json
import os
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save_file

from vaesynth._whole_file import whole_file
from vaesynth.saving._kinds import BASIC_KINDS
from vaesynth.saving._packing import Packer, Unpacker
from vaesynth.saving._pandas_kinds import make_pandas_kinds

# To be raised when files of this version could not be read, or would be misread, by an earlier one.
# Format 1 named classes by their private files.
FORMAT_VERSION = 2
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
    """
    packer = Packer(_all_kinds())
    structure = json.dumps(packer.pack(value), allow_nan=False, separators=(",", ":"))
    arrays = {STRUCTURE: np.frombuffer(structure.encode(), np.uint8), **packer.arrays}
    about = {
        "format": FORMAT_VERSION,
        "class": type(value).__name__,
        "vaesynth": version("vaesynth"),
        "torch": version("torch"),
        "pandas": version("pandas"),
    }
    with whole_file(path) as unfinished:
        save_file(arrays, unfinished, metadata={ABOUT: json.dumps(about)})


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
    ValueError
        If the file is of another kind, damaged, or of a version of vaesynth that this one cannot read.
    """
    if not Path(path).is_file():
        raise FileNotFoundError(f"`path` must be a file, got {os.fspath(path)!r}")
    try:
        with safe_open(path, framework="numpy") as file:
            about = _read_about(file.metadata() or {}, path)
            arrays = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    except SafetensorError as error:
        raise ValueError(
            f"the file must be one that `save` has written, got {os.fspath(path)!r}: {error}"
        ) from error
    structure = json.loads(arrays.pop(STRUCTURE).tobytes())
    try:
        return Unpacker(_all_kinds(), arrays).unpack(structure)
    except (AttributeError, KeyError, ImportError, RuntimeError, TypeError, ValueError) as error:
        raise ValueError(
            f"the file must fit this version of vaesynth, got one of {_describe(about)} read by "
            f"vaesynth {version('vaesynth')}: {error}"
        ) from error


def _read_about(metadata: dict[str, str], path: str | os.PathLike[str]) -> dict[str, Any]:
    """Return what a file says of its making, once it is found to be of a format that can be read here."""
    about: dict[str, Any]
    if metadata.get("format") == "vaesynth":  # format 1 had one key for each
        about = {**metadata, "format": int(metadata["format_version"])}
    elif ABOUT in metadata:
        about = json.loads(metadata[ABOUT])
    else:
        raise ValueError(
            f"the file must be one that `save` has written, got {os.fspath(path)!r} of another origin"
        )
    if about["format"] != FORMAT_VERSION:
        raise ValueError(
            f"the file must have format {FORMAT_VERSION}, got {os.fspath(path)!r} of format {about['format']}, written "
            f"by {_describe(about)}: load it with that version, or fit and save the estimator again with this one"
        )
    return about


def _describe(about: dict[str, str]) -> str:
    return f"vaesynth {about['vaesynth']} (torch {about['torch']}, pandas {about['pandas']})"


def _all_kinds() -> dict[str, Any]:
    # pandas' own first: a Timestamp is a datetime as well.
    return {**make_pandas_kinds(), **BASIC_KINDS}

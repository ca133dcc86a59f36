"""The file format of compressed rows: what stands before and after the coded bits, and who may read them."""

from __future__ import annotations

import hashlib
import json
import struct
from collections.abc import Sequence
from typing import Any

# The first byte is no text, and a line end that is rewritten on the way is found out.
MAGIC = b"\x93VAEZ\r\n\x1a"
# Format 1 did not check the decoded rows of the lossy modes.
FORMAT_VERSION = 2
_PREFIX = struct.Struct("<8sHIQ")
_DIGEST_SIZE = 16


class StreamError(ValueError):
    """Compressed bytes that are damaged, not vaesynth's, of a later version or of another model."""


def digest(*parts: bytes) -> bytes:
    """Return a checksum of 16 bytes.

    Examples
    --------
    >>> len(digest(b"codes"))
    16
    """
    state = hashlib.blake2b(digest_size=_DIGEST_SIZE)
    for part in parts:
        state.update(part)
    return state.digest()


def write_stream(about: dict[str, Any], payload: bytes) -> bytes:
    """Put header, coded bits and checksum together.

    Parameters
    ----------
    about : dict
        What the reader must know, as JSON takes it; with the ``model`` that made the codes.
    payload : bytes
        The coded bits.

    Examples
    --------
    >>> about, payload = read_stream(write_stream({"model": "a"}, b"codes"), model="a")
    >>> payload
    b'codes'
    """
    header = json.dumps(about, separators=(",", ":")).encode()
    body = _PREFIX.pack(MAGIC, FORMAT_VERSION, len(header), len(payload)) + header + payload
    return body + digest(body)


def read_stream(stream: Any, model: str) -> tuple[dict[str, Any], bytes]:
    """Return header and coded bits, once the stream is found to be whole and of this model.

    Parameters
    ----------
    stream : bytes-like
        What :func:`write_stream` has given.
    model : str
        Fingerprint of the model that is to decode it.

    Raises
    ------
    StreamError
        If it is anything else.
    """
    data = _check_origin(stream)
    if len(data) < _PREFIX.size:
        raise StreamError(
            f"`stream` must be whole, got {len(data)} bytes of its first {_PREFIX.size}"
        )
    _, version, n_header, n_payload = _PREFIX.unpack_from(data)
    if version != FORMAT_VERSION:
        raise StreamError(
            f"`stream` must have format {FORMAT_VERSION}, got format {version}: read it with the version of vaesynth "
            "that wrote it"
        )
    n_bytes = _PREFIX.size + n_header + n_payload + _DIGEST_SIZE
    if len(data) != n_bytes:
        raise StreamError(f"`stream` must be whole, got {len(data)} bytes where it says {n_bytes}")
    body, checksum = data[:-_DIGEST_SIZE], data[-_DIGEST_SIZE:]
    if digest(body) != checksum:
        raise StreamError("`stream` must be undamaged, got one that its checksum does not fit")
    about = _read_header(body[_PREFIX.size : _PREFIX.size + n_header])
    if about.get("model") != model:
        raise StreamError(
            f"`stream` must be of the model that decompresses it, {model}, got one of "
            f"{ascii(about.get('model'))[:40]}"
        )
    return about, body[_PREFIX.size + n_header :]


def _check_origin(stream: Any) -> bytes:
    if not isinstance(stream, (bytes, bytearray, memoryview)):
        raise TypeError(f"`stream` must be bytes, got {type(stream).__name__}")
    data = bytes(stream)
    if not MAGIC.startswith(data[: len(MAGIC)]) or not data:
        raise StreamError(
            f"`stream` must begin as one that `compress` has written, got {data[: len(MAGIC)]!r}"
        )
    return data


def _read_header(header: bytes) -> dict[str, Any]:
    try:
        about = json.loads(header)
    except (ValueError, RecursionError) as error:
        raise StreamError(f"`stream` must have a header that can be read: {error}") from error
    if not isinstance(about, dict):
        raise StreamError(f"`stream` must have a header of names, got a {type(about).__name__}")
    return about


def read_shape(about: dict[str, Any], row_shape: Sequence[int]) -> tuple[int, ...]:
    """Return the shape of the rows that a header announces.

    Parameters
    ----------
    about : dict
        The header.
    row_shape : sequence of int
        Shape of a single row.

    Raises
    ------
    StreamError
        If it is no shape of such rows.

    Examples
    --------
    >>> read_shape({"shape": [10, 8, 8]}, (8, 8))
    (10, 8, 8)
    """
    shape = about.get("shape")
    is_shape = isinstance(shape, list) and all(type(size) is int for size in shape)
    if not is_shape or not shape or shape[0] < 1 or shape[1:] != list(row_shape):
        raise StreamError(
            f"`stream` must hold rows of shape {tuple(row_shape)}, got {ascii(shape)[:60]}"
        )
    return tuple(shape)

"""The IDX format of MNIST-like data sets: one array of bytes in a gzipped file."""

from __future__ import annotations

import gzip
import hashlib
import math
import zlib

import numpy as np

_UNSIGNED_BYTE = 8


def read_idx(packed: bytes, name: str, checksum: str) -> np.ndarray:
    """Read a gzipped IDX file of unsigned bytes.

    The checksum is that of the unpacked bytes, because distributions pack the same data anew: Debian's files have no
    file name in their gzip header, so their own checksums differ from those of the original files.

    Parameters
    ----------
    packed : bytes
        Content of the gzipped file.
    name : str
        What to call the file in an error.
    checksum : str
        SHA-256 of the unpacked content, in hexadecimal.

    Returns
    -------
    values : ndarray of uint8
        The array in the shape its header states.

    Raises
    ------
    ValueError
        If the file is truncated, is not gzipped IDX or holds other data.

    Examples
    --------
    >>> content = bytes([0, 0, 8, 1, 0, 0, 0, 3, 7, 8, 9])
    >>> read_idx(gzip.compress(content), "three.gz", hashlib.sha256(content).hexdigest())
    array([7, 8, 9], dtype=uint8)
    """
    content = _unpack(packed, name)
    found = hashlib.sha256(content).hexdigest()
    if found != checksum:
        raise ValueError(
            f"{name} must hold the data with the SHA-256 {checksum} when unpacked, got {found}: "
            "delete it and fetch it again"
        )
    return _parse(content, name)


def _unpack(packed: bytes, name: str) -> bytes:
    try:
        return gzip.decompress(packed)
    except (EOFError, OSError, zlib.error) as error:
        raise ValueError(
            f"{name} must be a complete gzip file, got {len(packed):,} bytes that are not ({error}): "
            "delete it and fetch it again"
        ) from error


def _parse(content: bytes, name: str) -> np.ndarray:
    """Split off the header: two zeros, the type, the number of axes, and the length of each as 4 bytes."""
    if len(content) < 4 or content[:3] != bytes([0, 0, _UNSIGNED_BYTE]):
        raise ValueError(
            f"{name} must start as an IDX file of bytes, with 00 00 08, got {content[:3].hex(' ')!r}"
        )
    start = 4 + 4 * content[3]
    shape = tuple(int(n) for n in np.frombuffer(content[4:start], dtype=">u4"))
    if len(content) - start != math.prod(shape):
        raise ValueError(
            f"{name} must hold {math.prod(shape):,} bytes for its shape {shape}, got {len(content) - start:,}"
        )
    return np.frombuffer(content, dtype=np.uint8, offset=start).reshape(shape).copy()

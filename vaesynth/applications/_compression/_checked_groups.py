"""Rows that are coded in groups, each with a checksum, so that a forged stream is found out by its first group."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from vaesynth.applications._compression._file_format import StreamError
from vaesynth.applications._compression._level_coder import ans_coder

# One word for each group.
_WORD = 4


def checksum(rows: np.ndarray) -> int:
    """Return a checksum of whole numbers, 32 bits.

    Examples
    --------
    >>> import numpy as np
    >>> checksum(np.array([1, 2])) == checksum(np.array([1, 2], np.int8)) != checksum(np.array([2, 1]))
    True
    """
    words = np.ascontiguousarray(rows, dtype="<i4")
    return int.from_bytes(hashlib.blake2b(words.data, digest_size=_WORD).digest(), "little")


def join_words(*parts: Sequence[int] | np.ndarray) -> bytes:
    """Return words of 32 bits as the bytes of a stream."""
    return np.concatenate([np.asarray(part, np.uint32) for part in parts]).astype("<u4").tobytes()


def split_words(payload: bytes, n_groups: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the checksums of the groups and the coded words behind them.

    Raises
    ------
    StreamError
        If the bytes hold fewer words than there are groups.
    """
    words = read_words(payload)
    if len(words) < n_groups:
        raise StreamError(
            f"`stream` must have a checksum for each of its {n_groups:,} groups of rows, got {len(words):,} words"
        )
    return words[:n_groups], words[n_groups:]


def read_words(payload: bytes) -> np.ndarray:
    """Return bytes of a stream as words of 32 bits."""
    if len(payload) % _WORD:
        raise StreamError(f"`stream` must consist of whole words, got {len(payload)} coded bytes")
    return np.frombuffer(payload, "<u4").astype(np.uint32)


def open_stack(words: np.ndarray) -> Any:
    """Return the stack that words were taken from.

    Raises
    ------
    StreamError
        If they are of none.
    """
    # constriction ends the process, or asks for all memory, on words that it has not written.
    if len(words) and words[-1] == 0:
        raise StreamError("`stream` must end in a word that is not 0, got 0")
    return ans_coder(words)


def pop_groups(
    sizes: Sequence[int], checks: Sequence[int] | np.ndarray, pop: Callable[[int], np.ndarray]
) -> np.ndarray:
    """Return the rows of all groups, of which the last comes off the stack first.

    Parameters
    ----------
    sizes : sequence of int
        Number of rows of each group.
    checks : sequence of int
        Checksum of each group.
    pop : callable
        Takes a group of so many rows off the stack and returns it.

    Raises
    ------
    StreamError
        If a group differs from the one that was coded; nothing is decoded after it.
    """
    groups = []
    for size, check in zip(reversed(sizes), reversed(list(checks)), strict=True):
        group = pop(size)
        if checksum(group) != check:
            raise StreamError("`stream` must decode to the compressed rows, got others")
        groups.append(group)
    return np.concatenate(groups[::-1])


def group_sizes(n_rows: int, size: int) -> list[int]:
    """Return the sizes of groups of at most `size` rows.

    Examples
    --------
    >>> group_sizes(5, 2)
    [2, 2, 1]
    """
    return [size] * (n_rows // size) + [n_rows % size] * (n_rows % size > 0)

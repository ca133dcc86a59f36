"""A sample of a stream that keeps rare classes whole."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from vaesynth.streaming._frames import join_frames, take_rows

# Rows that wait for the selection, as a share of those that are kept.
_SLACK = 0.25


class KeptRows(NamedTuple):
    """Rows of a stream, in its order.

    Attributes
    ----------
    frame : frame of shape (n_kept, n_columns)
        The rows.
    codes : ndarray of int64, shape (n_kept,)
        Their classes.
    positions : ndarray of int64, shape (n_kept,)
        Their places in the stream, from 0.
    is_uniform : ndarray of bool, shape (n_kept,)
        Rows that form a simple random sample of the whole stream, over all classes.

    Examples
    --------
    >>> import numpy as np
    >>> import pandas as pd
    >>> from vaesynth.streaming import ClassReservoir
    >>> reservoir = ClassReservoir(max_rows=4, seed=0)
    >>> reservoir.add(pd.DataFrame({"a": range(100)}), np.repeat([0, 1], [98, 2]))
    >>> kept = reservoir.finish()
    >>> kept.codes.tolist(), kept.positions[2:].tolist()
    ([0, 0, 1, 1], [98, 99])
    """

    frame: Any
    codes: np.ndarray
    positions: np.ndarray
    is_uniform: np.ndarray


class ClassReservoir:
    """Keep at most so many rows of a stream: equally many of each class, and all rows of a class that has fewer.

    Each row gets a random number, and the rows with the smallest numbers of each class are kept (bottom-k sampling).
    The kept rows of a class are a simple random sample of the class, for any sizes of the blocks.

    Parameters
    ----------
    max_rows : int
        Most rows to keep.
    seed : int or sequence of int
        Source of the random numbers.

    Attributes
    ----------
    counts : ndarray of int64, shape (n_classes,)
        Rows of each class in the stream so far.

    References
    ----------
    Cohen, Kaplan, "Summarizing Data using Bottom-k Sketches", PODC 2007.

    Examples
    --------
    >>> import numpy as np
    >>> import pandas as pd
    >>> from vaesynth.streaming import ClassReservoir
    >>> reservoir = ClassReservoir(max_rows=20, seed=0)
    >>> for start in range(0, 1000, 100):
    ...     numbers = np.arange(start, start + 100)
    ...     reservoir.add(pd.DataFrame({"a": numbers}), (numbers % 100 == 0).astype(int))
    >>> np.bincount(reservoir.finish().codes).tolist(), reservoir.counts.tolist()
    ([10, 10], [990, 10])
    """

    def __init__(self, max_rows: int, seed: Any) -> None:
        self.max_rows = max_rows
        self.counts = np.zeros(0, dtype=np.int64)
        self._generator = np.random.default_rng(seed)
        self._thresholds = np.zeros(0)
        self._frames: list[Any] = []
        self._codes: list[np.ndarray] = []
        self._keys: list[np.ndarray] = []
        self._positions: list[np.ndarray] = []

    def add(self, frame: Any, codes: np.ndarray) -> None:
        """Take note of the next rows.

        Parameters
        ----------
        frame : frame of shape (n_rows, n_columns)
            The rows.
        codes : ndarray of int64, shape (n_rows,)
            Their classes, from 0 on; new classes may appear at any time.

        Raises
        ------
        ValueError
            If there are more classes than rows may be kept.
        """
        start = int(self.counts.sum())
        self._count(codes)
        keys = self._generator.random(len(codes))
        chosen = np.flatnonzero(keys <= self._thresholds[codes])
        if not len(chosen):
            return
        self._frames.append(frame if len(chosen) == len(codes) else take_rows(frame, chosen))
        self._codes.append(codes[chosen])
        self._keys.append(keys[chosen])
        self._positions.append(start + chosen)
        if sum(map(len, self._codes)) > (1 + _SLACK) * self.max_rows:
            self._sift()

    def finish(self) -> KeptRows:
        """Return the rows that are kept."""
        self._sift()
        keys = self._keys[0]
        return KeptRows(
            self._frames[0],
            self._codes[0],
            self._positions[0],
            keys <= self._thresholds.min(initial=np.inf),
        )

    def _count(self, codes: np.ndarray) -> None:
        counts = np.bincount(codes, minlength=len(self.counts))
        counts[: len(self.counts)] += self.counts
        if len(counts) > self.max_rows:
            raise ValueError(
                f"`max_rows_in_memory` must be at least the number of classes, got {self.max_rows} and {len(counts)} "
                "classes so far"
            )
        new = np.full(len(counts) - len(self.counts), np.inf)
        self.counts, self._thresholds = counts, np.concatenate([self._thresholds, new])

    def _sift(self) -> None:
        """Drop the rows of the largest numbers, of each class beyond its quota."""
        codes, keys = np.concatenate(self._codes), np.concatenate(self._keys)
        quota = share_rows(self.counts, self.max_rows)
        stays = np.ones(len(codes), dtype=bool)
        for code in np.flatnonzero(np.bincount(codes, minlength=len(quota)) > quota):
            members = np.flatnonzero(codes == code)
            last = quota[code] - 1
            self._thresholds[code] = np.partition(keys[members], last)[last]
            stays[members] = keys[members] <= self._thresholds[code]
        chosen = np.flatnonzero(stays)
        whole = join_frames(self._frames)
        self._frames = [whole if len(chosen) == len(codes) else take_rows(whole, chosen)]
        self._codes, self._keys = [codes[chosen]], [keys[chosen]]
        self._positions = [np.concatenate(self._positions)[chosen]]


def share_rows(counts: np.ndarray, max_rows: int) -> np.ndarray:
    """Return the number of rows to keep of each class: all, or equally many of the larger classes, `max_rows` in total.

    Examples
    --------
    >>> import numpy as np
    >>> share_rows(np.array([1000, 10, 500]), 100).tolist()
    [45, 10, 45]
    """
    most = max_rows
    left, n_left = max_rows, len(counts)
    for count in np.sort(counts).tolist():
        most = left // n_left
        if count > most:
            break
        left, n_left, most = left - count, n_left - 1, count
    return np.minimum(counts, most)

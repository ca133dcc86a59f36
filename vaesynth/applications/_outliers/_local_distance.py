"""How far a row lies from its nearest learned rows, and how far those lie from theirs."""

from __future__ import annotations

from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
from sklearn.neighbors import NearestNeighbors

N_NEIGHBORS = 10
# Share of the usual distance that is added before a logarithm, so that a copy is no outlier's opposite extreme.
SOFTENING = 0.1
# Trees beat comparing with all rows in a few dimensions only.
MAX_TREE_DIMENSIONS = 8
# Moves equally near rows apart by more than rounding does, so that a row has the same neighbours in any batch.
JITTER = 1e-6
CHUNK_ROWS = 4096


class Nearness(NamedTuple):
    """What is known of rows from their neighbours.

    Parameters
    ----------
    differences : ndarray of shape (n_rows, n_coordinates)
        Mean absolute difference from the neighbours, in each coordinate. Their sum is the distance of the row.
    around : ndarray of shape (n_rows,)
        Mean over the neighbours of the logarithm of their own distance, in units of the usual one.
    """

    differences: np.ndarray
    around: np.ndarray


class LocalDistance:
    """Find the ten nearest learned rows of a row, and take its mean distance from them.

    Neighbours are those nearest in the sum of squares, which is quick to search. The distance from them is the sum of
    absolute differences, in which no single coordinate outvotes the others. The index is built once.

    Parameters
    ----------
    coordinates : ndarray of shape (n_rows, n_coordinates)
        Learned rows.

    Attributes
    ----------
    usual : float
        Median distance of a learned row from the others; 1 where all are equal.

    Examples
    --------
    >>> import numpy as np
    >>> learned = LocalDistance(np.random.default_rng(0).normal(size=(200, 2)))
    >>> near, far = learned.nearness(np.array([[0.0, 0.0], [9.0, 9.0]])).differences.sum(axis=1)
    >>> bool(near < learned.usual < far)
    True
    """

    def __init__(self, coordinates: np.ndarray) -> None:
        self.coordinates = coordinates
        self.usual = 1.0
        self._around = np.zeros(len(coordinates))
        found = self.nearness(coordinates, np.arange(len(coordinates)))
        distances = found.differences.sum(axis=1)
        self.usual = float(np.median(distances) or distances.mean() or 1.0)
        self._around = self.log_ratio(distances)

    def log_ratio(self, distances: np.ndarray) -> np.ndarray:
        """Return the logarithm of distances over the usual one, softened so that it stays finite at 0."""
        return np.log(distances / self.usual + SOFTENING)

    def nearness(
        self,
        coordinates: np.ndarray,
        own: np.ndarray | None = None,
        *,
        leaves_out_copy: bool = False,
    ) -> Nearness:
        """Compare rows with their neighbours.

        Parameters
        ----------
        coordinates : ndarray of shape (n_rows, n_coordinates)
            Rows.
        own : ndarray of int, shape (n_rows,), optional
            Position of each row among the learned ones, which is then none of its neighbours; -1 where it is none.
        leaves_out_copy : bool, default=False
            Whether one learned row that equals the row is left out, as if that were the row itself.

        Returns
        -------
        Nearness
        """
        n_rows, n_coordinates = coordinates.shape
        if not n_coordinates:
            return Nearness(np.zeros((n_rows, 0)), np.zeros(n_rows))
        differences, around = np.zeros((n_rows, n_coordinates)), np.empty(n_rows)
        for start in range(0, n_rows, CHUNK_ROWS):
            part = slice(start, start + CHUNK_ROWS)
            rows = coordinates[part]
            positions = self._nearest(rows, None if own is None else own[part], leaves_out_copy)
            for position in positions.T:
                differences[part] += np.abs(rows - self.coordinates[position])
            differences[part] /= positions.shape[1]
            around[part] = self._around[positions].mean(axis=1)
        return Nearness(differences, around)

    @cached_property
    def _index(self) -> NearestNeighbors:
        # Two more than count: the row itself and its copy may be left out.
        n_neighbors = min(N_NEIGHBORS + 2, len(self.coordinates))
        is_low = self.coordinates.shape[1] <= MAX_TREE_DIMENSIONS
        algorithm = "kd_tree" if is_low else "brute"
        noise = np.random.default_rng(0).normal(size=self.coordinates.shape)
        index = NearestNeighbors(n_neighbors=n_neighbors, algorithm=algorithm)
        return index.fit(self.coordinates + JITTER * noise)

    def __getstate__(self) -> dict[str, Any]:
        """Return what a copy or a file keeps; the index is built again from the coordinates."""
        return {name: value for name, value in self.__dict__.items() if name != "_index"}

    def _nearest(
        self, rows: np.ndarray, own: np.ndarray | None, leaves_out_copy: bool
    ) -> np.ndarray:
        """Return positions of the nearest rows, ten or as many as there are; one always remains."""
        positions = self._index.kneighbors(rows, return_distance=False)
        is_out = np.zeros(positions.shape, dtype=bool)
        if own is not None:
            is_out |= positions == own[:, None]
        if leaves_out_copy:
            is_copy = np.stack(
                [(rows == self.coordinates[place]).all(axis=1) for place in positions.T], axis=1
            )
            is_copy &= ~is_out.any(axis=1, keepdims=True)
            first = is_copy.argmax(axis=1)
            is_out[np.arange(len(rows)), first] |= is_copy.any(axis=1)
        order = np.argsort(is_out, axis=1, kind="stable")
        n_kept = max(1, min(N_NEIGHBORS, len(self.coordinates) - 1))
        return np.take_along_axis(positions, order, axis=1)[:, :n_kept]

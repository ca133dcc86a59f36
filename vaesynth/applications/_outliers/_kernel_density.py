"""A density around learned rows, in any coordinates."""

from __future__ import annotations

import math
from functools import cached_property
from typing import Any

import numpy as np
from sklearn.neighbors import NearestNeighbors

from vaesynth.nn import LOG_2PI

N_NEIGHBORS = 5
# As the floor of the scale of a column in the likelihood of the model: copies must not make the width vanish.
SMALLEST_WIDTH = 0.01
N_WIDTH_STEPS = 30
# Distance of a row from itself through rounding, relative to its largest coordinate.
SAME = 1e-12


class NearestKernelDensity:
    r"""Kernel density around learned rows, where a row counts the kernels of its five nearest ones.

    .. math:: \log p(c) = \log \frac{1}{n} \sum_{m \in N(c)} K_h(c - c_m)

    where :math:`N(c)` are the five nearest rows and :math:`K_h` is a normal kernel. Its width :math:`h` is the one that
    makes the learned rows likeliest when each is left out of its own density. A row that lies exactly on a learned one
    is taken for that one, which is then left out as well.

    The index of neighbours is built once.

    Parameters
    ----------
    coordinates : ndarray of shape (n_rows, n_coordinates)
        Learned rows, which decide the width.
    n_dimensions : int
        Dimensions of the density; a row may have more coordinates than that.
    others : ndarray of shape (n_others, n_coordinates), optional
        More rows with a kernel each; they do not decide the width.

    Attributes
    ----------
    width : float
        The width h.

    References
    ----------
    Duin, "On the Choice of Smoothing Parameters for Parzen Estimators of Probability Density Functions", IEEE
    Transactions on Computers, 1976 (the width); Norouzi, Fleet, Norouzi, "Exemplar VAE: Linking Generative Models,
    Nearest Neighbor Retrieval, and Data Augmentation", NeurIPS 2020 (rows around which a VAE has its density).

    Examples
    --------
    >>> import numpy as np
    >>> learned = NearestKernelDensity(np.random.default_rng(0).normal(size=(200, 2)), 2)
    >>> near, far = learned.log_density_parts(np.array([[0.0, 0.0], [9.0, 9.0]])).sum(axis=1)
    >>> bool(near > far)
    True
    """

    def __init__(
        self, coordinates: np.ndarray, n_dimensions: int, others: np.ndarray | None = None
    ) -> None:
        self.coordinates = coordinates
        self.n_dimensions = n_dimensions
        self.width = self._likeliest_width()
        if others is not None:
            self.coordinates = np.vstack([coordinates, others])
            self.__dict__.pop("_index", None)

    def log_density_parts(
        self, coordinates: np.ndarray, own: np.ndarray | None = None
    ) -> np.ndarray:
        """Return the log-density of rows, cut into what each coordinate and, last, the choice of neighbours adds.

        Parameters
        ----------
        coordinates : ndarray of shape (n_rows, n_coordinates)
            Rows.
        own : ndarray of int, shape (n_rows,), optional
            Position of each row among those with a kernel. Its kernel is left out, before that of any copy.

        Returns
        -------
        ndarray of shape (n_rows, n_coordinates + 1)
            Nats; the parts of a row sum to its log-density.
        """
        if not coordinates.shape[1]:
            return np.zeros((len(coordinates), 1))
        distances, positions = self._nearest(coordinates, own, leaves_out_copy=True)
        exponents = -0.5 * (distances / self.width) ** 2
        total = np.logaddexp.reduce(exponents, axis=1)
        weights = np.exp(exponents - total[:, None])
        normalizer = self.n_dimensions * (math.log(self.width) + 0.5 * LOG_2PI)
        n_coordinates = coordinates.shape[1]
        parts = np.full((len(coordinates), n_coordinates + 1), -normalizer / n_coordinates)
        for weight, position in zip(weights.T, positions.T, strict=True):
            squares = (coordinates - self.coordinates[position]) ** 2
            parts[:, :-1] -= 0.5 * weight[:, None] * squares / self.width**2
        parts[:, -1] = total - _weighted_sums(weights, exponents) - math.log(len(self.coordinates))
        return parts

    @cached_property
    def _index(self) -> NearestNeighbors:
        # Two more than count: the row itself and its copy may be left out.
        n_neighbors = min(N_NEIGHBORS + 2, len(self.coordinates))
        return NearestNeighbors(n_neighbors=n_neighbors).fit(self.coordinates)

    def __getstate__(self) -> dict[str, Any]:
        """Return the state for a copy or a file; the index is built again from the coordinates."""
        return {name: value for name, value in self.__dict__.items() if name != "_index"}

    def _likeliest_width(self) -> float:
        """Find the fixed point of the likelihood of every learned row under all others."""
        n_rows = len(self.coordinates)
        if n_rows < 2 or not self.coordinates.shape[1]:
            return 1.0
        itself = np.arange(n_rows)
        squares = self._nearest(self.coordinates, itself, leaves_out_copy=False)[0] ** 2
        square = max(squares[:, 0].mean() / self.n_dimensions, SMALLEST_WIDTH**2)
        for _ in range(N_WIDTH_STEPS):
            exponents = -0.5 * squares / square
            weights = np.exp(exponents - np.logaddexp.reduce(exponents, axis=1, keepdims=True))
            moved = _weighted_sums(weights, squares).mean() / self.n_dimensions
            square = max(moved, SMALLEST_WIDTH**2)
        return math.sqrt(square)

    def _nearest(
        self, coordinates: np.ndarray, own: np.ndarray | None, *, leaves_out_copy: bool
    ) -> tuple[np.ndarray, np.ndarray]:
        """Return distances, infinite for rows left out, and positions of the nearest rows; one row always remains."""
        n_rows = len(self.coordinates)
        positions = self._index.kneighbors(coordinates, return_distance=False)
        # Compute the distances again: brute search takes them from dot products, and none of these is exactly 0.
        distances = np.stack(
            [((coordinates - self.coordinates[place]) ** 2).sum(axis=1) for place in positions.T], 1
        )
        distances = np.sqrt(distances)
        if own is not None and n_rows > 1:
            distances[positions == own[:, None]] = np.inf
            n_rows -= 1
        if leaves_out_copy and n_rows > 1:
            rows, nearest = np.arange(len(distances)), distances.argmin(axis=1)
            reach = SAME * (1 + np.abs(coordinates).max(axis=1))
            copies = distances[rows, nearest] <= reach
            distances[rows[copies], nearest[copies]] = np.inf
        order = np.argsort(distances, axis=1, kind="stable")[:, :N_NEIGHBORS]
        return np.take_along_axis(distances, order, axis=1), np.take_along_axis(positions, order, 1)


def _weighted_sums(weights: np.ndarray, parts: np.ndarray) -> np.ndarray:
    """Return the sums over neighbours; those of no weight are infinitely far."""
    return (weights * np.where(weights > 0, parts, 0.0)).sum(axis=1)

"""A density around the rows that were learned, in coordinates of one's own."""

from __future__ import annotations

import math

import numpy as np
from sklearn.neighbors import NearestNeighbors

N_NEIGHBORS = 5
# As the floor of the scale of a column in the likelihood of the model: copies must not make the width vanish.
SMALLEST_WIDTH = 0.01
N_WIDTH_STEPS = 30
# Distance of a row from itself through rounding, relative to its largest coordinate.
SAME = 1e-12


class LearnedRows:
    r"""Kernel density around learned rows, of which the nearest few count.

    .. math:: \log p(c) = \log \frac{1}{n} \sum_{m \in N(c)} K_h(c - c_m)

    where :math:`N(c)` are the five nearest, :math:`K_h` is a normal kernel, and its width :math:`h` is the likeliest
    when every learned row is left out of its own density. A row that lies exactly on a learned one is taken for that
    one, and left out likewise.

    Parameters
    ----------
    coordinates : ndarray of shape (n_rows, n_coordinates)
        Learned rows, from which the width comes.
    n_dimensions : int
        How many numbers tell a row: coordinates may be more.
    others : ndarray of shape (n_others, n_coordinates), optional
        More rows to have a density around.

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
    >>> learned = LearnedRows(np.random.default_rng(0).normal(size=(200, 2)), 2)
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

    def log_density_parts(
        self, coordinates: np.ndarray, own: np.ndarray | None = None
    ) -> np.ndarray:
        """Cut the log-density of rows into what each coordinate adds and, last, what the choice of neighbours adds.

        Parameters
        ----------
        coordinates : ndarray of shape (n_rows, n_coordinates)
            Rows.
        own : ndarray of int, shape (n_rows,), optional
            Position of each row among those with a density around, to be left out before any copy of it.

        Returns
        -------
        ndarray of shape (n_rows, n_coordinates + 1)
            Nats; the sums over a row are its log-density.
        """
        if not coordinates.shape[1]:
            return np.zeros((len(coordinates), 1))
        distances, positions = self._nearest(coordinates, own, leaves_out_copy=True)
        exponents = -0.5 * (distances / self.width) ** 2
        total = np.logaddexp.reduce(exponents, axis=1)
        weights = np.exp(exponents - total[:, None])
        normalizer = self.n_dimensions * (math.log(self.width) + 0.5 * math.log(2 * math.pi))
        n_coordinates = coordinates.shape[1]
        parts = np.full((len(coordinates), n_coordinates + 1), -normalizer / n_coordinates)
        for weight, position in zip(weights.T, positions.T, strict=True):
            squares = (coordinates - self.coordinates[position]) ** 2
            parts[:, :-1] -= 0.5 * weight[:, None] * squares / self.width**2
        chosen = np.where(weights > 0, weights * exponents, 0.0).sum(axis=1)
        parts[:, -1] = total - chosen - math.log(len(self.coordinates))
        return parts

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
            moved = (
                np.where(weights > 0, weights * squares, 0.0).sum(axis=1).mean() / self.n_dimensions
            )
            square = max(moved, SMALLEST_WIDTH**2)
        return math.sqrt(square)

    def _nearest(
        self, coordinates: np.ndarray, own: np.ndarray | None, *, leaves_out_copy: bool
    ) -> tuple[np.ndarray, np.ndarray]:
        """Distances, infinite for rows left out, and positions of the nearest rows; one is left in any case."""
        n_rows = len(self.coordinates)
        search = NearestNeighbors(n_neighbors=min(N_NEIGHBORS + 2, n_rows)).fit(self.coordinates)
        _, positions = search.kneighbors(coordinates)
        # Anew: brute search has them from dot products, in which no distance is exactly 0.
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

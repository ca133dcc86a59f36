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

    .. math:: \log p(c) = \log \frac{1}{n} \sum_{m \in N(c)} N(c; c_m, h^2 I)

    where :math:`N(c)` are the five nearest and the width :math:`h` is the likeliest when every learned row is left out
    of its own density. A row that lies exactly on a learned one is taken for that one, and left out likewise.

    Parameters
    ----------
    coordinates : ndarray of shape (n_rows, n_coordinates)
        Learned rows.

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
    >>> learned = LearnedRows(np.random.default_rng(0).normal(size=(200, 2)))
    >>> near, far = learned.log_density_parts(np.array([[0.0, 0.0], [9.0, 9.0]])).sum(axis=1)
    >>> bool(near > far)
    True
    """

    def __init__(self, coordinates: np.ndarray) -> None:
        self.coordinates = coordinates
        self.width = self._likeliest_width()

    def log_density_parts(self, coordinates: np.ndarray) -> np.ndarray:
        """Cut the log-density of rows into what each coordinate adds and, last, what the choice of neighbours adds.

        Parameters
        ----------
        coordinates : ndarray of shape (n_rows, n_coordinates)
            Rows.

        Returns
        -------
        ndarray of shape (n_rows, n_coordinates + 1)
            Nats; the sums over a row are its log-density.
        """
        distances, positions = self._nearest(coordinates)
        exponents = -0.5 * (distances / self.width) ** 2
        total = np.logaddexp.reduce(exponents, axis=1)
        weights = np.exp(exponents - total[:, None])
        normalizer = math.log(self.width) + 0.5 * math.log(2 * math.pi)
        parts = np.full((len(coordinates), coordinates.shape[1] + 1), -normalizer)
        for weight, position in zip(weights.T, positions.T, strict=True):
            squares = (coordinates - self.coordinates[position]) ** 2
            parts[:, :-1] -= 0.5 * weight[:, None] * squares / self.width**2
        parts[:, -1] = total - (weights * exponents).sum(axis=1) - math.log(len(self.coordinates))
        return parts

    def _likeliest_width(self) -> float:
        """Find the fixed point of the likelihood of every learned row under all others."""
        n_rows, n_coordinates = self.coordinates.shape
        if n_rows < 2:
            return 1.0
        squares = self._nearest(self.coordinates)[0] ** 2
        square = max(squares[:, 0].mean() / n_coordinates, SMALLEST_WIDTH**2)
        for _ in range(N_WIDTH_STEPS):
            exponents = -0.5 * squares / square
            weights = np.exp(exponents - np.logaddexp.reduce(exponents, axis=1, keepdims=True))
            moved = (weights * squares).sum(axis=1).mean() / n_coordinates
            square = max(moved, SMALLEST_WIDTH**2)
        return math.sqrt(square)

    def _nearest(self, coordinates: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Distances and positions of the nearest learned rows, without the row itself."""
        n_learned = len(self.coordinates)
        n_neighbors = min(N_NEIGHBORS, max(1, n_learned - 1))
        search = NearestNeighbors(n_neighbors=min(n_neighbors + 1, n_learned)).fit(self.coordinates)
        _, positions = search.kneighbors(coordinates)
        # Anew: brute search has them from dot products, in which no distance is exactly 0.
        distances = np.stack(
            [((coordinates - self.coordinates[place]) ** 2).sum(axis=1) for place in positions.T], 1
        )
        distances = np.sqrt(distances)
        order = np.argsort(distances, axis=1, kind="stable")
        distances = np.take_along_axis(distances, order, axis=1)
        positions = np.take_along_axis(positions, order, axis=1)
        if distances.shape[1] == n_neighbors:
            return distances, positions
        is_itself = distances[:, :1] <= SAME * (1 + np.abs(coordinates).max(axis=1, keepdims=True))
        first = np.where(is_itself, 1, 0)
        kept = first + np.arange(n_neighbors)
        return np.take_along_axis(distances, kept, axis=1), np.take_along_axis(positions, kept, 1)

"""Numbers without correlations, each still that of its column."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np

# Share of the mean variance that every direction is given, so that those without any do not become infinite.
RIDGE = 0.1


@dataclass(frozen=True)
class Whitening:
    r"""Multiply centred coordinates by the symmetric root of their inverse covariance.

    With :math:`\Sigma = V \Lambda V^T` and a ridge :math:`r`, a row x becomes
    :math:`V (\Lambda + r)^{-1/2} V^T (x - \mu)`. No other way to remove correlations changes the coordinates
    less, so that each stays near that of its column. Coordinates after those that were learned stay as they are.

    Parameters
    ----------
    mean : ndarray of shape (n_coordinates,)
        The mean.
    directions : ndarray of shape (n_coordinates, n_directions)
        Eigenvectors of the covariance, at most one for each row.
    gains : ndarray of shape (n_directions,)
        What rows are multiplied by along them.
    rest : float
        What they are multiplied by along all others.

    References
    ----------
    Kessy, Lewin, Strimmer, "Optimal Whitening and Decorrelation", The American Statistician 2018.

    Examples
    --------
    >>> import numpy as np
    >>> rows = np.random.default_rng(0).normal(size=(500, 2)) @ [[1.0, 0.9], [0.0, 0.4]]
    >>> white = Whitening.fit(rows).apply(rows)
    >>> bool(abs(np.corrcoef(white.T)[0, 1]) < 0.5 < np.corrcoef(rows.T)[0, 1])
    True
    """

    mean: np.ndarray
    directions: np.ndarray
    gains: np.ndarray
    rest: float

    @classmethod
    def fit(cls, coordinates: np.ndarray) -> Self:
        """Learn the covariance of rows."""
        n_rows, n_coordinates = coordinates.shape
        mean = coordinates.mean(axis=0)
        centred = coordinates - mean
        if n_rows >= n_coordinates:
            variances, directions = np.linalg.eigh(centred.T @ centred / n_rows)
        else:
            # The same eigenvectors from the smaller matrix of products of rows.
            variances, rows = np.linalg.eigh(centred @ centred.T / n_rows)
            is_there = variances > 1e-12 * variances.max(initial=0.0)
            variances = variances[is_there]
            directions = centred.T @ rows[:, is_there] / np.sqrt(n_rows * variances)
        variances = variances.clip(min=0)
        ridge = RIDGE * variances.sum() / max(n_coordinates, 1) or 1.0
        return cls(mean, directions, 1 / np.sqrt(variances + ridge), float(1 / np.sqrt(ridge)))

    def apply(self, coordinates: np.ndarray) -> np.ndarray:
        """Return whitened rows, shape (n_rows, n_coordinates), of which the last may be as they were."""
        n_learned = len(self.mean)
        centred = coordinates[:, :n_learned] - self.mean
        if self.directions.shape[0] == self.directions.shape[1]:
            white = centred @ ((self.directions * self.gains) @ self.directions.T)
        else:
            along = (centred @ self.directions) * (self.gains - self.rest)
            white = self.rest * centred + along @ self.directions.T
        return np.hstack([white, coordinates[:, n_learned:]])

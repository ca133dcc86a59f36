"""How far latent points are from those of real rows."""

from __future__ import annotations

import numpy as np
from sklearn.neighbors import NearestNeighbors

# As in `active_units_`: a latent is in use where its posterior mean varies by more.
_LEAST_VARIANCE = 0.01
_USUAL_SHARE = 0.95


class Reach:
    """Distances from the latent points of real rows.

    Distances are Euclidean, after each latent is divided by its standard deviation over the rows. Their unit is the
    distance within which 95 % of the points of real rows have another one.

    Parameters
    ----------
    points : ndarray of shape (n_rows, n_latents)
        Latent points of at least two rows.
    """

    def __init__(self, points: np.ndarray) -> None:
        variance = points.var(axis=0)
        self.is_active = variance > _LEAST_VARIANCE
        if not self.is_active.any():
            raise ValueError(
                f"the latents must tell the rows apart by a variance above {_LEAST_VARIANCE}, got at most "
                f"{variance.max():.2g}: fit the model with a lower `beta`, and decoder='independent'"
            )
        self.spread = np.sqrt(variance[self.is_active])
        self.points = points
        self._points = self._scale(points)
        # Rows that occur twice would make the usual distance 0.
        distinct = np.unique(self._points, axis=0)
        self._search = NearestNeighbors(n_neighbors=2).fit(distinct)
        self.low, self.high = points.min(axis=0), points.max(axis=0)
        own = self._search.kneighbors(distinct)[0][:, 1]
        self._unit = float(np.quantile(own, _USUAL_SHARE))

    def distance(self, points: np.ndarray) -> np.ndarray:
        """Return the distance from the nearest point of a real row, in units of what is usual among real rows."""
        return self._search.kneighbors(self._scale(points), n_neighbors=1)[0][:, 0] / self._unit

    def neighbours(self, points: np.ndarray, among: np.ndarray, n_neighbors: int) -> np.ndarray:
        """Return positions of the nearest real rows of those in the mask `among`, nearest first."""
        members = np.flatnonzero(among)
        search = NearestNeighbors(n_neighbors=min(n_neighbors, len(members)))
        search.fit(self._points[members])
        return members[search.kneighbors(self._scale(points), return_distance=False)]

    def _scale(self, points: np.ndarray) -> np.ndarray:
        return points[:, self.is_active] / self.spread

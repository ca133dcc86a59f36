"""Numbers of new rows as combinations of neighbours, in the units of their columns, so that relations survive."""

from __future__ import annotations

from typing import Protocol

import numpy as np

# Numbers of neighbours that are handled at once: they stay in the cache of a processor.
NUMBERS_AT_ONCE = 2**18
# The descent to the nearest combination ends after so many steps: one that is not the nearest is a combination too.
N_STEPS = 15
# So many times the weights that would become negative are left out: more are left by then hardly ever.
N_CUTS = 3
# The part of the weight that lies between the two parents.
SHARE_OF_LINE = 0.2


class NumberScale(Protocol):
    """What turns values that a network reads into numbers of their columns, and back; shapes (n_rows, n_values)."""

    def to_numbers(self, values: np.ndarray) -> np.ndarray:
        """Return the numbers of values; beyond the range of floats, an infinity."""

    def to_values(self, numbers: np.ndarray) -> np.ndarray:
        """Return the values of numbers."""


def follow_neighbors(
    wanted: np.ndarray,
    origin: np.ndarray,
    neighbors: np.ndarray,
    picked: np.ndarray,
    share: np.ndarray,
) -> np.ndarray:
    """Return the combinations of real rows that come near wanted numbers.

    The weights of a row and its neighbours are at least 0 and sum to 1. What holds for sums and orders of columns in
    all real rows then holds in the new ones, and what is smooth holds as nearly as it is straight between neighbours.
    A fifth of the weight lies on the line between the row and the neighbour that was picked, in its middle half: what
    is wanted outside of all combinations would otherwise become a copy of a real row.

    Parameters
    ----------
    wanted : ndarray of shape (n_rows, n_values)
        What a model draws.
    origin : ndarray of shape (n_rows, n_values)
        Numbers of the real rows.
    neighbors : ndarray of shape (n_rows, n_neighbors, n_values)
        Numbers of their neighbours.
    picked : ndarray of int of shape (n_rows,)
        Which neighbour the line goes to.
    share : ndarray of shape (n_rows,)
        Where in the middle half of the line, from 0 on the side of the row to 1 on that of the neighbour.

    Returns
    -------
    ndarray of shape (n_rows, n_values)

    Examples
    --------
    >>> import numpy as np
    >>> origin, neighbors = np.zeros((1, 2)), np.array([[[4.0, 8.0]]])  # twice as much in the second column
    >>> follow_neighbors(np.array([[1.0, 2.4]]), origin, neighbors, np.array([0]), np.array([0.5])).round(1)
    array([[1.1, 2.2]])
    """
    # Halves: the difference of two large numbers of opposite sign would overflow.
    directions = neighbors / 2 - origin[:, None] / 2
    unit = _root_mean_square(directions)
    directions = directions / unit[:, None]
    towards = (wanted / 2 - origin / 2) / unit
    place = 0.25 + 0.5 * share[:, None]
    on_line = SHARE_OF_LINE * place * directions[np.arange(len(picked)), picked]
    # What the free weights are to reach, so that both parts together reach what is wanted.
    left = ((towards - on_line) / (1 - SHARE_OF_LINE))[:, None]
    products = directions @ directions.transpose(0, 2, 1)
    goal = (left @ directions.transpose(0, 2, 1))[:, 0]
    weights = _descend(products, goal)
    free = (1 - SHARE_OF_LINE) * (weights[:, None] @ directions)[:, 0]
    return origin + (free + on_line) * unit * 2


def _descend(products: np.ndarray, goal: np.ndarray) -> np.ndarray:
    """Return weights that are at least 0, sum to at most 1, and nearly minimise ``w @ products @ w / 2 - w @ goal``.

    Rows come last and weights are of single precision inside: any weights make a combination of real rows.
    """
    curve = np.ascontiguousarray(products.transpose(1, 2, 0), dtype=np.float32)
    # An upper bound of the largest eigenvalue.
    steepest = np.abs(curve).sum(axis=1).max(axis=0)
    pace = 1 / np.where(steepest > 0, steepest, 1)
    curve *= pace
    aim = goal.T.astype(np.float32) * pace
    weights = last = np.zeros_like(aim)
    for step in range(N_STEPS):
        ahead = weights + np.float32(step / (step + 3)) * (weights - last)
        slope = np.einsum("jkn,kn->jn", curve, ahead) - aim
        last, weights = weights, _cut_to_shares(ahead - slope)
    exact = weights.astype(np.float64)
    return (exact / exact.sum(axis=0).clip(1)).T


def _cut_to_shares(weights: np.ndarray) -> np.ndarray:
    """Return the nearest weights that are at least 0 and sum to at most 1 in each column."""
    weights = weights.clip(0)
    threshold = np.zeros(weights.shape[1], dtype=weights.dtype)
    for _ in range(N_CUTS):
        is_left = weights > threshold
        n_left = is_left.sum(axis=0, dtype=weights.dtype)
        excess = (weights * is_left).sum(axis=0) - 1
        threshold = (excess / n_left.clip(1)).clip(threshold)
    return (weights - threshold).clip(0)


def _root_mean_square(directions: np.ndarray) -> np.ndarray:
    """Return the size of each column's differences in each row, 1 where all are 0, shape (n_rows, n_values)."""
    largest = np.abs(directions).max(axis=1)
    largest = np.where(largest > 0, largest, 1.0)
    sizes = np.sqrt(np.square(directions / largest[:, None]).mean(axis=1)) * largest
    return np.where(sizes > 0, sizes, 1.0)

"""Separate measures of fidelity (do generated rows look real) and diversity (are all kinds of real rows generated)."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from scipy.integrate import trapezoid

from vaesynth.metrics._row_encoding import (
    encode_rows,
    nearest_positions,
    own_nearest_distances,
)

_LEVELS = np.linspace(0, 1, 41)


class SupportScores(NamedTuple):
    r"""Overlap of the supports of real and synthetic rows.

    Attributes
    ----------
    alpha_precision : float
        In [0, 1], where 1 is best: how close the share of synthetic rows within the ball of the α most typical real
        rows is to α, for all α.
    beta_recall : float
        In [0, 1]: how close the share of real rows with one of the β most typical synthetic rows in their neighbourhood
        is to β, for all β. For equal distributions it is :math:`1 - 2^{-k}` with k neighbours.
    density : float
        At least 0, not bounded: number of real neighbourhoods that contain a synthetic row, over k. For equal
        distributions it is 1.
    coverage : float
        In [0, 1]: share of real rows with a synthetic row in their neighbourhood. For equal distributions and samples
        of the same size it is :math:`1 - 2^{-k}`.

    Examples
    --------
    >>> SupportScores(0.95, 0.9, 1.02, 0.97).coverage
    0.97
    """

    alpha_precision: float
    beta_recall: float
    density: float
    coverage: float


def precision_recall_coverage(
    real: Any, synthetic: Any, *, k_neighbors: int = 5, categorical_features: Any = "auto"
) -> SupportScores:
    """Compute α-precision, β-recall, density and coverage of synthetic rows.

    Rows are points of ranks of numbers and one-hot categories, in which all columns have about the same weight. The
    neighbourhood of a real row is the ball around it that reaches to its k-th nearest other real row. A row is the more
    typical, the closer it is to the mean of its own table.

    Parameters
    ----------
    real : table of shape (n_real, n_features)
        Real rows, in any container that `TableEncoder` takes.
    synthetic : table of shape (n_synthetic, n_features)
        Generated rows with the same columns.
    k_neighbors : int, default=5
        Neighbours that make a neighbourhood.
    categorical_features : "auto" or array-like, default="auto"
        Columns that are categories, as in `TableEncoder`; the first table decides.

    Returns
    -------
    SupportScores

    Raises
    ------
    ValueError
        If `k_neighbors` is not positive or the real table has no more rows than that, or the columns differ.

    Notes
    -----
    The authors of α-precision and β-recall embed the rows with a network that draws them to a centre; this function
    uses the encoded rows directly. Recall and coverage depend on the numbers of rows, so compare only figures with
    equal numbers.

    References
    ----------
    Alaa, van Breugel, Saveliev, van der Schaar, "How Faithful is your Synthetic Data? Sample-level Metrics for
    Evaluating and Auditing Generative Models", ICML 2022; Naeem, Oh, Uh, Choi, Yoo, "Reliable Fidelity and Diversity
    Metrics for Generative Models", ICML 2020.

    Examples
    --------
    >>> import numpy as np
    >>> from vaesynth.metrics import precision_recall_coverage
    >>> real, fresh = np.random.default_rng(0).normal(size=(2, 1000, 3))
    >>> scores = precision_recall_coverage(real, fresh)
    >>> scores.alpha_precision > 0.95, abs(scores.density - 1) < 0.1, scores.coverage > 0.9
    (True, True, True)
    """
    if k_neighbors < 1:
        raise ValueError(f"`k_neighbors` must be at least 1, got {k_neighbors}")
    known, made = encode_rows([real, synthetic], 1, categorical_features)
    if len(known) <= k_neighbors:
        raise ValueError(
            f"there must be more real rows than `k_neighbors`={k_neighbors}, got {len(known)}"
        )
    reach = own_nearest_distances(known, k_neighbors)
    nearest = nearest_positions(known, made)[:, 0]
    is_covered = np.linalg.norm(known - made[nearest], axis=1) <= reach
    return SupportScores(
        alpha_precision=_alpha_precision(known, made),
        beta_recall=_beta_recall(made, nearest, is_covered),
        density=_density(known, made, reach, k_neighbors),
        coverage=float(is_covered.mean()),
    )


def _alpha_precision(known: np.ndarray, made: np.ndarray) -> float:
    centre = known.mean(axis=0)
    radii = np.quantile(np.linalg.norm(known - centre, axis=1), _LEVELS)
    distance = np.linalg.norm(made - centre, axis=1)
    return _agreement((distance[:, None] <= radii).mean(axis=0))


def _beta_recall(made: np.ndarray, nearest: np.ndarray, is_covered: np.ndarray) -> float:
    distance = np.linalg.norm(made - made.mean(axis=0), axis=1)
    radii = np.quantile(distance, _LEVELS)
    is_typical = distance[nearest][:, None] <= radii
    return _agreement((is_typical & is_covered[:, None]).mean(axis=0))


def _agreement(shares: np.ndarray) -> float:
    """Compute 1 less twice the area between the shares and their levels."""
    return float(1 - 2 * trapezoid(np.abs(shares - _LEVELS), _LEVELS))


def _density(known: np.ndarray, made: np.ndarray, reach: np.ndarray, k_neighbors: int) -> float:
    # Synthetic rows in each real row's ball: those nearer than its reach, counted in chunks of bounded memory.
    n_chunks = 1 + len(known) * len(made) // 2**22
    inside = 0
    for rows, radius in zip(
        np.array_split(known, n_chunks), np.array_split(reach, n_chunks), strict=True
    ):
        inside += _count_inside(rows, radius, made)
    return inside / (k_neighbors * len(made))


def _count_inside(rows: np.ndarray, radius: np.ndarray, made: np.ndarray) -> int:
    squares = (rows**2).sum(1)[:, None] - 2 * rows @ made.T + (made**2).sum(1)
    # Within rounding of differences of squares a point on the rim is inside.
    return int((squares <= radius[:, None] ** 2 + 1e-9).sum())

"""SmoteR and SMOGN from their papers, small: what over-samples numeric targets elsewhere.

Both take plain arrays: numbers and codes of categories, whose columns `is_category` names. Rare rows are those with a
relevance of at least the threshold. Both bring each range of the target, rare or not, to the mean size of a range
("balance", the default of both programs), so that common rows are dropped.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from sklearn.metrics import pairwise_distances

K_NEIGHBORS = 5
# Standard deviation of SMOGN's noise, in those of the columns.
PERTURBATION = 0.02
Make = Callable[[np.ndarray, np.ndarray, np.ndarray, int, np.random.Generator], tuple]


def smoter(
    X: np.ndarray, y: np.ndarray, is_category: np.ndarray, is_rare: np.ndarray, seed: int
) -> tuple[np.ndarray, np.ndarray]:
    """Torgo, Ribeiro, Pfahringer, Branco, "SMOTE for Regression", EPIA 2013."""
    return _balance(X, y, is_category, is_rare, seed, _interpolate)


def smogn(
    X: np.ndarray, y: np.ndarray, is_category: np.ndarray, is_rare: np.ndarray, seed: int
) -> tuple[np.ndarray, np.ndarray]:
    """Branco, Torgo, Ribeiro, "SMOGN: a Pre-processing Approach for Imbalanced Regression", LIDTA 2017."""
    return _balance(X, y, is_category, is_rare, seed, _interpolate_or_shake)


def random_over(
    X: np.ndarray, y: np.ndarray, is_rare: np.ndarray, seed: int
) -> tuple[np.ndarray, np.ndarray]:
    """Repeat rare rows until there are as many as common ones."""
    generator = np.random.default_rng(seed)
    n_new = max(0, int((~is_rare).sum() - is_rare.sum()))
    rows = np.r_[np.arange(len(y)), generator.choice(np.flatnonzero(is_rare), n_new)]
    return X[rows], y[rows]


def ranges(y: np.ndarray, is_rare: np.ndarray) -> list[np.ndarray]:
    """Positions of the rows of each run of rare or common values, the lowest first."""
    order = np.argsort(y, kind="stable")
    return np.split(order, np.flatnonzero(np.diff(is_rare[order].astype(int))) + 1)


def _balance(
    X: np.ndarray,
    y: np.ndarray,
    is_category: np.ndarray,
    is_rare: np.ndarray,
    seed: int,
    make: Make,
) -> tuple[np.ndarray, np.ndarray]:
    generator = np.random.default_rng(seed)
    parts = ranges(y, is_rare)
    size = round(len(y) / len(parts))
    tables, targets = [], []
    for rows in parts:
        if not is_rare[rows[0]] and len(rows) > size:
            rows = generator.choice(rows, size, replace=False)
        tables.append(X[rows])
        targets.append(y[rows])
        n_new = size - len(rows)
        if is_rare[rows[0]] and n_new > 0:
            made = make(X[rows], y[rows], is_category, n_new, generator)
            tables.append(made[0])
            targets.append(made[1])
    return np.concatenate(tables), np.concatenate(targets)


def _neighbors(X: np.ndarray, is_category: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Distances, of numbers by their scale and of categories 0 or 1, and the nearest others of each row."""
    scale = X[:, ~is_category].std(axis=0)
    numbers = X[:, ~is_category] / np.where(scale > 0, scale, 1)
    distance = pairwise_distances(numbers, metric="sqeuclidean") if numbers.shape[1] else 0.0
    for column in X[:, is_category].T:
        distance = distance + (column[:, None] != column)
    distance = np.sqrt(distance)
    np.fill_diagonal(distance, np.inf)
    return distance, np.argsort(distance, axis=1, kind="stable")[:, : min(K_NEIGHBORS, len(X) - 1)]


def _pairs(
    X: np.ndarray, n_new: int, is_category: np.ndarray, generator: np.random.Generator
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    distance, near = _neighbors(X, is_category)
    first = np.resize(generator.permutation(len(X)), n_new)
    second = near[first, generator.integers(0, near.shape[1], n_new)]
    return first, second, distance


def _between(
    X: np.ndarray,
    y: np.ndarray,
    first: np.ndarray,
    second: np.ndarray,
    is_category: np.ndarray,
    generator: np.random.Generator,
) -> tuple[np.ndarray, np.ndarray]:
    """Draw points on the lines, a category of either end, and targets by the distance to each end."""
    share = generator.random((len(first), 1))
    new = X[first] + share * (X[second] - X[first])
    chosen = np.where(generator.random((len(first), len(is_category))) < 0.5, X[first], X[second])
    new[:, is_category] = chosen[:, is_category]
    return new, y[first] + share[:, 0] * (y[second] - y[first])


def _shaken(
    X: np.ndarray,
    y: np.ndarray,
    first: np.ndarray,
    is_category: np.ndarray,
    reach: np.ndarray,
    generator: np.random.Generator,
) -> tuple[np.ndarray, np.ndarray]:
    """Copy with normal noise of `reach` standard deviations, categories by their shares in the range."""
    new = X[first] + reach[:, None] * X.std(axis=0) * generator.normal(
        size=(len(first), X.shape[1])
    )
    for column in np.flatnonzero(is_category):
        new[:, column] = generator.choice(X[:, column], len(first))
    return new, y[first] + reach * y.std() * generator.normal(size=len(first))


def _interpolate(
    X: np.ndarray,
    y: np.ndarray,
    is_category: np.ndarray,
    n_new: int,
    generator: np.random.Generator,
) -> tuple[np.ndarray, np.ndarray]:
    if len(X) == 1:
        return np.repeat(X, n_new, axis=0), np.repeat(y, n_new)
    first, second, _ = _pairs(X, n_new, is_category, generator)
    return _between(X, y, first, second, is_category, generator)


def _interpolate_or_shake(
    X: np.ndarray,
    y: np.ndarray,
    is_category: np.ndarray,
    n_new: int,
    generator: np.random.Generator,
) -> tuple[np.ndarray, np.ndarray]:
    if len(X) == 1:
        return np.repeat(X, n_new, axis=0), np.repeat(y, n_new)
    first, second, distance = _pairs(X, n_new, is_category, generator)
    # A pair is near where it lies within half the median distance of the first row to the others.
    finite = np.where(np.isfinite(distance), distance, np.nan)
    limit = np.nanmedian(finite, axis=1)[first] / 2
    is_near = distance[first, second] < limit
    new, target = _shaken(X, y, first, is_category, np.minimum(limit, PERTURBATION), generator)
    near = _between(X, y, first[is_near], second[is_near], is_category, generator)
    new[is_near], target[is_near] = near
    return new, target

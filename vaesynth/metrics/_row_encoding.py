"""Encoding of mixed rows as points, with equal weight for every column in distances, and their nearest neighbours."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from sklearn.neighbors import NearestNeighbors

from vaesynth.tabular import SharedColumn, read_shared_columns

# Up to so many categories of a column get one coordinate each; if there are more, each gets a random point with so many
# coordinates.
_MAX_LEVELS = 64
# Makes the squared distance between the ranks of two random rows 1 on average, that of two categories.
_RANK_SCALE = np.sqrt(6.0)
_FARTHEST = (
    1e6  # ranges of the reference; farther apart is all the same, and squares must not overflow
)


def encode_rows(
    tables: Sequence[Any], n_reference: int = 1, categorical_features: Any = "auto"
) -> list[np.ndarray]:
    """Return the points of the rows of each table, shape (n_rows, n_coordinates).

    Numbers become their mean rank among the numbers of the reference; ranks are interpolated between these and
    extrapolated beyond them. Categories become a one-hot vector over the square root of two. A missing number gets the
    middle rank and a flag. In every column, the squared distance between two different cells is then about 1.

    Parameters
    ----------
    tables : sequence of tables
        In any container that `TableEncoder` takes, or already read.
    n_reference : int, default=1
        How many of the first tables together give the ranks.
    categorical_features : "auto" or array-like, default="auto"
        Columns that are categories, as in `TableEncoder`.
    """
    columns = read_shared_columns(tables, categorical_features)
    return encode_columns(columns, n_reference)


def encode_columns(columns: Sequence[SharedColumn], n_reference: int = 1) -> list[np.ndarray]:
    """Return the points of the rows of each table, from columns that have been read."""
    blocks = [
        _encode_numbers(column, n_reference) if column.is_number else _encode_categories(column)
        for column in columns
    ]
    return [np.hstack(parts) for parts in zip(*blocks, strict=True)]


def nearest_distances(points: np.ndarray, reference: np.ndarray, k: int = 1) -> np.ndarray:
    """Return the distance of each point to its k-th nearest reference point, shape (n_points,)."""
    return _distances(points, reference, nearest_positions(points, reference, k)[:, -1])


def own_nearest_distances(
    points: np.ndarray, k: int = 1, rows: np.ndarray | None = None
) -> np.ndarray:
    """Return the distance of each point (or those at `rows`) to its k-th nearest other point, shape (n_rows,)."""
    rows = np.arange(len(points)) if rows is None else rows
    return _distances(points[rows], points, _own_positions(points, k, rows)[:, -1])


def nearest_positions(points: np.ndarray, reference: np.ndarray, k: int = 1) -> np.ndarray:
    """Return the positions of the k nearest reference points, nearest first, shape (n_points, k)."""
    # Trees are slow beyond a few coordinates; brute force works on chunks of bounded memory.
    search = NearestNeighbors(n_neighbors=k, algorithm="brute").fit(reference)
    return search.kneighbors(points, return_distance=False)


def _own_positions(points: np.ndarray, k: int, rows: np.ndarray) -> np.ndarray:
    """Return the positions of the k nearest other points; equal points count, the point itself does not."""
    near = nearest_positions(points[rows], points, k + 1)
    is_own = near == rows[:, None]
    # Among more equals than were asked for the point itself may not be found.
    is_own[~is_own.any(axis=1), -1] = True
    return near[~is_own].reshape(len(rows), k)


def _distances(points: np.ndarray, reference: np.ndarray, positions: np.ndarray) -> np.ndarray:
    # Compute the distances again: those of the search are roots of differences of large numbers, and not 0 for equal
    # points.
    parts = np.array_split(np.arange(len(points)), 1 + len(points) // 4096)
    return np.concatenate(
        [np.linalg.norm(points[part] - reference[positions[part]], axis=1) for part in parts]
    )


def _encode_numbers(column: SharedColumn, n_reference: int) -> list[np.ndarray]:
    known = np.concatenate(column.parts[:n_reference])
    is_known = ~np.isnan(known)
    levels, places, counts = np.unique(known[is_known], return_inverse=True, return_counts=True)
    ranks = (np.cumsum(counts) - counts / 2) / max(counts.sum(), 1)
    # The missing have the middle rank; those of the reference need not be looked up.
    cells = [np.full(len(known), 0.5)]
    cells[0][is_known] = ranks[places]
    cells += [_rank(part, levels, ranks) for part in column.parts[n_reference:]]
    points = [_RANK_SCALE * np.concatenate(cells)]
    missing = np.concatenate(column.missing)
    if missing.any():
        points.append(missing.astype(np.float64))
    return _split(np.column_stack(points), column.parts)


def _rank(numbers: np.ndarray, levels: np.ndarray, ranks: np.ndarray) -> np.ndarray:
    """Return ranks between 0 and 1; outside, they grow by the distance over the range, to 1e6 at most."""
    if not len(levels):
        return np.full(len(numbers), 0.5)
    # Halves: the difference of two large numbers of opposite sign would overflow.
    halves, first, last = numbers / 2, levels[0] / 2, levels[-1] / 2
    beyond = np.maximum(halves - last, 0) - np.maximum(first - halves, 0)
    with np.errstate(over="ignore"):
        shares = beyond / ((last - first) or 0.5)
    rank = np.interp(halves, levels / 2, ranks) + np.clip(shares, -_FARTHEST, _FARTHEST)
    return np.where(np.isnan(numbers), 0.5, rank)


def _split(rows: np.ndarray, parts: Sequence[np.ndarray]) -> list[np.ndarray]:
    return np.split(rows, np.cumsum([len(part) for part in parts])[:-1])


def _encode_categories(column: SharedColumn) -> list[np.ndarray]:
    n_levels = column.n_levels + 1  # the first is the missing cell
    if n_levels <= _MAX_LEVELS:
        points = np.eye(n_levels) / np.sqrt(2)
    else:
        signs = np.random.default_rng(0).choice([-1.0, 1.0], size=(n_levels, _MAX_LEVELS))
        points = signs / np.sqrt(2 * _MAX_LEVELS)
    return [points[part + 1] for part in column.parts]

"""Rows of mixed columns as points whose distances weigh every column alike, and nearest neighbours among them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from sklearn.neighbors import NearestNeighbors

from vaesynth.metrics._tables import SharedColumn, read_shared_columns

# Categories of a column that get a coordinate each; of more, each gets a random point of so many coordinates.
_MAX_LEVELS = 64
# Makes the squared distance between the ranks of two random rows 1 on average, that of two categories.
_RANK_SCALE = np.sqrt(6.0)


def encode_rows(
    tables: Sequence[Any], n_reference: int = 1, categorical_features: Any = None
) -> list[np.ndarray]:
    """Points of the rows of each table, shape (n_rows, n_coordinates).

    Numbers become their mean rank among those of the reference, interpolated between them and continued beyond their
    range; categories a one-hot vector over the square root of two; a missing number has the middle rank and a flag.
    Two cells that differ are then a squared distance of about 1 apart, whatever the column.

    Parameters
    ----------
    tables : sequence of tables
        As `read_shared_columns` takes them.
    n_reference : int, default=1
        How many of the first tables together give the ranks.
    categorical_features : array-like, optional
        Columns of numbers that are categories.
    """
    columns = read_shared_columns(tables, categorical_features)
    return encode_columns(columns, n_reference)


def encode_columns(columns: Sequence[SharedColumn], n_reference: int = 1) -> list[np.ndarray]:
    """Points of the rows of each table, from columns that have been read."""
    blocks = [
        _encode_numbers(column, n_reference) if column.is_number else _encode_categories(column)
        for column in columns
    ]
    return [np.hstack(parts) for parts in zip(*blocks, strict=True)]


def nearest_distances(points: np.ndarray, reference: np.ndarray, k: int = 1) -> np.ndarray:
    """Distance of each point to its k-th nearest reference point, shape (n_points,)."""
    return _distances(points, reference, nearest_positions(points, reference, k)[:, -1])


def own_nearest_distances(points: np.ndarray, k: int = 1) -> np.ndarray:
    """Distance of each point to the k-th nearest of the others, shape (n_points,)."""
    return _distances(points, points, _own_positions(points, k)[:, -1])


def nearest_positions(points: np.ndarray, reference: np.ndarray, k: int = 1) -> np.ndarray:
    """Positions of the k nearest reference points, nearest first, shape (n_points, k)."""
    # Trees are slow beyond a few coordinates; brute force works on chunks of bounded memory.
    search = NearestNeighbors(n_neighbors=k, algorithm="brute").fit(reference)
    return search.kneighbors(points, return_distance=False)


def _own_positions(points: np.ndarray, k: int) -> np.ndarray:
    """Positions of the k nearest other points; equals of a point count, the point itself does not."""
    near = nearest_positions(points, points, k + 1)
    is_own = near == np.arange(len(points))[:, None]
    # Among more equals than were asked for the point itself may not be found.
    is_own[~is_own.any(axis=1), -1] = True
    return near[~is_own].reshape(len(points), k)


def _distances(points: np.ndarray, reference: np.ndarray, positions: np.ndarray) -> np.ndarray:
    # Computed anew: the search's own are the roots of differences of large numbers, and not 0 for equal points.
    parts = np.array_split(np.arange(len(points)), 1 + len(points) // 4096)
    return np.concatenate(
        [np.linalg.norm(points[part] - reference[positions[part]], axis=1) for part in parts]
    )


def _encode_numbers(column: SharedColumn, n_reference: int) -> list[np.ndarray]:
    known = np.concatenate(column.parts[:n_reference])
    levels, counts = np.unique(known[~np.isnan(known)], return_counts=True)
    has_missing = any(missing.any() for missing in column.missing)
    blocks = []
    for part, missing in zip(column.parts, column.missing, strict=True):
        rank = np.full(len(part), 0.5)
        rank[~missing] = _rank(part[~missing], levels, counts)
        cells = [_RANK_SCALE * rank]
        if has_missing:
            cells.append(missing.astype(np.float64))
        blocks.append(np.column_stack(cells))
    return blocks


def _rank(values: np.ndarray, levels: np.ndarray, counts: np.ndarray) -> np.ndarray:
    """Mean ranks between 0 and 1, continued outside by the distance from the range as a share of it."""
    if not len(levels):
        return np.full(len(values), 0.5)
    ranks = (np.cumsum(counts) - counts / 2) / counts.sum()
    spread = (levels[-1] - levels[0]) or 1.0
    beyond = np.maximum(values - levels[-1], 0) - np.maximum(levels[0] - values, 0)
    return np.interp(values, levels, ranks) + beyond / spread


def _encode_categories(column: SharedColumn) -> list[np.ndarray]:
    n_levels = column.n_levels + 1  # the first is the missing cell
    if n_levels <= _MAX_LEVELS:
        points = np.eye(n_levels) / np.sqrt(2)
    else:
        signs = np.random.default_rng(0).choice([-1.0, 1.0], size=(n_levels, _MAX_LEVELS))
        points = signs / np.sqrt(2 * _MAX_LEVELS)
    return [points[part + 1] for part in column.parts]

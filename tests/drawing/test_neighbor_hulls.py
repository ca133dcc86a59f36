"""Combinations of neighbours keep what holds among columns."""

import numpy as np
import pytest
from scipy.optimize import minimize

from vaesynth.drawing._neighbor_hulls import follow_neighbors

N_ROWS, N_NEIGHBORS = 200, 6


@pytest.fixture
def drawn():
    """Rows whose third column is the sum of the first two, and whose fourth is not below the first."""
    rng = np.random.default_rng(0)
    rows = rng.lognormal(size=(500, 4))
    rows[:, 2] = rows[:, 0] + rows[:, 1]
    rows[:, 3] += rows[:, 0]
    chosen = rng.integers(0, 500, (N_ROWS, N_NEIGHBORS + 1))
    origin, neighbors = rows[chosen[:, 0]], rows[chosen[:, 1:]]
    picked, share = rng.integers(0, N_NEIGHBORS, N_ROWS), rng.random(N_ROWS)
    return origin + rng.normal(size=origin.shape), origin, neighbors, picked, share


def test_sums_orders_and_ranges_of_rows_survive_any_wish(drawn):
    moved = follow_neighbors(*drawn)
    _, origin, neighbors, _, _ = drawn
    assert np.abs(moved - origin).max() > 0.5
    np.testing.assert_allclose(moved[:, 2], moved[:, 0] + moved[:, 1])
    assert (moved[:, 3] >= moved[:, 0]).all()
    everything = np.concatenate([origin[:, None], neighbors], axis=1)
    assert (moved >= everything.min(axis=1) - 1e-12).all()
    assert (moved <= everything.max(axis=1) + 1e-12).all()


def test_a_wish_among_the_rows_is_met():
    origin, neighbors = np.zeros((1, 2)), np.array([[[4.0, 0.0], [0.0, 4.0]]])
    picked, share = np.array([0]), np.array([0.5])
    moved = follow_neighbors(np.array([[1.5, 1.0]]), origin, neighbors, picked, share)
    np.testing.assert_allclose(moved, [[1.5, 1.0]], atol=1e-3)


def test_a_wish_beyond_comes_to_the_nearest_combination(drawn):
    wanted, origin, neighbors, picked, share = (part[:10] for part in drawn)
    moved = follow_neighbors(wanted, origin, neighbors, picked, share)
    left = []  # share of the way to the nearest one
    for i in range(10):
        directions = neighbors[i] - origin[i]
        unit = np.sqrt(np.square(directions).mean(axis=0))
        least = np.eye(N_NEIGHBORS)[picked[i]] * (0.25 + share[i] / 2) * 0.2

        def miss(weights, i=i, directions=directions, unit=unit):
            return np.square((origin[i] + weights @ directions - wanted[i]) / unit).sum()

        # A fifth of the weight is on the line: of it, the share is the neighbour's and the rest is the row's.
        most = 0.8 + least.sum()
        best = minimize(
            miss,
            least + 0.1,
            bounds=[(low, 1) for low in least],
            constraints={"type": "ineq", "fun": lambda weights, most=most: most - weights.sum()},
        )
        found = np.square((moved[i] - wanted[i]) / unit).sum()
        left.append((found - best.fun) / (miss(least) - best.fun + 1e-9))
    # The descent ends after a fixed number of steps.
    assert np.median(left) < 0.01
    assert max(left) < 0.5


def test_a_wish_far_away_becomes_no_copy(drawn):
    _, origin, neighbors, picked, share = drawn
    gap = np.abs(neighbors[np.arange(N_ROWS), picked] - origin).max(axis=1)
    everything = np.concatenate([origin[:, None], neighbors], axis=1)
    for far in (-1e6, 1e6):
        moved = follow_neighbors(np.full_like(origin, far), origin, neighbors, picked, share)
        assert (moved[:, None] != everything).any(axis=2).all()
        # A row that stays at its end of the line is a twentieth of it away at least.
        to_origin = np.abs(moved - origin).max(axis=1)
        assert (to_origin >= 0.05 * gap - 1e-9).mean() > 0.95


def test_a_wish_for_the_row_itself_stays_near(drawn):
    _, origin, neighbors, picked, share = drawn
    moved = follow_neighbors(origin, origin, neighbors, picked, share)
    unit = np.sqrt(np.square(neighbors - origin[:, None]).mean(axis=1))
    towards = neighbors[np.arange(N_ROWS), picked] - origin
    went, most = (np.linalg.norm(part / unit, axis=1) for part in (moved - origin, towards))
    assert (went <= 0.15 * most + 1e-9).all()


def test_units_do_not_matter(drawn):
    unit = np.array([1e-9, 1.0, 1e200, 1e300])
    wanted, origin, neighbors, picked, share = drawn
    scaled = follow_neighbors(wanted * unit, origin * unit, neighbors * unit, picked, share)
    np.testing.assert_allclose(scaled / unit, follow_neighbors(*drawn), rtol=1e-6)


def test_equal_neighbours_move_nothing():
    same = np.full((3, 2), 7.0)
    neighbors, picked = np.full((3, 4, 2), 7.0), np.arange(3)
    moved = follow_neighbors(same + 1, same, neighbors, picked, np.full(3, 0.5))
    np.testing.assert_array_equal(moved, same)

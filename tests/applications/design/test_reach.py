import numpy as np
import pytest

from vaesynth.applications._design._optimization import Reach

# A grid of steps of 1 in two latents, and one latent that is not in use.
GRID = np.column_stack([*np.indices((10, 10)).reshape(2, -1), np.full(100, 0.3)]).astype(float)


def test_distances_are_in_units_of_neighbouring_rows():
    reach = Reach(GRID)
    assert reach.is_active.tolist() == [True, True, False]
    points = np.array([[4.0, 4.0, 0.3], [4.0, 4.5, 99.0], [-2.0, 0.0, 0.3]])
    np.testing.assert_allclose(reach.distance(points), [0, 0.5, 2], atol=1e-12)


def test_rows_that_occur_twice_change_nothing():
    twice = Reach(np.repeat(GRID, 2, axis=0))
    np.testing.assert_allclose(twice.distance(np.array([[4.0, 4.5, 0.3]])), [0.5])


def test_latents_count_by_their_spread():
    stretched = Reach(GRID * [1, 100, 1])
    points = np.array([[0.0, 50.0, 0.3], [0.5, 0.0, 0.3]])
    np.testing.assert_allclose(stretched.distance(points), [0.5, 0.5])


def test_neighbours_are_sought_among_those_named():
    among = GRID[:, 0] > 6
    positions = Reach(GRID).neighbours(np.array([[0.1, 0.0, 0.3]]), among, 2)
    np.testing.assert_array_equal(GRID[positions[0], :2], [[7, 0], [7, 1]])
    assert Reach(GRID).neighbours(GRID[:1], np.arange(100) < 3, 64).shape == (1, 3)


def test_latents_that_tell_nothing_are_refused():
    with pytest.raises(ValueError, match="must tell the rows apart by a variance"):
        Reach(np.zeros((5, 2)))

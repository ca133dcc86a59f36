import numpy as np
import pytest

from vaesynth.applications._latent_paths import interpolate_points, traverse_points

START = np.array([[1.0, 0.0], [0.0, 2.0]])
END = np.array([[0.0, 3.0], [2.0, 2.0]])


def test_a_linear_path_is_evenly_spaced():
    points = interpolate_points(START, END, 4, "linear").reshape(2, 4, 2)
    for path, start, end in zip(points, START, END, strict=True):
        np.testing.assert_allclose(path, np.linspace(start, end, 4))


def test_a_spherical_path_turns_by_equal_angles_and_grows_evenly():
    points = interpolate_points(START[:1], END[:1], 7, "spherical")
    angles = np.arctan2(points[:, 1], points[:, 0])
    np.testing.assert_allclose(angles, np.linspace(0, np.pi / 2, 7), atol=1e-12)
    np.testing.assert_allclose(np.linalg.norm(points, axis=1), np.linspace(1, 3, 7))


def test_a_spherical_path_between_two_points_in_line_is_straight():
    start = np.array([[1.0, 1.0, 0.5]])
    points = interpolate_points(start, 2 * start, 3, "spherical")
    np.testing.assert_allclose(points, [start[0], 1.5 * start[0], 2 * start[0]], rtol=1e-9)


@pytest.mark.parametrize(
    ("end", "n_steps", "path", "match"),
    [
        (END, 1, "linear", "`n_steps` must be an integer of at least 2, got 1"),
        (END, 2.5, "linear", "`n_steps` must be an integer of at least 2, got 2.5"),
        (END, 3, "curved", "`path` must be one of .'linear', 'spherical'., got 'curved'"),
        (END[:1], 3, "linear", "as many starts as ends, got 2 starts and 1 ends"),
        (0 * END, 3, "spherical", "away from the origin"),
        (-START, 3, "spherical", "not opposite"),
    ],
)
def test_what_is_no_path_is_refused(end, n_steps, path, match):
    with pytest.raises(ValueError, match=match):
        interpolate_points(START, end, n_steps, path)


def test_a_traversal_changes_one_latent_alone():
    points = traverse_points(START, 1, [-1, 5])
    np.testing.assert_array_equal(points, [[1, -1], [1, 5], [0, -1], [0, 5]])


@pytest.mark.parametrize(
    ("latent", "values", "match"),
    [
        (2, [0], "`latent` must be an integer from 0 to 1, got 2"),
        (0.0, [0], "`latent` must be an integer"),
        (0, [], "`values` must be one or more finite numbers"),
        (0, [np.inf], "`values` must be one or more finite numbers"),
        (0, 3.0, "`values` must be one or more finite numbers"),
    ],
)
def test_what_is_no_traversal_is_refused(latent, values, match):
    with pytest.raises(ValueError, match=match):
        traverse_points(START, latent, values)

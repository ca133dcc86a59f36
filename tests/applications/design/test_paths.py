import numpy as np
import pytest
from sklearn.linear_model import LinearRegression

from vaesynth.applications._design._paths import find_direction, interpolate_points, traverse_points

RNG = np.random.default_rng(0)
POINTS = RNG.normal(size=(600, 3))


def test_a_difference_of_means_goes_from_one_mean_to_the_other():
    y = np.where(POINTS[:, 0] > 0, "yes", "no")
    direction = find_direction(POINTS, y, None, "auto")
    moved = POINTS[y == "no"].mean(axis=0) + direction
    np.testing.assert_allclose(moved, POINTS[y == "yes"].mean(axis=0))


def test_of_several_classes_one_is_told_from_all_others():
    y = np.repeat([0, 1, 2], 200)
    expected = POINTS[y == 1].mean(axis=0) - POINTS[y != 1].mean(axis=0)
    np.testing.assert_allclose(find_direction(POINTS, y, 1, "mean_difference"), expected)


def test_a_logistic_direction_is_that_of_fishers_discriminant():
    # Two normals of equal covariance: log odds are linear, with slope covariance⁻¹ (difference of means).
    covariance = np.array([[1.0, 0.8], [0.8, 1.0]])
    means = np.array([[0.0, 0.0], [1.0, 0.0]])
    rng = np.random.default_rng(1)
    points = np.vstack([rng.multivariate_normal(mean, covariance, 20_000) for mean in means])
    direction = find_direction(points, np.repeat([0, 1], 20_000), None, "logistic")
    slope = np.linalg.solve(covariance, means[1] - means[0])
    cosine = direction @ slope / np.linalg.norm(direction) / np.linalg.norm(slope)
    assert cosine > 0.999
    apart = points[20_000:].mean(axis=0) - points[:20_000].mean(axis=0)
    along = direction / np.linalg.norm(direction)
    np.testing.assert_allclose(direction @ along, apart @ along)


def test_a_step_of_a_regression_raises_its_target_by_one():
    y = 3 + POINTS @ [2.0, -1.0, 0.0]
    direction = find_direction(POINTS, y, None, "auto")
    model = LinearRegression().fit(POINTS, y)
    raised = model.predict([direction]) - model.predict([[0, 0, 0]])
    np.testing.assert_allclose(raised, 1, rtol=1e-4)
    np.testing.assert_allclose(direction, np.array([2, -1, 0]) / 5, atol=1e-4)


def test_numbers_of_many_values_are_regressed_whole_or_not():
    y = np.arange(600) % 7
    expected = find_direction(POINTS, y.astype(float) + 0.5, None, "regression")
    np.testing.assert_allclose(find_direction(POINTS, y, None, "auto"), expected)
    a_class = find_direction(POINTS, y, 3, "auto")
    np.testing.assert_allclose(a_class, find_direction(POINTS, y == 3, True, "mean_difference"))


@pytest.mark.parametrize(
    ("y", "positive", "method", "match"),
    [
        (np.zeros(5), None, "auto", r"`y` must have shape \(600,\), got \(5,\)"),
        (
            np.repeat(["a", "b", "c"], 200),
            None,
            "auto",
            "`positive` must be given .* got 3 classes",
        ),
        (np.arange(600) % 2, 7, "logistic", "`y` must have rows of class 7 and rows of others"),
        (np.arange(600) % 2, None, "steepest", "`method` must be one of .* got 'steepest'"),
        (np.repeat("a", 600), None, "regression", "`y` must be numbers for a regression"),
        (np.full(600, np.nan), None, "regression", "`y` must be finite for a regression"),
        (np.ones(600), None, "regression", "`y` must depend on the latents"),
    ],
)
def test_what_has_no_direction_is_refused(y, positive, method, match):
    with pytest.raises(ValueError, match=match):
        find_direction(POINTS, y, positive, method)


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

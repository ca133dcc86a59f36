import numpy as np
import pandas as pd
import pytest
from scipy.optimize import minimize

from vaesynth.applications import DesignResult, LatentDesigner

STARTS = pd.DataFrame({"a": [0.0, 1.0, -1.0], "b": [0.0, 1.5, 0.5]})


@pytest.fixture(scope="module")
def designer(plane):
    X, model = plane
    return LatentDesigner(model).fit(X)


def distance_to(a, b):
    return lambda rows: np.hypot(rows["a"] - a, rows["b"] - b)


def test_the_lowest_point_is_found_from_every_start(designer):
    result = designer.optimize(distance_to(0.5, -0.3), STARTS, random_state=0)
    np.testing.assert_allclose(result.rows, [[0.5, -0.3]] * 3, atol=1e-3)
    np.testing.assert_allclose(result.values, distance_to(0.5, -0.3)(result.rows))
    np.testing.assert_allclose(designer.model_.transform(result.rows), result.points, atol=1e-9)
    assert result.is_feasible.all()
    assert (result.n_evaluations <= 3000).all()


def test_a_constrained_optimum_is_that_of_a_solver_with_gradients(designer):
    result = designer.optimize(
        distance_to(2, 1),
        STARTS,
        bounds={"b": (None, 0.5)},
        constraints=lambda rows: 1 - rows["a"] - rows["b"],
        random_state=0,
    )
    expected = minimize(
        lambda x: np.hypot(x[0] - 2, x[1] - 1),
        [0, 0],
        method="SLSQP",
        bounds=[(None, None), (None, 0.5)],
        constraints={"type": "ineq", "fun": lambda x: 1 - x[0] - x[1]},
    )
    np.testing.assert_allclose(result.values, expected.fun, rtol=2e-3)
    np.testing.assert_allclose(result.rows, [expected.x] * 3, atol=0.05)


def test_fixed_columns_stay_those_of_the_start(designer):
    result = designer.optimize(distance_to(0.5, -0.3), STARTS, fixed=["b"], random_state=0)
    np.testing.assert_array_equal(result.rows["b"], STARTS["b"])
    np.testing.assert_allclose(result.rows["a"], 0.5, atol=1e-3)


def test_points_stay_near_those_of_real_rows(designer, plane):
    X, model = plane
    near = designer.optimize(lambda rows: -rows["a"], STARTS, trust_radius=0.5, random_state=0)
    points = model.transform(X)
    points, found = points / points.std(axis=0), near.points / points.std(axis=0)
    own = np.linalg.norm(points[:, None] - points, axis=2)
    usual = np.quantile(np.sort(own, axis=1)[:, 1], 0.95)
    assert (np.linalg.norm(found[:, None] - points, axis=2).min(axis=1) <= 0.5 * usual).all()
    free = designer.optimize(lambda rows: -rows["a"], STARTS, trust_radius=None, random_state=0)
    assert (free.values < near.values).all()


def test_a_search_ends_at_its_target(designer):
    result = designer.optimize(distance_to(0.5, -0.3), STARTS, target=0.2, random_state=0)
    assert result.has_reached.all()
    assert (result.values <= 0.2).all()
    whole = designer.optimize(distance_to(0.5, -0.3), STARTS, random_state=0)
    assert (result.n_evaluations < whole.n_evaluations).all()
    assert not whole.has_reached.any()


def test_a_start_that_is_at_the_target_stays_as_it_is(designer):
    result = designer.optimize(distance_to(0, 0), STARTS, target=0.0)
    pd.testing.assert_frame_equal(result.rows.iloc[:1], STARTS.iloc[:1])
    assert result.n_evaluations[0] == 1


def test_no_search_ends_worse_than_it_started(designer):
    rng = np.random.default_rng(0)
    bumpy = {tuple(row): value for row, value in zip(STARTS.to_numpy(), (-9, -8, -7), strict=True)}

    def objective(rows):
        return np.array([bumpy.get(tuple(row), rng.random()) for row in rows.to_numpy()])

    result = designer.optimize(objective, STARTS, max_evaluations=50)
    assert result.values.tolist() == [-9, -8, -7]
    assert (result.n_evaluations == 50).all()


def test_what_cannot_be_kept_to_is_said(designer):
    result = designer.optimize(
        distance_to(0, 0), STARTS, bounds={"a": (50, 60)}, target=9.0, max_evaluations=200
    )
    assert not result.is_feasible.any()
    assert not result.has_reached.any()
    # Of rows outside the limits the one that violates them least.
    assert (result.rows["a"] > STARTS["a"]).all()
    with pytest.raises(ValueError, match="must keep to all limits, got none among 3"):
        _ = result.best


def test_the_best_is_the_lowest_that_is_feasible():
    empty = np.zeros((3, 1))
    result = DesignResult(
        empty,
        empty,
        np.array([2.0, 1.0, 0.0]),
        np.array([True, True, False]),
        np.zeros(3, dtype=bool),
        empty,
        np.ones(3),
    )
    assert result.best == 1


def test_the_objective_sees_rows_within_the_limits_alone(designer):
    def objective(rows):
        assert (rows["a"] <= 0.2).all()
        return -rows["a"]

    start = STARTS.iloc[[0]]
    result = designer.optimize(objective, start, bounds={"a": (None, 0.2)}, random_state=0)
    np.testing.assert_allclose(result.values, -0.2, atol=1e-3)


def test_the_same_seed_gives_the_same_rows(designer):
    first, again, other = (
        designer.optimize(distance_to(0.5, 0.5), n_starts=4, max_evaluations=200, random_state=seed)
        for seed in (0, 0, 1)
    )
    pd.testing.assert_frame_equal(first.rows, again.rows)
    pd.testing.assert_frame_equal(first.starts, again.starts)
    assert not first.starts.equals(other.starts)
    assert len(first.starts.drop_duplicates()) == 4


def test_a_start_is_searched_alike_with_and_without_those_after_it(designer):
    few = designer.optimize(distance_to(3, 3), STARTS[:2], max_evaluations=300, random_state=0)
    all_ = designer.optimize(distance_to(3, 3), STARTS, max_evaluations=300, random_state=0)
    pd.testing.assert_frame_equal(few.rows, all_.rows[:2])


def test_another_optimizer_takes_the_search_over(designer):
    seen = []

    def pattern_search(energy, start, box, rng):
        seen.append((start.shape, box.shape))
        step = 1.0
        while step > 1e-5:
            points = start + step * np.array([[0, 0], [0, 1], [0, -1], [1, 0], [-1, 0]])
            best = energy(points).argmin()
            start, step = points[best], step if best else step / 2

    result = designer.optimize(distance_to(0.5, -0.3), STARTS, optimizer=pattern_search)
    assert seen == [((2,), (2, 2))] * 3
    np.testing.assert_allclose(result.values, 0, atol=1e-3)


def test_images_are_optimised_as_arrays(linear_coder):
    images = np.random.default_rng(0).normal(size=(200, 2, 2))
    designer = LatentDesigner(linear_coder(np.eye(4)).fit(images)).fit(images)
    result = designer.optimize(
        lambda found: np.abs(found.sum(axis=(1, 2)) - 1), images[:2], target=0.01, random_state=0
    )
    assert result.rows.shape == (2, 2, 2)
    np.testing.assert_allclose(result.rows.sum(axis=(1, 2)), 1, atol=0.01)
    with pytest.raises(TypeError, match="must be a DataFrame or a two-dimensional ndarray"):
        designer.optimize(lambda found: found[:, 0, 0], images[:2], fixed=[0])


@pytest.mark.parametrize(
    ("argument", "value", "error", "match"),
    [
        ("objective", 3, TypeError, "`objective` must be callable, got 3"),
        ("optimizer", "cma", TypeError, "`optimizer` must be callable, got 'cma'"),
        ("trust_radius", 0, ValueError, "`trust_radius` must be above 0 or None, got 0"),
        ("target", np.nan, ValueError, "`target` must be a finite number or None, got nan"),
        ("max_evaluations", 0, ValueError, "`max_evaluations` must be an integer of at least 1"),
        ("fixed", ["z"], ValueError, "`fixed` must name columns of"),
        ("y", "x", ValueError, "`y` must be None for a model without classes"),
        ("objective", len, ValueError, "`objective` must give one value for each"),
        ("objective", lambda rows: rows["a"] * np.nan, ValueError, "must give numbers, got NaN"),
        ("objective", lambda rows: rows["a"] - 1e31, ValueError, "must give numbers below 1e"),
    ],
)
def test_what_cannot_be_searched_is_refused(designer, argument, value, error, match):
    arguments = {"objective": distance_to(0, 0), "X": STARTS, argument: value}
    with pytest.raises(error, match=match):
        designer.optimize(**arguments)


def test_a_number_of_starts_is_at_least_one(designer):
    with pytest.raises(ValueError, match="`n_starts` must be an integer of at least 1, got 0"):
        designer.optimize(distance_to(0, 0), n_starts=0)

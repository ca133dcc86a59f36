"""Coordinates of mixed columns, whitening and neighbours, against what numpy and scipy say."""

import numpy as np
import pandas as pd
import pytest
from scipy.spatial.distance import cdist

from vaesynth.applications import DistanceColumns, LocalDistance, Whitening
from vaesynth.tabular import Table, TableEncoder


def read(X):
    """Return the columns of a table that is learned, and its content."""
    tables = TableEncoder(categorical_features=None)
    table = tables.fit_transform(X)
    numbers, categories = (
        np.array([spec.position for spec in specs], dtype=int)
        for specs in (tables.schema_.numbers, tables.schema_.categoricals)
    )
    return DistanceColumns.fit(table, numbers, categories), table


@pytest.fixture(scope="module")
def rows():
    return np.random.default_rng(0).normal(size=(60, 3))


def test_numbers_are_in_standard_deviations_and_categories_one_apart():
    X = pd.DataFrame({"c": ["x", "y", "z", "x"], "a": [1.0, 2.0, 4.0, 9.0]})
    learned, table = read(X)
    assert learned.columns.tolist() == [1, 0, 0, 0]
    plain = learned.plain(table)
    np.testing.assert_allclose(plain[:, 0], (X["a"] - 4) / X["a"].std(ddof=0))
    np.testing.assert_array_equal(
        cdist(plain[:, 1:], plain[:, 1:], "cityblock"),
        X["c"].to_numpy()[:, None] != X["c"].to_numpy(),
    )


def test_a_gap_is_the_mean_and_says_that_it_is_one():
    learned, table = read(np.array([[1.0, 5.0], [np.nan, 6.0], [3.0, 9.0]]))
    assert learned.columns.tolist() == [0, 1, 0]
    assert learned.plain(table)[:, 0].tolist() == [-1, 0, 1]
    assert learned.plain(table)[:, 2].tolist() == [0, 1, 0]


def test_one_number_far_off_does_not_draw_the_others_together():
    x = np.append(np.random.default_rng(0).normal(size=999), 1e12)[:, None]
    learned, table = read(x)
    assert learned.plain(table)[:-1].std() < 1e-9
    inner = learned.robust(table)[:-1]
    np.testing.assert_allclose(inner.std(), np.arcsinh(x[:-1]).std(), rtol=0.1)
    assert inner.max() < learned.robust(table)[-1] < 40


def test_a_spike_leaves_a_finite_scale():
    learned, table = read(np.array([0.0] * 999 + [5.0])[:, None])
    for coordinates in (learned.plain(table), learned.robust(table)):
        assert np.isfinite(coordinates).all()
        assert 0 < np.ptp(coordinates) < 50


def test_the_largest_floats_have_coordinates():
    learned, table = read(np.array([[1e308, 1e-320], [-1e308, 0.0], [3.0, 2e-320]]))
    assert np.isfinite(learned.plain(table)).all()
    np.testing.assert_allclose(learned.plain(table)[:2, 0], [1.5**0.5, -(1.5**0.5)])
    far = Table(np.array([[np.finfo(float).max, 1e300]]), np.zeros((1, 0), dtype=int))
    assert (learned.plain(far) <= 1e6).all()


def test_only_the_most_frequent_levels_have_a_coordinate():
    names = [f"n{i}" for i in range(300)] + ["often"] * 5
    learned, table = read(pd.DataFrame({"name": names}))
    assert len(learned.columns) == 200
    assert learned.plain(table)[-1].sum() == 0.5


def test_whitening_is_the_symmetric_root_of_the_inverse_covariance():
    rng = np.random.default_rng(0)
    rows = rng.normal(size=(500, 4)) @ rng.normal(size=(4, 4))
    covariance = np.cov(rows.T, ddof=0)
    ridge = 0.1 * np.trace(covariance) / 4 * np.eye(4)
    values, vectors = np.linalg.eigh(covariance + ridge)
    root = vectors / np.sqrt(values) @ vectors.T
    white = Whitening.fit(rows)
    np.testing.assert_allclose(white.apply(rows), (rows - rows.mean(axis=0)) @ root, atol=1e-9)
    # The same from the products of rows, where there are fewer of those.
    few = rows[:3]
    covariance = np.cov(few.T, ddof=0)
    values, vectors = np.linalg.eigh(covariance + 0.1 * np.trace(covariance) / 4 * np.eye(4))
    root = vectors / np.sqrt(values) @ vectors.T
    expected = (rows - few.mean(axis=0)) @ root
    np.testing.assert_allclose(Whitening.fit(few).apply(rows), expected, atol=1e-9)


def test_coordinates_after_the_learned_ones_stay(rows):
    white = Whitening.fit(rows[:, :2]).apply(rows)
    np.testing.assert_array_equal(white[:, :2], Whitening.fit(rows[:, :2]).apply(rows[:, :2]))
    np.testing.assert_array_equal(white[:, 2], rows[:, 2])


def test_rows_that_are_all_equal_can_be_whitened():
    rows = np.ones((5, 3))
    assert (Whitening.fit(rows).apply(rows) == 0).all()


@pytest.mark.parametrize("n_columns", [3, 12])  # by a tree, and by comparing with all rows
def test_distances_are_those_of_scipy(n_columns):
    rows = np.random.default_rng(0).normal(size=(80, n_columns))
    new = np.random.default_rng(1).normal(size=(20, n_columns))
    learned = LocalDistance(rows)

    def mean_distance(left, skip):
        order = np.argsort(cdist(left, rows), axis=1)[:, skip : skip + 10]
        return np.take_along_axis(cdist(left, rows, "cityblock"), order, axis=1).mean(axis=1), order

    of_rows, _ = mean_distance(rows, 1)
    expected, order = mean_distance(new, 0)
    found = learned.nearness(new)
    assert learned.usual == pytest.approx(np.median(of_rows))
    np.testing.assert_allclose(found.differences.sum(axis=1), expected)
    around = np.log(of_rows / learned.usual + 0.1)[order].mean(axis=1)
    np.testing.assert_allclose(found.around, around)
    np.testing.assert_allclose(
        learned.nearness(rows, np.arange(80)).differences.sum(axis=1), of_rows
    )


def test_one_copy_of_a_row_is_left_out_and_no_more(rows):
    twice = LocalDistance(np.vstack([rows, rows[:1]]))
    at_first = twice.nearness(rows[:1], leaves_out_copy=True).differences
    np.testing.assert_allclose(at_first, LocalDistance(rows).nearness(rows[:1]).differences)
    itself = twice.nearness(rows[1:2], leaves_out_copy=True).differences
    np.testing.assert_allclose(itself, twice.nearness(rows[1:2], np.array([1])).differences)


def test_a_row_has_the_same_neighbours_in_any_batch_also_among_ties():
    rng = np.random.default_rng(0)
    learned = LocalDistance(rng.integers(0, 2, (300, 12)).astype(float))
    new = rng.integers(0, 2, (70, 12)).astype(float)
    together = learned.nearness(new).around
    alone = np.concatenate([learned.nearness(row[None]).around for row in new])
    np.testing.assert_allclose(alone, together, rtol=1e-12)


@pytest.mark.parametrize("n_rows", [1, 2, 3])
def test_few_rows_are_their_own_neighbours_at_worst(n_rows, rows):
    learned = LocalDistance(rows[:n_rows])
    assert np.isfinite(learned.log_ratio(learned.nearness(rows).differences.sum(axis=1))).all()

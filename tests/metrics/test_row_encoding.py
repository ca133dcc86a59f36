"""Encoded rows: what distances must be, and neighbours against brute force."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial.distance import cdist

from vaesynth.metrics._row_encoding import (
    encode_rows,
    nearest_distances,
    own_nearest_distances,
)


def distance(real, first, second):
    points = encode_rows([real, first, second])
    return np.linalg.norm(points[1] - points[2], axis=1)


def test_every_column_weighs_alike(real, fresh):
    # Two numbers at random are a squared distance of 1 apart on average, as are two categories that differ.
    for name in ("size", "weight"):
        square = distance(real[[name]], real[[name]], fresh[[name]]) ** 2
        assert square.mean() == pytest.approx(1, abs=0.1)
    city = pd.DataFrame({"city": ["Rome", "Oslo", None]})
    np.testing.assert_allclose(distance(city, city, city.iloc[[1, 2, 0]]), 1)
    np.testing.assert_allclose(distance(city, city, city), 0)


def test_many_levels_take_bounded_space_and_stay_apart():
    names = pd.DataFrame({"name": [f"n{i}" for i in range(2000)]})
    (points,) = encode_rows([names])
    assert points.shape[1] == 64
    apart = np.linalg.norm(points[1:] - points[:-1], axis=1)
    assert 0.6 < apart.min() <= apart.max() < 1.4


def test_ranks_do_not_change_under_monotone_maps(real, fresh):
    first = encode_rows([real[["size"]], fresh[["size"]].clip(*real["size"].agg(["min", "max"]))])[
        0
    ]
    second = encode_rows([np.exp(real[["size"]])])[0]
    np.testing.assert_allclose(first, second)


def test_numbers_beyond_the_range_lie_beyond_it():
    real = np.array([[0.0], [1.0], [2.0]])
    points = encode_rows([real, np.array([[3.0], [-2.0], [1.0]])])
    assert points[1][0, 0] > points[0].max() > points[1][2, 0] > points[0].min() > points[1][1, 0]


def test_a_missing_number_differs_from_every_number():
    real = np.array([[0.0], [1.0], [2.0], [np.nan]])
    assert (distance(real, real[:3], real[[3, 3, 3]]) >= 1).all()
    assert distance(real, real[3:], real[3:]) == 0


@settings(max_examples=25)
@given(st.integers(0, 2**32 - 1), st.integers(1, 4))
def test_neighbours_are_those_of_brute_force(seed, k):
    rng = np.random.default_rng(seed)
    points, reference = rng.integers(0, 4, (30, 2)) / 2, rng.integers(0, 4, (20, 2)) / 2
    expected = np.sort(cdist(points, reference), axis=1)[:, k - 1]
    np.testing.assert_allclose(nearest_distances(points, reference, k), expected, atol=1e-7)
    among = cdist(points, points)
    np.fill_diagonal(among, np.inf)
    own = np.sort(among, axis=1)[:, k - 1]
    np.testing.assert_allclose(own_nearest_distances(points, k), own, atol=1e-7)


def test_equal_points_are_exactly_at_distance_zero():
    points = np.random.default_rng(0).normal(1e3, 1, size=(50, 7))
    assert (nearest_distances(points, points) == 0).all()

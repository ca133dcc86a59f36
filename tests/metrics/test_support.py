"""Support scores against the closed forms for equal distributions, brute force and planted damage."""

import numpy as np
import pytest
from scipy.spatial.distance import cdist

from vaesynth.metrics import precision_recall_coverage
from vaesynth.metrics._row_encoding import encode_rows


@pytest.fixture(scope="module")
def same(real, fresh):
    return precision_recall_coverage(real, fresh)


def test_equal_distributions_have_the_values_that_theory_gives(same):
    assert same.alpha_precision > 0.95
    assert same.density == pytest.approx(1, abs=0.1)
    expected = 1 - 2.0**-5
    assert same.coverage == pytest.approx(expected, abs=0.03)
    assert same.beta_recall == pytest.approx(expected, abs=0.06)


def test_fewer_neighbours_cover_less(real, fresh):
    for k in (1, 2):
        scores = precision_recall_coverage(real, fresh, k_neighbors=k)
        assert scores.coverage == pytest.approx(1 - 2.0**-k, abs=0.07)


def test_density_and_coverage_are_those_of_the_definition(real, fresh):
    known, made = encode_rows([real[:80], fresh[:50]])
    among = cdist(known, known)
    np.fill_diagonal(among, np.inf)
    reach = np.sort(among, axis=1)[:, 2]
    inside = cdist(made, known) <= reach
    scores = precision_recall_coverage(real[:80], fresh[:50], k_neighbors=3)
    assert scores.density == pytest.approx(inside.sum() / (3 * 50))
    assert scores.coverage == pytest.approx(inside.any(axis=0).mean())


def test_a_mode_that_is_left_out_costs_recall_and_coverage(same, real, fresh):
    one = fresh[fresh["city"] == "Bern"].sample(600, replace=True, random_state=0)
    scores = precision_recall_coverage(real, one)
    assert scores.coverage < 0.8 * same.coverage
    assert scores.beta_recall < 0.8 * same.beta_recall


def test_rows_that_are_not_real_cost_precision_and_density(same, real, fresh):
    far = fresh.assign(size=fresh["size"] * 9, weight=-9 * fresh["weight"])
    scores = precision_recall_coverage(real, far)
    assert scores.alpha_precision < 0.8 * same.alpha_precision
    assert scores.density < 0.8 * same.density


def test_only_typical_rows_are_no_perfect_precision(same, real):
    typical = real.assign(size=0.0, weight=0.0, price=real["price"].median())
    assert precision_recall_coverage(real, typical).alpha_precision < same.alpha_precision - 0.1


def test_bad_counts_are_refused(real):
    with pytest.raises(ValueError, match="`k_neighbors` must be at least 1, got 0"):
        precision_recall_coverage(real, real, k_neighbors=0)
    with pytest.raises(ValueError, match="more real rows than `k_neighbors`=5, got 5"):
        precision_recall_coverage(real[:5], real)

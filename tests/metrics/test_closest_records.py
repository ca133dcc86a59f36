"""Share of closest records: half where nothing is remembered, all where rows are copied."""

import numpy as np
import pytest

from vaesynth.metrics import closest_record_share


def test_fresh_rows_are_as_near_to_either_table(real, holdout, make_table):
    assert closest_record_share(real, holdout, make_table(2000, 9)) == pytest.approx(0.5, abs=0.04)


def test_copies_are_nearest_to_what_they_copy(real, holdout, noisy):
    assert closest_record_share(real, holdout, real) == 1
    assert closest_record_share(holdout, real, real) == 0
    assert closest_record_share(real, holdout, noisy) > 0.95


def test_the_larger_table_has_no_advantage(make_table):
    train, holdout, fresh = make_table(2000, 5), make_table(250, 6), make_table(1500, 7)
    shares = [closest_record_share(train, holdout, fresh, random_state=seed) for seed in range(4)]
    assert np.mean(shares) == pytest.approx(0.5, abs=0.05)


def test_ties_count_a_half(real):
    assert closest_record_share(real, real, real) == 0.5

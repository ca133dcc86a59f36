"""Shapes against scipy, hand-made shares and planted damage; SDMetrics is asked beside."""

import numpy as np
import pandas as pd
import pytest
from scipy.stats import ks_2samp

from vaesynth.metrics import column_shape_score, column_shape_scores


def test_numbers_are_scored_by_scipys_statistic(real, fresh):
    expected = 1 - ks_2samp(real["price"].dropna(), fresh["price"].dropna()).statistic
    assert column_shape_scores(real, fresh)["price"] == pytest.approx(expected)


def test_categories_are_scored_by_their_shares():
    real = pd.DataFrame({"a": ["x"] * 6 + ["y"] * 4 + [None] * 5})
    synthetic = pd.DataFrame({"a": ["x"] * 2 + ["z"] * 2})
    # Half of |0.6 - 0.5| + |0.4 - 0| + |0 - 0.5|.
    assert column_shape_score(real, synthetic) == pytest.approx(0.5)


def test_fresh_rows_score_high_and_damage_shows_in_its_column_alone(real, fresh):
    scores = column_shape_scores(real, fresh)
    assert scores.min() > 0.9
    damaged = column_shape_scores(real, fresh.assign(weight=fresh["weight"] + 3, city="Rome"))
    assert damaged["weight"] < 0.6
    assert damaged["city"] < 0.4
    untouched = ["size", "price", "flag", "day"]
    assert damaged[untouched].equals(scores[untouched])
    assert column_shape_score(real, fresh) == pytest.approx(scores.mean())


def test_a_column_without_values_has_no_score(real):
    scores = column_shape_scores(real, real.assign(size=np.nan))
    assert np.isnan(scores["size"])
    assert column_shape_score(real, real.assign(size=np.nan)) == 1

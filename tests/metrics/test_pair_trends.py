"""Trends against numpy's correlation, hand-made tables and planted damage; SDMetrics is asked beside."""

import numpy as np
import pandas as pd
import pytest

from vaesynth.metrics import pair_trend_score, pair_trend_scores


def test_two_numbers_are_scored_by_their_correlations(real, fresh):
    correlations = [frame[["weight", "price"]].corr().iloc[0, 1] for frame in (real, fresh)]
    expected = 1 - abs(correlations[0] - correlations[1]) / 2
    assert pair_trend_scores(real, fresh).loc["price", "weight"] == pytest.approx(expected)


def test_other_pairs_are_scored_by_their_joint_shares():
    real = pd.DataFrame({"a": [0.0, 10.0, np.nan, 10.0], "b": ["x", "x", "x", None]})
    synthetic = pd.DataFrame({"a": [-5.0, 99.0], "b": ["x", "x"]})
    # Cells beyond the real range fall into the outer bins: two quarters against two halves.
    score = pair_trend_score(real, synthetic, categorical_features=["b"])
    assert score == pytest.approx(0.5)


def test_fresh_rows_score_high_and_shuffled_columns_low(real, fresh, shuffled):
    scores, broken = pair_trend_scores(real, fresh), pair_trend_scores(real, shuffled)
    assert np.nanmin(scores.to_numpy()) > 0.75
    assert broken.loc["size", "weight"] < 0.6 < 0.95 < scores.loc["size", "weight"]
    assert broken.loc["size", "city"] < 0.7 < scores.loc["size", "city"]
    assert pair_trend_score(real, shuffled) < pair_trend_score(real, fresh) < 1


def test_it_is_symmetric_and_empty_on_the_diagonal(real, fresh):
    scores = pair_trend_scores(real, fresh)
    np.testing.assert_array_equal(scores, scores.T)
    assert np.isnan(np.diag(scores)).all()


def test_pairs_without_a_correlation_have_no_score(real):
    scores = pair_trend_scores(real, real.assign(size=1.0))
    assert np.isnan(scores.loc["size", "weight"])
    assert np.isfinite(scores.loc["size", "city"])
    assert np.isnan(pair_trend_score(real[["size"]], real[["size"]]))

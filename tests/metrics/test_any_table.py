"""Whole tables of every column kind at once, through the metrics of two tables."""

import datetime

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from random_tables import build_table, tables
from vaesynth.metrics import (
    closest_record_share,
    column_shape_scores,
    copy_shares,
    membership_inference_auc,
    pair_trend_scores,
    precision_recall_coverage,
)

TABLES = tables(min_rows=6)


def halve(X):
    return X[::2], X[1::2]


@settings(max_examples=60)
@given(X=TABLES)
@example(X=build_table({"datetime64[s]": [datetime.datetime(2000, 1, 1)] * 6}))
@example(X=build_table({"float64": [0.0] * 10, "int8": [-63, -16, 0, -1, 0, -1, 94, -1, 0, -1]}))
def test_fidelity_is_a_share(X):
    real, synthetic = halve(X)
    for scores in (
        column_shape_scores(real, synthetic).to_numpy(),
        pair_trend_scores(real, synthetic).to_numpy(),
    ):
        known = scores[~np.isnan(scores)]
        assert ((known >= 0) & (known <= 1)).all()


@settings(max_examples=60)
@given(X=TABLES, quantile=st.floats(0, 1))
def test_copies_are_found_whatever_the_columns(X, quantile):
    shares = copy_shares(*halve(X), quantile=quantile)
    assert 0 <= shares.exact <= shares.exact + shares.near <= 1
    assert copy_shares(X, X, quantile=quantile).exact == 1


@settings(max_examples=60)
@given(X=TABLES)
def test_the_nearest_records_are_found_whatever_the_columns(X):
    real, other = halve(X)
    assert closest_record_share(real, real, other) == 0.5
    assert 0.5 <= closest_record_share(real, other, real) <= 1
    assert 0.5 <= membership_inference_auc(real, other, real) <= 1


@settings(max_examples=60)
@given(X=TABLES)
def test_the_support_is_compared_whatever_the_columns(X):
    scores = precision_recall_coverage(*halve(X), k_neighbors=1)
    assert all(np.isfinite(scores))
    assert scores.coverage <= 1
    assert precision_recall_coverage(X, X, k_neighbors=1).coverage == 1


@pytest.mark.parametrize("numbers", [[0.0, 1e-320], [-1.7e308, 1.7e308], [1.0, 1.0]], ids=str)
def test_numbers_far_beyond_those_of_the_reference_have_a_distance(numbers):
    real = np.array(numbers)[:, None]
    far = np.array([[1e308], [-1e308], [0.5]])
    assert 0 <= closest_record_share(real, real + 1, far) <= 1
    assert copy_shares(real, far).exact == 0

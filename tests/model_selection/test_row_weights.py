"""Synthetic rows weigh what `synthetic_weight` says, real rows what they weighed."""

import numpy as np
import pytest
from imblearn.combine import SMOTEENN
from imblearn.over_sampling import SMOTE, RandomOverSampler
from imblearn.under_sampling import RandomUnderSampler
from numpy.testing import assert_allclose, assert_array_equal
from sklearn import config_context
from sklearn.datasets import make_classification
from sklearn.linear_model import LogisticRegression
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from vaesynth.model_selection._row_weights import (
    synthetic_rows,
    weight_parameter,
    weights_after_resampling,
    weights_at_real_shares,
)


@pytest.fixture(scope="module")
def table():
    return make_classification(150, n_features=5, weights=[0.85], flip_y=0, random_state=0)


def test_a_synthetic_row_weighs_its_share_of_the_mean_of_its_class(table):
    X, y = table
    weights = np.linspace(1, 2, len(y))
    sampler = SMOTE(random_state=0)
    y_resampled = sampler.fit_resample(X, y)[1]
    carried = weights_after_resampling(sampler, weights, y, y_resampled, 0.3)
    assert_array_equal(carried[: len(y)], weights)
    assert_allclose(carried[len(y) :], 0.3 * weights[y == 1].mean())


def test_a_copy_weighs_its_share_of_its_original(table):
    X, y = table
    weights = np.linspace(1, 2, len(y))
    sampler = RandomOverSampler(random_state=0)
    y_resampled = sampler.fit_resample(X, y)[1]
    carried = weights_after_resampling(sampler, weights, y, y_resampled, 0.5)
    originals = weights[sampler.sample_indices_]
    assert_array_equal(carried[: len(y)], weights)
    assert_allclose(carried[len(y) :], 0.5 * originals[len(y) :])


@pytest.mark.parametrize(
    "sampler", [SMOTE(random_state=0), RandomOverSampler(random_state=0), RandomUnderSampler()]
)
def test_real_shares_stay_whatever_the_sampler_adds_or_takes(table, sampler):
    X, y = table
    given = np.linspace(1, 2, len(y))
    y_resampled = sampler.fit_resample(X, y)[1]
    weights = weights_at_real_shares(sampler, given, y, y_resampled)
    assert_allclose(np.bincount(y_resampled, weights), np.bincount(y, given))


def test_at_real_shares_new_rows_weigh_15_percent_of_their_class(table):
    X, y = table
    sampler = SMOTE(random_state=0)
    y_resampled = sampler.fit_resample(X, y)[1]
    weights = weights_at_real_shares(sampler, np.ones(len(y)), y, y_resampled)
    assert_allclose(weights[: len(y)], np.where(y == 1, 0.85, 1))
    assert_allclose(weights[len(y) :].sum(), 0.15 * (y == 1).sum())


def test_an_under_sampler_adds_no_rows(table):
    X, y = table
    sampler = RandomUnderSampler(random_state=0)
    n_kept = len(sampler.fit_resample(X, y)[1])
    assert not synthetic_rows(sampler, len(y), n_kept).any()


def test_a_sampler_that_does_not_tell(table):
    X, y = table
    sampler = SMOTEENN(random_state=0)
    n_resampled = len(sampler.fit_resample(X, y)[1])
    with pytest.raises(ValueError, match="tells which rows it returns"):
        synthetic_rows(sampler, len(y), n_resampled)


def test_the_argument_that_takes_weights():
    model = make_pipeline(StandardScaler(), LogisticRegression())
    assert weight_parameter(LogisticRegression()) == "sample_weight"
    assert weight_parameter(model) == "logisticregression__sample_weight"
    assert weight_parameter(KNeighborsClassifier()) is None
    assert weight_parameter(make_pipeline(StandardScaler(), KNeighborsClassifier())) is None
    with config_context(enable_metadata_routing=True):
        assert weight_parameter(model) is None

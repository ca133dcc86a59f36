"""`ResampledRegressor` is a scikit-learn regressor that resamples in `fit` only."""

import numpy as np
import pandas as pd
import pytest
from sklearn.base import BaseEstimator
from sklearn.ensemble import HistGradientBoostingRegressor
from sklearn.linear_model import LinearRegression
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils.estimator_checks import parametrize_with_checks

from relevances import above_median
from vaesynth import CVAE, CVAERegressionSampler, ResampledRegressor

RNG = np.random.default_rng(0)
X = RNG.normal(size=(120, 3))
Y = np.exp(X[:, 0])


class Doubling(BaseEstimator):
    """Give every row twice."""

    def fit_resample(self, X, y):
        return np.concatenate([X, X]), np.concatenate([y, y])


TINY = CVAERegressionSampler(
    model=CVAE(hidden_layer_sizes=(4,), latent_dim=1, max_iter=1),
    relevance=above_median,
    ratio=3.0,
    n_candidates=1,
    random_state=0,
)


@parametrize_with_checks(
    [
        ResampledRegressor("passthrough", LinearRegression()),
        ResampledRegressor(TINY, LinearRegression()),
    ]
)
def test_scikit_learns_checks(estimator, check):
    check(estimator)


def test_the_regressor_learns_from_the_resampled_rows_only():
    X_res, y_res = TINY.fit_resample(X, Y)
    model = ResampledRegressor(TINY, LinearRegression()).fit(X, Y)
    expected = LinearRegression().fit(X_res, y_res)
    np.testing.assert_array_equal(model.predict(X), expected.predict(X))
    assert model.sampler_ is not TINY


def test_passthrough_is_the_regressor_itself():
    model = ResampledRegressor("passthrough", LinearRegression()).fit(X, Y)
    np.testing.assert_array_equal(model.predict(X), LinearRegression().fit(X, Y).predict(X))


def test_the_default_takes_gaps_and_categories():
    frame = pd.DataFrame(X, columns=list("abc")).mask(X > 1.5)
    frame["kind"] = pd.Categorical(np.where(X[:, 1] > 0, "x", "y"))
    model = ResampledRegressor(CVAERegressionSampler(model=TINY.model, random_state=0))
    model.fit(frame, Y)
    assert isinstance(model.regressor_, HistGradientBoostingRegressor)
    assert model.feature_names_in_.tolist() == ["a", "b", "c", "kind"]
    assert model.predict(frame).shape == (120,)


def test_it_ends_a_plain_pipeline_that_is_searched():
    pipeline = make_pipeline(StandardScaler(), ResampledRegressor(Doubling(), LinearRegression()))
    assert cross_val_score(pipeline, X, Y, cv=3).shape == (3,)
    grid = {"resampledregressor__sampler": ["passthrough", Doubling()]}
    search = GridSearchCV(pipeline, grid, cv=2).fit(X, Y)
    assert search.cv_results_["mean_test_score"].shape == (2,)


def test_what_is_no_target_is_refused():
    with pytest.raises(ValueError, match="requires y to be passed"):
        ResampledRegressor(Doubling()).fit(X, None)
    with pytest.raises(ValueError, match="NaN"):
        ResampledRegressor(Doubling()).fit(X, np.where(Y > 2, np.nan, Y))

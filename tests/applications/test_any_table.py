"""Whole tables of every column kind at once, through the applications."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import example, given, settings

from random_tables import ALL_KINDS, build_table, tables
from vaesynth import VAE
from vaesynth.applications import VAEImputer, VAEOutlierDetector

TINY = VAE(max_iter=1, hidden_layer_sizes=(4,), latent_dim=1)


@pytest.mark.filterwarnings("ignore::vaesynth.PosteriorCollapseWarning")
@settings(max_examples=25)
@given(X=tables(min_rows=3, kinds=tuple(ALL_KINDS)))
@example(
    X=build_table(
        {"float64, NaN": [0.0, None, 1.0, 1.7976931348623157e308, -1.797693134862314e308]}
    )
)
@example(
    X=build_table({"float64, NaN": [0.0, None, 0.0, 5e-324, 2e-323], "float64": [0.0, 1, 2, 3, 4]})
)
def test_gaps_of_any_table_are_filled_and_the_rest_stays(X):
    for completed in (
        VAEImputer(TINY, random_state=0).fit(X).transform(X),
        VAEImputer(TINY, sample_posterior=True, random_state=0).fit(X).transform(X),
    ):
        assert completed.dtypes.equals(X.dtypes)
        for name in X.columns:
            there = X[name].notna()
            pd.testing.assert_series_equal(completed.loc[there, name], X.loc[there, name])
            assert completed[name].notna().all() or not there.any()


@pytest.mark.filterwarnings("ignore::vaesynth.PosteriorCollapseWarning")
@pytest.mark.filterwarnings("ignore:at a false alarm rate of 0.05 no row can be an outlier")
@pytest.mark.parametrize("method", ["neighbors", "bound"])
@settings(max_examples=25)
@given(X=tables(min_rows=6, kinds=tuple(ALL_KINDS)))
@example(X=build_table({"float64": [0.0, 0.0, 0.0, 0.0, 0.0, 1.0]}))
def test_rows_of_any_table_have_a_score(method, X):
    detector = VAEOutlierDetector(TINY, method=method, random_state=0).fit(X)
    scores = detector.score_samples(X)
    assert np.isfinite(scores).all()
    assert set(detector.predict(X)) <= {-1, 1}
    parts = detector.feature_contributions(X)
    # They add up to the score but for one constant.
    rest = parts.sum(axis=1) - scores
    np.testing.assert_allclose(rest, rest.iloc[0], atol=1e-6 * np.abs(scores).max())

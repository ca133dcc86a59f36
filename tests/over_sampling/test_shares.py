"""Drift of the columns of new rows from those of their class."""

import numpy as np
import pandas as pd
import pytest
from scipy.stats import ks_2samp

from vaesynth import CVAE, CVAESampler
from vaesynth.over_sampling import ShareReport

FAST = {
    "model": CVAE(max_iter=2, hidden_layer_sizes=(4,), latent_dim=1),
    "n_candidates": 1,
    "random_state": 0,
}


@pytest.fixture
def mixed():
    rng = np.random.default_rng(0)
    y = np.repeat(["b", "a", "c"], [60, 25, 15])
    frame = pd.DataFrame(
        {"city": rng.choice(list("xyz"), 100), "age": rng.normal(size=100), "kids": y == "a"}
    )
    return frame, y


def test_the_report_is_of_each_column_and_class(mixed):
    X, y = mixed
    sampler = CVAESampler(**FAST)
    X_new, y_new = sampler.fit_resample(X, y)
    made = sampler.synthetic_mask_
    drifts = {}
    for label in ("a", "c"):
        real, new = X[y == label], X_new[made & (y_new == label)]
        drifts["age", label] = ks_2samp(real["age"], new["age"]).statistic
        for name in ("city", "kids"):
            shares = [part[name].value_counts(normalize=True) for part in (real, new)]
            drifts[name, label] = shares[0].sub(shares[1], fill_value=0).abs().sum() / 2
    report = sampler.share_report_
    np.testing.assert_allclose(report.mean_drift, np.mean(list(drifts.values())))
    np.testing.assert_allclose(report.largest_drift, max(drifts.values()))
    assert (report.column, report.label) == max(drifts, key=drifts.get)


def test_without_new_rows_nothing_moves(mixed):
    X, y = mixed
    sampler = CVAESampler(sampling_strategy={"a": 25}, **FAST)
    sampler.fit_resample(X, y)
    assert sampler.share_report_ == ShareReport(0.0, 0.0, None, None)


def test_shares_move_less_where_they_are_to_be_kept():
    """A column that tells the classes apart is exaggerated by selection, and hardly with `keep_shares`."""
    rng = np.random.default_rng(0)
    y = np.repeat([0, 1], [400, 60])
    flag = rng.random(460) < np.where(y == 1, 0.3, 0.02)
    X = pd.DataFrame({"flag": flag, "noise": rng.normal(size=460)})
    sampler = CVAESampler(random_state=0)
    moved = {}
    for keeps in (False, True):
        sampler.set_params(keep_shares=keeps).fit_resample(X, y)
        moved[keeps] = sampler.share_report_
    assert moved[False].column == "flag"
    assert moved[False].largest_drift > 0.15
    assert moved[True].largest_drift < 0.6 * moved[False].largest_drift

"""Copies of real rows: counted in every resampling, and refused where that is asked."""

import warnings

import numpy as np
import pandas as pd
import polars as pl
import pytest
from scipy import sparse
from sklearn.datasets import make_classification

from vaesynth import CVAE, CopyWarning, CVAESampler, SingleRowWarning
from vaesynth.metrics import copy_shares
from vaesynth.over_sampling import CopyReport

FAST = {"model": CVAE(max_iter=5, hidden_layer_sizes=(16,)), "random_state": 0}


@pytest.fixture
def continuous():
    return make_classification(n_samples=120, weights=[0.85], flip_y=0, random_state=0)


@pytest.fixture(scope="module")
def coarse():
    """Rows of a few small numbers and categories, so that some new rows equal real ones by chance."""
    rng = np.random.default_rng(0)
    X = pd.DataFrame(
        {
            "count": rng.integers(0, 40, 300),
            "size": rng.integers(0, 40, 300),
            "kind": rng.choice(list("abc"), 300),
        }
    )
    return X, np.where(np.arange(300) < 40, "rare", "usual")


def count_by_merging(X, X_res):
    """Count new rows that equal a real one by way of pandas."""
    known = X.drop_duplicates()
    return len(X_res[len(X) :].merge(known, how="inner", on=list(X.columns)))


def test_continuous_rows_are_no_copies(continuous):
    sampler = CVAESampler(**FAST)
    X_res, y_res = sampler.fit_resample(*continuous)
    report = sampler.copy_report_
    assert isinstance(report, CopyReport)
    assert report.n_synthetic == len(y_res) - 120
    assert (report.n_exact, report.exact_share, report.real_exact_share) == (0, 0.0, 0.0)
    assert report.near_share == copy_shares(X_res[:120], X_res[120:]).near > 0


def test_copies_are_counted_as_pandas_counts_them(coarse):
    X, y = coarse
    sampler = CVAESampler(**FAST)
    X_res, _ = sampler.fit_resample(X, y)
    report = sampler.copy_report_
    assert report.n_exact == count_by_merging(X, X_res) > 0
    assert report.exact_share == report.n_exact / report.n_synthetic
    assert report.real_exact_share == pytest.approx(X.duplicated(keep=False).mean())


def test_refused_copies_are_drawn_again(coarse):
    X, y = coarse
    sampler = CVAESampler(copies="refuse", **FAST)
    X_res, y_res = sampler.fit_resample(X, y)
    assert (y_res == "rare").sum() == (y_res == "usual").sum() == 260
    assert sampler.copy_report_.n_exact == count_by_merging(X, X_res) == 0
    assert len(sampler.parents_) == 220
    assert (y[sampler.parents_] == "rare").all()
    assert X_res.dtypes.equals(X.dtypes)


def test_rows_that_are_no_copies_are_those_of_the_default(coarse):
    X, y = coarse
    allowed, refused = (
        CVAESampler(copies=copies, **FAST).fit_resample(X, y)[0][300:]
        for copies in ("allow", "refuse")
    )
    fresh = allowed.merge(X.drop_duplicates(), how="left", indicator=True)["_merge"] == "left_only"
    kept = allowed[fresh.to_numpy()].reset_index(drop=True)
    pd.testing.assert_frame_equal(refused[: len(kept)].reset_index(drop=True), kept)


def test_later_draws_refuse_copies_too(coarse):
    X, y = coarse
    sampler = CVAESampler(copies="refuse", **FAST)
    sampler.fit_resample(X, y)
    drawn = sampler.sample(300, "rare", random_state=3)
    assert len(drawn) == 300
    assert drawn.merge(X, how="inner").empty
    pd.testing.assert_frame_equal(drawn, sampler.sample(300, "rare", random_state=3))


def test_a_saved_sampler_goes_on_refusing(coarse, tmp_path):
    X, y = coarse
    sampler = CVAESampler(copies="refuse", **FAST)
    sampler.fit_resample(X, y)
    sampler.save(tmp_path / "sampler.safetensors")
    loaded = CVAESampler.load(tmp_path / "sampler.safetensors")
    assert loaded.copy_report_ == sampler.copy_report_
    pd.testing.assert_frame_equal(
        loaded.sample(200, "rare", random_state=1), sampler.sample(200, "rare", random_state=1)
    )


def test_where_no_other_rows_are_possible_a_warning_says_how_many_are_left():
    X = pd.DataFrame({"a": list("uvw") * 20, "b": list("xy") * 30})
    y = np.arange(60) < 12
    sampler = CVAESampler(copies="refuse", **FAST)
    with pytest.warns(CopyWarning, match="36 of 36 new rows equal a real row after 20 draws"):
        X_res, _ = sampler.fit_resample(X, y)
    assert len(X_res) == 96
    assert sampler.copy_report_.exact_share == 1


def test_warn_tells_of_copies_and_of_nothing_else(coarse, continuous):
    sampler = CVAESampler(copies="warn", **FAST)
    with pytest.warns(CopyWarning, match=r"new rows equal a real row; `copies='refuse'`"):
        sampler.fit_resample(*coarse)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        sampler.fit_resample(*continuous)


@pytest.mark.parametrize(
    "container",
    [np.asarray, sparse.csr_array, lambda X: X.tolist(), pl.from_numpy],
    ids=["ndarray", "sparse", "list", "polars"],
)
def test_every_container_keeps_its_kind(container):
    rng = np.random.default_rng(0)
    X, y = container(rng.integers(0, 60, (200, 2)).astype(float)), np.arange(200) < 50
    X_res, _ = CVAESampler(copies="refuse", **FAST).fit_resample(X, y)
    assert type(X_res) is type(X)


def test_a_class_of_one_row_is_refused_its_copies():
    X = np.column_stack([np.arange(30.0), np.random.default_rng(0).normal(size=30)])
    y = np.arange(30) == 7
    with pytest.warns(SingleRowWarning):
        X_res, _ = CVAESampler(copies="refuse", **FAST).fit_resample(X, y)
    assert (X_res[30:] != X[7]).any(axis=1).all()


def test_nothing_to_draw_is_an_empty_report(continuous):
    sampler = CVAESampler(sampling_strategy={}, **FAST)
    sampler.fit_resample(*continuous)
    assert sampler.copy_report_ == (0, 0, 0.0, 0.0, 0.0)

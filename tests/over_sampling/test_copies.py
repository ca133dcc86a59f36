"""Copies of real rows: counted in every resampling, and refused where that is asked."""

import warnings

import numpy as np
import pandas as pd
import polars as pl
import pytest
from scipy import sparse
from scipy.stats import hypergeom
from sklearn.datasets import make_classification
from sklearn.linear_model import LogisticRegression

from vaesynth import (
    CVAE,
    CopyWarning,
    CVAESampler,
    ResampledClassifier,
    SingleRowWarning,
    compare_resamplers,
)
from vaesynth.metrics import copy_shares
from vaesynth.over_sampling import CopyReport

# One candidate: the judges are the subject of other files, and their forest is most of the time of so small a fit.
FAST = {
    "model": CVAE(max_iter=5, hidden_layer_sizes=(16,)),
    "n_candidates": 1,
    "random_state": 0,
}


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
    sampler = CVAESampler(copies="allow", **FAST)
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


def whole_numbers(n_values, n_columns, seed=0):
    """Rows of small whole numbers: the fewer values and columns, the more rows repeat."""
    return np.random.default_rng(seed).integers(0, n_values, (200, n_columns)).astype(float)


def is_due(report, X):
    """Return whether a warning is due: twice the share of real rows, and a tail of the hypergeometric below 0.01."""
    repeated = int(pd.DataFrame(X).duplicated(keep=False).sum())
    n_new, n_exact = report.n_synthetic, report.n_exact
    tail = hypergeom.sf(n_exact - 1, n_new + len(X), n_exact + repeated, n_new)
    return bool(n_exact / n_new > 2 * repeated / len(X) and tail < 0.01)


def distinct_levels():
    """Each pair of two categories once, but for a few pairs, so that only copies can be likely."""
    rows = np.array([(a, b) for a in range(15) for b in range(15)])[:200]
    return pd.DataFrame(rows, columns=["a", "b"]).map("v{}".format)


@pytest.mark.parametrize(
    "X",
    [
        whole_numbers(40, 2),
        whole_numbers(4, 3),
        whole_numbers(9, 2, seed=1),
        whole_numbers(2, 8, seed=2),
        whole_numbers(30, 6),
        whole_numbers(90, 2),
        distinct_levels(),
        distinct_levels().rename(columns={"a": "b", "b": "a"}),
    ],
    ids=["40^2", "4^3", "9^2", "2^8", "30^6", "90^2", "levels", "levels turned"],
)
def test_the_default_warns_beyond_twice_the_share_among_real_rows_and_chance(X):
    y = np.arange(200) < 50
    sampler = CVAESampler(**FAST)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        _, y_res = sampler.fit_resample(X, y)
    n_new = len(y_res) - 200
    due = is_due(sampler.copy_report_, X)
    assert [warning.category for warning in caught] == [CopyWarning] * int(due)
    for warning in caught:
        assert warning.filename == __file__
        assert f"{sampler.copy_report_.n_exact} of {n_new} new rows" in str(warning.message)


def test_the_rule_has_both_sides():
    y, said = np.arange(200) < 50, {}
    for name, X in {"levels": distinct_levels(), "repeating": whole_numbers(4, 3)}.items():
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            sampler = CVAESampler(**FAST)
            sampler.fit_resample(X, y)
        assert sampler.copy_report_.n_exact > 0
        said[name] = len(caught)
    assert said == {"levels": 1, "repeating": 0}


def test_a_few_copies_are_no_reason():
    X, y = whole_numbers(90, 2), np.arange(200) < 50
    X = X[np.unique(X, axis=0, return_index=True)[1]]
    sampler = CVAESampler(**FAST)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        sampler.fit_resample(X, y[: len(X)])
    assert 0 < sampler.copy_report_.n_exact < 5
    assert sampler.copy_report_.real_exact_share == 0


def test_allow_says_nothing_and_draws_the_same_rows():
    X, y = distinct_levels(), np.arange(200) < 50
    allowed = CVAESampler(copies="allow", **FAST).fit_resample(X, y)[0]
    with pytest.warns(CopyWarning):
        warned = CVAESampler(copies="warn", **FAST).fit_resample(X, y)[0]
    pd.testing.assert_frame_equal(allowed, warned)


def test_a_stream_is_not_searched_for_copies():
    frame = distinct_levels().assign(y=np.arange(200) < 50)
    CVAESampler(**FAST).fit_stream(frame, "y").sample(100, y=True)


def test_folds_do_not_repeat_the_warning():
    X, y = whole_numbers(60, 2), np.arange(200) < 50
    X = X[np.unique(X, axis=0, return_index=True)[1]]
    y = y[: len(X)]
    model = ResampledClassifier(CVAESampler(**FAST), LogisticRegression(), threshold="f1", cv=3)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        model.fit(X, y)
        compare_resamplers(LogisticRegression(), X, y, samplers={"new": CVAESampler(**FAST)}, cv=2)
    said = [warning for warning in caught if warning.category is CopyWarning]
    assert len(said) == int(is_due(model.sampler_.copy_report_, X)) == 1


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

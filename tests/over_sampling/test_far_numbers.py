"""Columns with sentinels and heavy tails: new rows of a class look like the class, whatever other rows hold."""

import numpy as np
import pandas as pd
import pytest
from scipy import sparse, stats

from vaesynth import CVAE, CVAESampler

QUICK = CVAE(max_iter=3, hidden_layer_sizes=(16,))
N_ROWS, N_RARE = 1000, 100
Y = np.arange(N_ROWS) >= N_ROWS - N_RARE


def resample(X, **options):
    sampler = CVAESampler(model=QUICK, random_state=0, **options)
    return sampler.fit_resample(X, Y)[0]


def with_sentinel(value, n_rows, *, base=None):
    column = np.random.default_rng(0).normal(size=N_ROWS) if base is None else base
    column[:n_rows] = value
    return column


def make_columns():
    rng = np.random.default_rng(1)
    normal = rng.normal(size=N_ROWS)
    several = normal.copy()
    several[:10], several[10:20], several[20:30] = -9999, -8888, 1e9
    return {
        "-9999": with_sentinel(-9999, 20),
        "999999": with_sentinel(999_999, 20),
        "-999 in one of a hundred": with_sentinel(-999, 10),
        "99 in one of twenty": with_sentinel(99, 50),
        "-1 beside a narrow column": with_sentinel(-1, 20, base=10 + normal / 100),
        "the largest float": with_sentinel(np.finfo(float).max, 20),
        "three sentinels": several,
        "one row far off": with_sentinel(1e6, 1),
        "four rows far off": with_sentinel([1e6, 2e6, -1e7, 5e6], 4),
        "lognormal": np.exp(2 * normal),
        "negative lognormal": -np.exp(2 * normal),
        "Pareto": rng.pareto(1.2, N_ROWS),
        "Cauchy": rng.standard_cauchy(N_ROWS),
        "Student with one degree of a half": rng.standard_t(0.5, N_ROWS),
    }


COLUMNS = make_columns()


def assert_like(new, real):
    """Assert that new numbers keep to the range of real ones, follow them, and do not pile up at a bound."""
    assert new.min() >= real.min()
    assert new.max() <= real.max()
    assert stats.ks_2samp(new, real).statistic < 0.2
    for bound in (real.min(), real.max()):
        assert (new == bound).mean() < (real == bound).mean() + 0.02


@pytest.mark.parametrize("name", COLUMNS)
def test_rows_of_another_class_leave_a_column_alone(name):
    X = np.random.default_rng(2).normal(size=(N_ROWS, 3))
    X[:, 1] = COLUMNS[name]
    new = resample(X, n_candidates=1)[N_ROWS:, 1]
    assert_like(new, X[Y, 1])


@pytest.mark.parametrize("name", ["-9999", "99 in one of twenty", "lognormal", "Pareto"])
def test_selected_rows_neither_leave_the_class_nor_pile_up(name):
    X = np.random.default_rng(2).normal(size=(N_ROWS, 3))
    X[:, 1] = COLUMNS[name]
    new, real = resample(X)[N_ROWS:, 1], X[Y, 1]
    assert real.min() <= new.min() <= new.max() <= real.max()
    assert np.isin(new, [X[:, 1].min(), X[:, 1].max()]).mean() < 0.02


@pytest.mark.filterwarnings("ignore::vaesynth.CopyWarning")
@pytest.mark.parametrize("dtype", ["float32", "int16", "int64"])
def test_sentinels_in_other_types(dtype):
    X = (10 * np.random.default_rng(2).normal(size=(N_ROWS, 3))).astype(dtype)
    X[:20, 1] = -9999
    resampled = resample(X, n_candidates=1)
    assert resampled.dtype == dtype
    assert_like(resampled[N_ROWS:, 1], X[Y, 1])


def test_sentinels_in_a_sparse_matrix():
    rng = np.random.default_rng(2)
    X = rng.normal(size=(N_ROWS, 3)) * (rng.random((N_ROWS, 3)) < 0.5)
    X[:20, 1] = -9999
    new = resample(sparse.csr_array(X), n_candidates=1).toarray()[N_ROWS:, 1]
    real = X[Y, 1]
    assert_like(new[new != 0], real[real != 0])
    assert (new == 0).mean() == pytest.approx((real == 0).mean(), abs=0.1)


def test_sentinels_beside_gaps():
    X = pd.DataFrame(np.random.default_rng(2).normal(size=(N_ROWS, 3)), columns=list("abc"))
    X.loc[:19, "b"] = -9999
    X.loc[X.index % 5 == 0, "b"] = np.nan
    new, real = resample(X, n_candidates=1)["b"][N_ROWS:], X["b"][Y]
    assert_like(new.dropna(), real.dropna())
    assert new.isna().mean() == pytest.approx(real.isna().mean(), abs=0.1)


@pytest.mark.parametrize("value", [-9999.0, 99.0, 0.0])
def test_a_number_that_the_class_repeats_keeps_its_share(value):
    # 0 in a tenth of the rows of all classes, far from the bulk; the others in the rare class alone.
    X = np.random.default_rng(2).normal(20, 1, size=(N_ROWS, 3))
    X[0 if value == 0 else N_ROWS - N_RARE :: 10, 1] = value
    new, real = resample(X, n_candidates=1)[N_ROWS:, 1], X[Y, 1]
    assert (new == value).mean() == pytest.approx((real == value).mean(), abs=0.05)
    assert_like(new[new != value], real[real != value])


def test_a_column_with_many_zeros_keeps_them():
    rng = np.random.default_rng(2)
    X = rng.normal(size=(N_ROWS, 3))
    X[:, 1] = np.where(rng.random(N_ROWS) < 0.6, 0, np.exp(2 * X[:, 1]))
    new, real = resample(X, n_candidates=1)[N_ROWS:, 1], X[Y, 1]
    assert (new == 0).mean() == pytest.approx((real == 0).mean(), abs=0.1)
    assert_like(new[new > 0], real[real > 0])

"""Rows in rare ranges of a numeric target get company, in the containers and types that they came in."""

import numpy as np
import pandas as pd
import polars as pl
import pytest
import scipy.sparse as sp
from imblearn.pipeline import make_pipeline
from sklearn.base import clone
from sklearn.linear_model import LinearRegression
from sklearn.utils.estimator_checks import check_param_validation, parametrize_with_checks

from relevances import above_median
from vaesynth import CVAE, CVAERegressionSampler, SingleRowWarning, load
from vaesynth.metrics import BoxPlotRelevance, squared_error_relevance_area

RNG = np.random.default_rng(0)
X = RNG.normal(size=(160, 3))
Y = np.exp(X[:, 0] + 0.1 * RNG.normal(size=160)).round(2)
TINY = CVAE(hidden_layer_sizes=(8,), latent_dim=2, max_iter=3)


def make_sampler(**parameters):
    return CVAERegressionSampler(model=TINY, random_state=0, **parameters)


@parametrize_with_checks(
    [
        make_sampler(relevance=above_median, ratio=9.0),
        make_sampler(relevance=above_median, ratio=9.0, threshold=0.5, n_candidates=1),
    ]
)
def test_scikit_learns_checks(estimator, check):
    check(estimator)


def test_parameters_are_checked():
    check_param_validation("CVAERegressionSampler", make_sampler())


def test_new_rows_lie_in_the_rare_ranges():
    sampler = make_sampler(ratio=1.0)
    X_res, y_res = sampler.fit_resample(X, Y)
    relevance = BoxPlotRelevance.of(Y)
    is_rare = relevance(Y) >= 0.8
    ((lower, upper),) = sampler.sampling_strategy_
    assert (lower, upper) == (Y[is_rare].min(), Y[is_rare].max())
    assert len(y_res) == 2 * (~is_rare).sum()
    np.testing.assert_array_equal(X_res[:160], X)
    np.testing.assert_array_equal(y_res[:160], Y)
    assert is_rare[sampler.parents_].all()
    np.testing.assert_array_equal(sampler.synthetic_mask_, np.arange(len(y_res)) >= 160)
    assert sampler.copy_report_.n_synthetic == len(y_res) - 160
    new = y_res[160:]
    # Its parents are rare; noise can leave the range by little, and no bound or decimal is new.
    assert (relevance(new) >= 0.8).mean() > 0.9
    assert new.max() <= Y.max()
    np.testing.assert_array_equal(new, new.round(2))


def test_the_model_gives_rows_and_targets_also_when_it_was_saved(tmp_path):
    sampler = make_sampler()
    sampler.fit_resample(X, Y)
    sampler.model_.save(tmp_path / "model.safetensors")
    rows, targets = load(tmp_path / "model.safetensors").sample(7, random_state=0)
    assert (rows.shape, targets.shape) == ((7, 3), (7, 1))
    np.testing.assert_array_equal(sampler.model_.sample(7, random_state=0)[1], targets)


def test_a_new_target_goes_with_its_row():
    X_res, y_res = CVAERegressionSampler(random_state=0).fit_resample(X, Y)
    new = slice(160, None)
    # The 15 real ones have .98; targets that are drawn apart from their rows have 0.
    assert np.corrcoef(np.log(y_res[new]), X_res[new, 0])[0, 1] > 0.7


def test_ranges_on_both_sides_get_rows_in_proportion():
    y = X[:, 0] ** 3
    sampler = make_sampler(relevance=(-2.0, 2.0), ratio=0.5)
    sampler.fit_resample(X, y)
    # Relevance reaches the threshold between the median and the bound.
    rare = BoxPlotRelevance.between(y, (-2.0, 2.0))(y) >= 0.8
    real = np.array([(rare & (y < 0)).sum(), (rare & (y > 0)).sum()])
    counts = np.array(list(sampler.sampling_strategy_.values()))
    assert counts.sum() == round(0.5 * (~rare).sum()) - rare.sum()
    np.testing.assert_allclose(counts / counts.sum(), real / real.sum(), atol=1 / counts.sum())


@pytest.mark.parametrize(
    "y",
    [
        pd.Series(Y, name="price", index=range(5, 165)),
        pd.Series(Y),
        pd.Series((100 * Y).astype(int), name="cents"),
        pd.Series((100 * Y).astype(int), dtype="Int64", name="cents"),
        Y.astype(np.float32),
        Y.tolist(),
        Y[:, None],
        pl.Series("price", Y),
    ],
    ids=["series", "unnamed", "integers", "nullable", "float32", "list", "column", "polars"],
)
@pytest.mark.filterwarnings("ignore::sklearn.exceptions.DataConversionWarning")
def test_the_target_comes_back_in_its_container(y):
    sampler = make_sampler()
    _, y_res = sampler.fit_resample(X, y)
    assert type(y_res) is type(y)
    assert len(y_res) == len(sampler.synthetic_mask_)
    assert np.shape(y_res)[1:] == np.shape(y)[1:]
    np.testing.assert_array_equal(np.asarray(y_res)[:160], np.asarray(y))
    if hasattr(y, "dtype"):
        assert y_res.dtype == y.dtype
    if hasattr(y, "name"):
        assert y_res.name == y.name
        assert sampler.target_name_ == y.name


def test_the_table_comes_back_in_its_container(mixed):
    y = mixed["spiked"].to_numpy() + 100 * (np.arange(400) < 40)
    X_res, _ = make_sampler().fit_resample(mixed, y)
    pd.testing.assert_frame_equal(X_res[:400], mixed)
    assert X_res.dtypes.equals(mixed.dtypes)
    sparse, _ = make_sampler().fit_resample(sp.csr_array(X * (X > 0)), Y)
    assert type(sparse) is sp.csr_array


def test_the_seed_is_the_only_randomness():
    np.random.seed(3)  # noqa: NPY002
    expected = np.random.random()  # noqa: NPY002
    np.random.seed(3)  # noqa: NPY002
    first, again = (clone(make_sampler()).fit_resample(X, Y) for _ in range(2))
    np.testing.assert_array_equal(first[0], again[0])
    np.testing.assert_array_equal(first[1], again[1])
    assert np.random.random() == expected  # noqa: NPY002


def test_it_is_a_step_of_a_pipeline():
    model = make_pipeline(make_sampler(), LinearRegression()).fit(X, Y)
    plain = LinearRegression().fit(X, Y)
    areas = [squared_error_relevance_area(Y, fitted.predict(X)) for fitted in (model, plain)]
    assert areas[0] < areas[1]


def test_a_range_of_one_row_is_copied_with_noise():
    y = np.r_[np.linspace(0, 1, 159), 40.0]
    sampler = make_sampler(relevance=lambda y: (y > 20) * 1.0, ratio=0.2)
    with pytest.warns(SingleRowWarning, match="40"):
        _, y_res = sampler.fit_resample(X, y)
    assert (y_res[160:] > 20).all()


@pytest.mark.parametrize(
    ("y", "parameters", "message"),
    [
        (np.full(160, 3.0), {}, "at least 2 distinct values, got 3 alone in n_samples = 160"),
        (np.where(np.arange(160) == 7, np.nan, Y), {}, "NaN"),
        (np.linspace(0, 1, 160), {}, "beyond a whisker, got none outside"),
        (Y, {"relevance": (None, 1e6)}, "got it in 0 of 160 rows"),
        (Y, {"relevance": np.ones_like}, "got it in 160 of 160 rows"),
        (Y, {"relevance": above_median, "ratio": 0.5}, "`ratio` must ask for more rows"),
        (Y[:100], {}, "inconsistent numbers of samples"),
        (None, {}, "requires y to be passed"),
        (np.array(["a", "b"] * 80), {}, "could not convert"),
    ],
)
def test_bad_targets_are_refused_before_training(y, parameters, message):
    sampler = make_sampler(**parameters)
    with pytest.raises(ValueError, match=message):
        sampler.fit_resample(X, y)
    assert not hasattr(sampler, "model_")

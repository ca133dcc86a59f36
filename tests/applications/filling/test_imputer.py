"""VAEImputer against closed forms of normal and categorical data, and what comes back of a table."""

import datetime
import warnings

import numpy as np
import pandas as pd
import polars as pl
import pytest
import torch
from scipy import stats
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LinearRegression
from sklearn.pipeline import make_pipeline

import vaesynth
from vaesynth import VAE
from vaesynth.applications import VAEImputer
from vaesynth.training import PrivacyBudget

SMALL = VAE(hidden_layer_sizes=(16,), max_iter=20)
FAST = {"model": SMALL, "random_state": 0}
# What is learned does not matter where the type of what comes back is the subject.
BRIEF = {"model": VAE(hidden_layer_sizes=(4,), max_iter=2), "random_state": 0}
MEAN = np.array([1.0, -2.0, 30.0])
COVARIANCE = np.array([[1.0, 0.8, -1.2], [0.8, 2.0, -0.5], [-1.2, -0.5, 4.0]])


def draw_normal_rows(n_rows, seed):
    return np.random.default_rng(seed).multivariate_normal(MEAN, COVARIANCE, n_rows)


def condition(rows, unseen):
    """Exact mean, per row, and covariance of the unseen columns given the others."""
    seen = [column for column in range(3) if column not in unseen]
    across = COVARIANCE[np.ix_(unseen, seen)]
    slope = across @ np.linalg.inv(COVARIANCE[np.ix_(seen, seen)])
    mean = MEAN[unseen] + (rows[:, seen] - MEAN[seen]) @ slope.T
    return mean, COVARIANCE[np.ix_(unseen, unseen)] - slope @ across.T


@pytest.fixture(scope="module")
def of_normal():
    X = draw_normal_rows(4000, 0)
    # A fifth of the cells are missing in training as well.
    X[np.random.default_rng(1).random(X.shape) < 0.2] = np.nan
    steps = {"learning_rate_init": 1e-2, "batch_size": 128, "max_iter": 60}
    return VAEImputer(VAE(hidden_layer_sizes=(64, 64), **steps), random_state=0).fit(X)


@pytest.mark.slow
@pytest.mark.parametrize("unseen", [[0], [2], [0, 1], [1, 2]], ids=str)
def test_means_come_near_the_exact_conditional_means(of_normal, unseen):
    rows = draw_normal_rows(500, 2)
    gaps = rows.copy()
    gaps[:, unseen] = np.nan
    exact, covariance = condition(rows, unseen)
    error = np.sqrt(np.mean((of_normal.transform(gaps)[:, unseen] - exact) ** 2, axis=0))
    assert (error < 0.15 * np.sqrt(np.diag(covariance))).all()


@pytest.mark.slow
@pytest.mark.parametrize("unseen", [[0], [0, 1], [1, 2]], ids=str)
def test_draws_have_the_exact_conditional_covariance(of_normal, unseen):
    rows = draw_normal_rows(500, 2)
    gaps = rows.copy()
    gaps[:, unseen] = np.nan
    exact, covariance = condition(rows, unseen)
    draws = np.array(of_normal.sample_imputations(gaps, 20, random_state=0))[:, :, unseen]
    around = (draws - exact).reshape(-1, len(unseen))
    size = np.sqrt(np.outer(np.diag(covariance), np.diag(covariance)))
    np.testing.assert_allclose(np.cov(around.T) / size, covariance / size, atol=0.12)


@pytest.mark.slow
def test_a_row_without_any_cell_is_drawn_from_the_whole_distribution(of_normal):
    draws = np.array(of_normal.sample_imputations(np.full((500, 3), np.nan), 5, random_state=0))
    draws = draws.reshape(-1, 3)
    np.testing.assert_allclose(draws.mean(0), MEAN, atol=0.25)
    size = np.sqrt(np.outer(np.diag(COVARIANCE), np.diag(COVARIANCE)))
    np.testing.assert_allclose(np.cov(draws.T) / size, COVARIANCE / size, atol=0.15)


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_draws_have_the_spread_of_the_column_and_rubins_rules_hold(seed):
    rng = np.random.default_rng(seed)
    x = rng.normal(size=400)
    whole = np.column_stack([x, x + rng.normal(size=400)])
    table = np.where((rng.random(400) < 0.4)[:, None] & [False, True], np.nan, whole)
    imputer = VAEImputer(VAE(hidden_layer_sizes=(16,), max_iter=15), random_state=seed).fit(table)
    columns = np.array(imputer.sample_imputations(table, 100, random_state=seed))[:, :, 1]
    # A column that is completed with means has 0.6 of the variance.
    assert columns.var(axis=1).mean() == pytest.approx(whole[:, 1].var(), rel=0.1)
    # The variance between tables of their means is that of independent draws of each row.
    between, of_rows = columns.mean(axis=1).var(ddof=1), columns.var(axis=0, ddof=1).sum() / 400**2
    assert 0.001 < stats.chi2(99).sf(99 * between / of_rows) < 0.999


def make_shares(n_rows=3000):
    """Two categories of which one decides the other with known probabilities."""
    rng = np.random.default_rng(0)
    cause = rng.choice(["a", "b"], n_rows)
    chance = np.where(cause == "a", 0.9, 0.3)
    effect = np.where(rng.random(n_rows) < chance, "yes", "no")
    return pd.DataFrame({"cause": cause, "effect": effect})


def test_categories_are_drawn_by_their_conditional_probabilities():
    imputer = VAEImputer(VAE(hidden_layer_sizes=(16,), max_iter=30), random_state=0).fit(
        make_shares()
    )
    gaps = pd.DataFrame({"cause": ["a"] * 2000 + ["b"] * 2000, "effect": [None] * 4000})
    drawn = imputer.sample_imputations(gaps, 1, random_state=0)[0]
    share = (drawn["effect"] == "yes").groupby(drawn["cause"]).mean()
    np.testing.assert_allclose(share[["a", "b"]], [0.9, 0.3], atol=0.05)
    likeliest = imputer.transform(gaps).groupby("cause")["effect"].unique()
    assert likeliest["a"].tolist() == ["yes"]
    assert likeliest["b"].tolist() == ["no"]


@pytest.fixture(scope="module")
def gaps():
    rng = np.random.default_rng(0)
    size = rng.normal(size=300)
    frame = pd.DataFrame(
        {
            "size": size,
            "count": pd.array(rng.poisson(50, 300), dtype="Int64"),
            "spiked": np.where(rng.random(300) < 0.5, 0.0, rng.exponential(9, 300)),
            "colour": pd.Categorical(np.where(size > 0, "red", "blue"), ["red", "blue", "grey"]),
            "day": pd.Timestamp("2020-02-01") + pd.to_timedelta(rng.integers(0, 99, 300), "D"),
            "same": 5.0,
            "void": np.nan,
        },
        index=[f"row {i}" for i in range(300)],
    )
    return frame.mask(rng.random(frame.shape) < 0.2)


@pytest.fixture(scope="module")
def of_gaps(gaps):
    return VAEImputer(**FAST).fit(gaps)


def test_types_index_and_given_cells_stay(of_gaps, gaps):
    for completed in (of_gaps.transform(gaps), *of_gaps.sample_imputations(gaps, 2)):
        pd.testing.assert_series_equal(completed.dtypes, gaps.dtypes)
        assert completed.index.equals(gaps.index)
        there = gaps.notna()
        for name in gaps:
            same = completed.loc[there[name], name], gaps.loc[there[name], name]
            pd.testing.assert_series_equal(*same)
        assert completed.drop(columns="void").notna().all(axis=None)
        assert completed["void"].isna().all()
        assert (completed["same"] == 5).all()


def test_draws_hold_what_the_columns_hold_and_means_lie_between(of_gaps, gaps):
    drawn = of_gaps.sample_imputations(gaps, 1, random_state=0)[0]
    missing = gaps["spiked"].isna()
    assert 0.3 < (drawn["spiked"][missing] == 0).mean() < 0.7
    assert drawn["spiked"].between(0, gaps["spiked"].max()).all()
    assert (of_gaps.transform(gaps)["spiked"][missing] > 0).all()
    assert set(drawn["colour"]) <= {"red", "blue"}


def test_a_column_may_lack_cells_that_lacked_none_in_fit():
    X = draw_normal_rows(200, 0)
    imputer = VAEImputer(**FAST).fit(X)
    gaps = X.copy()
    gaps[:5, 1] = np.nan
    completed = imputer.transform(gaps)
    assert np.isfinite(completed).all()
    np.testing.assert_array_equal(imputer.transform(X), X)


def test_seeds_decide_the_draws(of_gaps, gaps):
    first, second = of_gaps.sample_imputations(gaps, 2, random_state=3)
    again = of_gaps.sample_imputations(gaps, 2, random_state=3)
    pd.testing.assert_frame_equal(first, again[0])
    pd.testing.assert_frame_equal(second, again[1])
    assert not first.equals(second)
    drawing = VAEImputer(sample_posterior=True, **FAST).fit(gaps)
    pd.testing.assert_frame_equal(drawing.transform(gaps), drawing.transform(gaps))
    assert not drawing.transform(gaps).equals(of_gaps.transform(gaps))


def test_threads_and_global_seeds_change_nothing(of_gaps, gaps):
    torch.manual_seed(5)
    before = torch.random.get_rng_state(), np.random.get_state()[1].copy()  # noqa: NPY002
    threads = clone(SMALL).set_params(n_jobs=2)
    other = VAEImputer(threads, random_state=0).fit(gaps)
    pd.testing.assert_frame_equal(other.transform(gaps), of_gaps.transform(gaps))
    assert torch.equal(before[0], torch.random.get_rng_state())
    np.testing.assert_array_equal(before[1], np.random.get_state()[1])  # noqa: NPY002


def test_indicators_are_those_of_scikit_learn():
    X = draw_normal_rows(100, 0)
    X[:9, 2] = np.nan
    theirs = SimpleImputer(add_indicator=True).fit(X)
    ours = VAEImputer(add_indicator=True, **FAST).fit(X)
    np.testing.assert_array_equal(ours.transform(X)[:, 3:], theirs.transform(X)[:, 3:])
    assert ours.get_feature_names_out().tolist() == theirs.get_feature_names_out().tolist()
    frame = pd.DataFrame(X, columns=["a", "b", "c"])
    completed = VAEImputer(add_indicator=True, **FAST).fit_transform(frame)
    assert list(completed.columns) == ["a", "b", "c", "missingindicator_c"]
    assert completed["missingindicator_c"].sum() == 9


def test_it_stands_before_an_estimator_in_a_pipeline():
    X = draw_normal_rows(300, 0)
    y = X @ [1.0, 2.0, 3.0]
    X[np.random.default_rng(0).random(X.shape) < 0.1] = np.nan
    model = make_pipeline(VAEImputer(**FAST), LinearRegression()).fit(X, y)
    assert model.score(X, y) > 0.8


def test_other_containers_come_back(gaps):
    frame = pl.DataFrame({"a": [1.5, None, 2.5] * 20, "b": ["x", "y", None] * 20})
    completed = VAEImputer(**FAST).fit_transform(frame)
    assert isinstance(completed, pl.DataFrame)
    assert completed.schema == frame.schema
    assert completed.null_count().sum_horizontal()[0] == 0
    with pytest.raises(ValueError, match="`add_indicator` must be False but for arrays"):
        VAEImputer(add_indicator=True, **FAST).fit(frame)


def test_a_saved_imputer_completes_alike(of_gaps, gaps, tmp_path):
    of_gaps.save(tmp_path / "imputer.safetensors")
    loaded = vaesynth.load(tmp_path / "imputer.safetensors")
    pd.testing.assert_frame_equal(loaded.transform(gaps), of_gaps.transform(gaps))


@pytest.mark.parametrize("shares", [(0.5, 0.2), (0, 0), (0.1, 1.2), (0.1,)], ids=str)
def test_shares_to_hide_are_checked(shares):
    with pytest.raises(ValueError, match="`hidden_share` must be two numbers"):
        VAEImputer(hidden_share=shares).fit(draw_normal_rows(20, 0))


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"prior": "vamp"}, "must leave `prior` at its default 'auto', got 'vamp'"),
        ({"decoder": "autoregressive"}, "must leave `decoder` at its default 'auto'"),
        ({"likelihood": "bernoulli"}, "must leave `likelihood` at its default 'auto'"),
        ({"privacy": PrivacyBudget(1.0, 1e-5)}, "must leave `privacy` at its default None"),
        ({"free_bits": 0.1}, "must leave `free_bits` at its default 0.0, got 0.1"),
        ({"warm_start": True}, "must leave `warm_start` at its default False, got True"),
        ({"numeric_encoding": "bins"}, "must have `numeric_encoding` 'auto' or 'standardize'"),
        ({"latent_dim": 0}, "'latent_dim' parameter of VAE must be"),
    ],
    ids=lambda value: None if isinstance(value, str) else next(iter(value)),
)
def test_what_a_conditional_model_cannot_have_is_refused(parameters, message):
    with pytest.raises(ValueError, match=message):
        VAEImputer(VAE(**parameters)).fit(draw_normal_rows(20, 0))


def test_the_default_model_is_the_recipe():
    recipe = VAE(
        latent_dim=8,
        hidden_layer_sizes=(128, 128),
        beta=1.0,
        learning_rate_init=1e-2,
        weight_decay=1e-2,
        batch_size=25,  # an eighth of 200 rows
        early_stopping=True,
        n_iter_no_change=10,
        max_iter=30,
    )
    rng = np.random.default_rng(0)
    noise = pd.DataFrame(rng.normal(size=(200, 2))).mask(rng.random((200, 2)) < 0.2)
    default = VAEImputer(VAE(max_iter=30), random_state=0).fit(noise)
    assert default.n_iter_ < 30
    of_recipe = VAEImputer(recipe, random_state=0).fit_transform(noise)
    pd.testing.assert_frame_equal(of_recipe, default.transform(noise))


def test_the_seed_is_the_imputers_if_it_has_one_else_the_models(gaps):
    seeded = clone(SMALL).set_params(random_state=0)
    of_model = VAEImputer(seeded).fit_transform(gaps)
    pd.testing.assert_frame_equal(VAEImputer(**FAST).fit_transform(gaps), of_model)
    assert not VAEImputer(seeded, random_state=1).fit_transform(gaps).equals(of_model)
    assert not hasattr(seeded, "module_")


def test_a_table_is_read_once(gaps, count_reads):
    imputer, reads = VAEImputer(**FAST), count_reads()
    for read in (imputer.fit, imputer.transform, imputer.sample_imputations, imputer.fit_transform):
        before = reads.total()
        read(gaps)
        assert reads.total() == before + 1


def test_a_grid_search_reaches_the_parameters_of_the_model(gaps):
    names = VAEImputer(SMALL).get_params()
    assert {"model__latent_dim", "model__hidden_layer_sizes", "hidden_share"} <= set(names)


def test_other_refusals(of_gaps, gaps):
    with pytest.raises(ValueError, match="`n_draws` must be an integer of at least 1, got 0"):
        of_gaps.sample_imputations(gaps, 0)
    with pytest.raises(NotFittedError):
        VAEImputer().transform(gaps)
    with pytest.raises(NotFittedError):
        VAEImputer().sample_imputations(gaps)


def test_constant_tables_are_completed_without_a_model():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        completed = VAEImputer(**FAST).fit_transform(np.array([[1.0, 2.0], [np.nan, 2.0]] * 10))
    np.testing.assert_array_equal(completed, [[1.0, 2.0]] * 20)


def dates(unit, step="1D", dtype=None):
    """Return 300 dates in steps, a number that follows them, and gaps in both."""
    rng = np.random.default_rng(0)
    count = rng.integers(0, 99, 300)
    days = pd.Series(pd.Timestamp("2020-02-01") + pd.to_timedelta(count * pd.Timedelta(step)))
    frame = pd.DataFrame(
        {"day": days.astype(f"datetime64[{unit}]"), "b": count + rng.normal(size=300)}
    )
    frame["day"] = frame["day"] if dtype is None else frame["day"].astype(dtype)
    return frame.mask(rng.random(frame.shape) < 0.2)


@pytest.mark.parametrize("unit", ["s", "us", "ns"])
@pytest.mark.parametrize("step", ["1D", "1h", "7D", "15min"])
def test_dates_are_filled_in_the_steps_that_were_seen(unit, step):
    gaps = dates(unit, step)
    completed = VAEImputer(**BRIEF).fit_transform(gaps)["day"]
    assert completed.dtype == gaps["day"].dtype
    assert completed.notna().all()
    since = completed - gaps["day"].min()
    assert (since % pd.Timedelta(step) == pd.Timedelta(0)).all()


@pytest.mark.parametrize(
    "build",
    [
        lambda days: days.dt.tz_localize("Asia/Tokyo"),
        lambda days: days.dt.tz_localize("Europe/Berlin"),
        lambda days: days - pd.Timestamp("2020-01-01"),
        lambda days: days.astype("timestamp[us][pyarrow]"),
        lambda days: days.dt.date.astype(object).where(days.notna(), None),
    ],
    ids=["zone", "clocks that change", "durations", "arrow", "objects"],
)
def test_days_of_other_types_are_filled_with_whole_days(build):
    gaps = dates("ns")
    gaps["day"] = build(gaps["day"])
    completed = VAEImputer(**BRIEF).fit_transform(gaps)["day"].dropna()
    if completed.dtype == object:
        assert set(map(type, completed)) == {datetime.date}
        return
    if isinstance(completed.dtype, pd.ArrowDtype):
        completed = completed.astype("datetime64[us]")
    if completed.dtype.kind == "M":
        completed = completed.dt.tz_localize(None) - pd.Timestamp("2020-01-01")
    assert (completed % pd.Timedelta("1D") == pd.Timedelta(0)).all()


@pytest.mark.parametrize("dtype", ["int64", "uint64"])
@pytest.mark.parametrize("container", ["array", "nullable", "arrow"])
def test_integers_of_64_bits_that_are_there_stay(dtype, container):
    info = np.iinfo(dtype)
    rng = np.random.default_rng(0)
    cells = rng.integers(info.min, info.max, (60, 2), dtype=dtype, endpoint=True)
    if container == "array":
        np.testing.assert_array_equal(VAEImputer(**FAST).fit_transform(cells), cells)
        return
    name = (
        f"{dtype}[pyarrow]" if container == "arrow" else dtype.replace("i", "I").replace("uI", "UI")
    )
    frame = pd.DataFrame(cells, columns=["a", "b"]).astype(name)
    frame.loc[::5, "a"] = pd.NA
    completed = VAEImputer(**FAST).fit_transform(frame)
    there = frame["a"].notna()
    pd.testing.assert_series_equal(completed["a"][there], frame["a"][there])
    pd.testing.assert_series_equal(completed["b"], frame["b"])
    assert completed["a"].notna().all()


def linear_table(seed, n_rows=400, n_columns=6, noise=0.1):
    rng = np.random.default_rng(seed)
    slopes = rng.normal(size=(2, n_columns))
    return rng.normal(size=(n_rows, 2)) @ slopes + noise * rng.normal(size=(n_rows, n_columns))


@pytest.mark.slow
@pytest.mark.parametrize(("seed", "noise"), [(0, 0.1), (1, 0.5)])
def test_linear_tables_are_completed_as_well_as_by_the_exact_conditional_mean(seed, noise):
    X = linear_table(seed, noise=noise)
    rng = np.random.default_rng(seed)
    hidden = rng.random(X.shape) < 0.2
    completed = VAEImputer(random_state=0).fit_transform(np.where(hidden, np.nan, X))
    slopes = np.random.default_rng(seed).normal(size=(2, 6))
    covariance = slopes.T @ slopes + noise**2 * np.eye(6)
    exact = np.zeros_like(X)
    for row, gone in enumerate(hidden):
        across = covariance[np.ix_(gone, ~gone)] @ np.linalg.inv(covariance[np.ix_(~gone, ~gone)])
        exact[row, gone] = across @ X[row, ~gone]
    error, least = (np.sqrt(np.mean((Z - X)[hidden] ** 2)) for Z in (completed, exact))
    assert error < 1.15 * least

"""Whole tables of every column kind at once, through the sampler."""

import warnings

import numpy as np
import pandas as pd
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from random_tables import ALL_KINDS, build_table, tables
from vaesynth import CVAE, CVAESampler

pytestmark = [
    pytest.mark.filterwarnings("ignore::vaesynth.ColumnWarning"),
    pytest.mark.filterwarnings("ignore::vaesynth.CopyWarning"),
]
TINY = {"max_iter": 1, "hidden_layer_sizes": (4,), "latent_dim": 1}


@pytest.mark.filterwarnings("ignore::vaesynth.SingleRowWarning")
@settings(max_examples=25)
@given(
    X=tables(min_rows=3, kinds=tuple(ALL_KINDS)),
    encoding=st.sampled_from(["gaussianize", "standardize", "bins"]),
    method=st.sampled_from(["neighbors", "posterior", "prior"]),
)
@example(
    X=build_table({"Float64": [*np.arange(8.0), 1.7976931348623157e308, -1.797693134862314e308]}),
    encoding="gaussianize",
    method="neighbors",
)
def test_any_table_is_resampled_in_its_own_types(X, encoding, method):
    y = np.r_[1, np.zeros(len(X) - 1, int)]
    if len(X) > 4:
        y[1] = 1
    sampler = CVAESampler(
        model=CVAE(numeric_encoding=encoding, **TINY), sampling_method=method, random_state=0
    )
    X_res, y_res = sampler.fit_resample(X, y)
    pd.testing.assert_frame_equal(X_res[: len(X)], X.reset_index(drop=True))
    assert X_res.dtypes.equals(X.dtypes)
    assert (y_res == 1).sum() == (y_res == 0).sum()


@pytest.mark.parametrize("encoding", ["gaussianize", "standardize", "bins"])
@pytest.mark.parametrize("method", ["neighbors", "posterior", "prior"])
def test_new_cells_are_cells_that_the_column_allows(mixed, encoding, method):
    y = np.arange(400) % 8 == 0
    model = CVAE(**TINY).set_params(numeric_encoding=encoding, max_iter=20)
    sampler = CVAESampler(model=model, sampling_method=method, random_state=0)
    X_res, _ = sampler.fit_resample(mixed, y)
    new = X_res[sampler.synthetic_mask_]
    assert X_res.dtypes.equals(mixed.dtypes)
    for column in ["smooth", "amount", "count", "spiked", "day"]:
        assert new[column].between(mixed[column].min(), mixed[column].max()).all()
        assert new[column].notna().all()
    np.testing.assert_array_equal(new["amount"], new["amount"].round(2))
    assert new["few"].isin(mixed["few"]).all()
    assert new["city"].dropna().isin(mixed["city"].dropna()).all()
    assert new["name"].isin(mixed["name"]).all()
    assert (new["same"] == 5).all()
    assert new["void"].isna().all()
    assert (new["spiked"] == 0).any()


def test_tables_without_anything_to_learn_are_copied():
    X = pd.DataFrame({"same": [1] * 6, "void": [None] * 6})
    X_res, _ = CVAESampler(model=CVAE(**TINY), random_state=0).fit_resample(X, [0, 0, 0, 0, 1, 1])
    pd.testing.assert_frame_equal(X_res, pd.concat([X, X[:2]], ignore_index=True))


@pytest.mark.slow
def test_a_thousand_categories_and_identifiers():
    rng = np.random.default_rng(0)
    X = pd.DataFrame(
        {"many": rng.integers(0, 1000, 3000).astype(str), "id": [f"{i:05}" for i in range(3000)]}
    )
    y = rng.random(3000) < 0.1
    X_res, y_res = CVAESampler(model=CVAE(**TINY), random_state=0).fit_resample(X, y)
    assert X_res["many"].isin(X["many"]).all()
    assert X_res["id"].isin(X["id"]).all()
    assert y_res.mean() == 0.5


@pytest.mark.parametrize("method", ["auto", "posterior", "prior"])
def test_names_seen_once_come_from_rows_of_the_class(method):
    rng = np.random.default_rng(0)
    y = np.repeat([0, 1, 2], [150, 60, 30])
    X = pd.DataFrame(
        {
            "x": rng.normal(y),
            "model": [f"{'abc'[label]}{i}" for i, label in enumerate(y)],
            "maker": np.where(
                rng.random(240) < 0.5, "m", np.char.add("s", np.arange(240).astype(str))
            ),
            "age": rng.integers(1, 9, 240),
        }
    )
    sampler = CVAESampler(model=CVAE(max_iter=2), sampling_method=method, random_state=0)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        X_res, y_res = sampler.fit_resample(X, y)
        again = sampler.sample(30, y=2)
    new, of = X_res[sampler.synthetic_mask_], y_res[sampler.synthetic_mask_]
    assert (new["model"].str[0] == np.array(list("abc"))[of]).all()
    assert (again["model"].str[0] == "c").all()
    for label in (1, 2):
        assert set(new.loc[of == label, "maker"]) <= set(X.loc[y == label, "maker"])
    if method == "auto":
        parents = sampler.parents_
        either = [{X["model"][i], X["model"][j]} for i, j in parents]
        assert all(name in names for name, names in zip(new["model"], either, strict=True))

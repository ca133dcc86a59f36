"""How many rows each class gets: growth, and totals half way to the largest class."""

from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.base import clone

from vaesynth import CVAE, CVAESampler
from vaesynth.over_sampling import halfway_totals

QUICK = CVAE(max_iter=1, hidden_layer_sizes=(4,), latent_dim=1)
FAST = {"model": QUICK, "n_candidates": 1, "random_state": 0}


def table_of(*counts):
    y = np.repeat(np.arange(len(counts)), counts)
    return np.random.default_rng(0).normal(size=(len(y), 2)) + y[:, None], y


@pytest.mark.parametrize(
    ("strategy", "expected"),
    [
        ("auto", {0: 75, 1: 75, 2: 75}),
        ("all", {0: 75, 1: 75, 2: 75}),
        ("minority", {0: 75, 1: 30, 2: 75}),
        ("not minority", {0: 75, 1: 75, 2: 12}),
    ],
)
def test_every_class_grows_alike(strategy, expected):
    X, y = table_of(30, 12, 5)
    sampler = CVAESampler(sampling_strategy=strategy, growth=2.5, **FAST)
    X_new, y_new = sampler.fit_resample(X, y)
    assert Counter(y_new.tolist()) == expected
    np.testing.assert_array_equal(X_new[: len(X)], X)
    made = Counter(y_new[sampler.synthetic_mask_].tolist())
    assert made == {label: n for label, n in sampler.sampling_strategy_.items() if n}
    # New rows of the largest class start from rows of that class.
    assert (y[sampler.parents_] == y_new[sampler.synthetic_mask_][:, None]).all()


def test_a_ratio_stays_what_it_is():
    X, y = table_of(40, 10)
    sampler = CVAESampler(sampling_strategy=0.5, growth=3, **FAST).fit(X, y)
    assert sampler.sampling_strategy_ == {1: 50, 0: 80}


@pytest.mark.parametrize(
    ("counts", "factor"),
    [((60, 30), 4), ((60, 6), 4), ((60, 3), 2), ((60, 1), 1), ((60, 60, 3), 2)],
)
def test_auto_growth_makes_at_most_forty_rows_of_one(counts, factor):
    X, y = table_of(*counts)
    found = CVAESampler(growth="auto", **FAST).fit(X, y).sampling_strategy_
    asked = {label: factor * 60 - n for label, n in enumerate(counts)}
    assert {label: n for label, n in found.items() if n} == {k: n for k, n in asked.items() if n}


@pytest.mark.parametrize("strategy", [{1: 20}, halfway_totals])
def test_totals_are_exact(strategy):
    X, y = table_of(40, 10)
    sampler = CVAESampler(sampling_strategy=strategy, **FAST)
    assert Counter(sampler.fit_resample(X, y)[1].tolist()) == {0: 40, 1: 20}
    with pytest.raises(ValueError, match=r"`growth` must be 1 where .* totals, .* got 2"):
        clone(sampler).set_params(growth=2).fit(X, y)


@given(st.dictionaries(st.text("abc", min_size=1), st.integers(1, 10_000), min_size=2))
def test_half_way_is_the_geometric_mean(counts):
    y = np.repeat(list(counts), list(counts.values()))
    totals, most = halfway_totals(y), max(counts.values())
    assert totals.keys() == counts.keys()
    for label, n in counts.items():
        assert abs(totals[label] - (n * most) ** 0.5) <= 0.5 + 1e-9
        assert n <= totals[label] <= most


def test_a_stream_grows_as_a_table_does(tmp_path):
    pd = pytest.importorskip("pandas")
    X, y = table_of(40, 10)
    frame = pd.DataFrame({"a": X[:, 0], "b": X[:, 1], "y": y})
    sampler = CVAESampler(growth=2, **FAST)
    assert sampler.fit_resample_stream([frame], "y", tmp_path / "all.parquet") == 160
    assert sampler.sampling_strategy_ == {1: 70, 0: 40}

"""Amounts of new rows, and smaller ones taken from larger."""

from collections import Counter

import numpy as np
import pandas as pd
import pytest
from imblearn.over_sampling import SMOTE, RandomOverSampler
from imblearn.utils import check_sampling_strategy

from vaesynth import CVAE, CVAESampler
from vaesynth.model_selection._resample_and_fit import resample
from vaesynth.model_selection._row_totals import Amount, ask_for, keep_totals
from vaesynth.model_selection._row_weights import synthetic_rows
from vaesynth.over_sampling import halfway_totals

Y = np.repeat(["a", "b", "c"], [40, 12, 6])


@pytest.mark.parametrize("name", ["auto", "minority", "not minority", "all"])
def test_names_are_those_of_imbalanced_learn(name):
    new = check_sampling_strategy(name, Y, "over-sampling")
    real = Counter(Y.tolist())
    assert Amount(name).totals(Y) == {label: n + new.get(label, 0) for label, n in real.items()}


@pytest.mark.parametrize(
    ("amount", "expected"),
    [
        (Amount("auto", 2.5), {"a": 100, "b": 100, "c": 100}),
        (Amount("auto", "auto"), {"a": 160, "b": 160, "c": 160}),
        (Amount("minority", 2), {"a": 80, "b": 24, "c": 80}),
        (Amount(0.5), {"a": 40, "b": 20, "c": 20}),
        (Amount({"c": 9}), {"a": 40, "b": 12, "c": 9}),
        (Amount({"c": 2}), {"a": 40, "b": 12, "c": 6}),
        (Amount(halfway_totals), {"a": 40, "b": 22, "c": 15}),
    ],
)
def test_totals(amount, expected):
    assert amount.totals(Y) == expected


@pytest.mark.parametrize(
    "sampler",
    [
        SMOTE(k_neighbors=2, random_state=0),
        RandomOverSampler(random_state=0),
        CVAESampler(
            model=CVAE(max_iter=1, hidden_layer_sizes=(4,), latent_dim=1),
            growth=2,
            n_candidates=1,
            random_state=0,
        ),
    ],
    ids=["smote", "random", "cvae"],
)
def test_fewer_rows_are_some_of_the_rows_that_there_are(sampler):
    X = pd.DataFrame(np.random.default_rng(0).normal(size=(len(Y), 2)), columns=["u", "v"])
    everything = resample(ask_for(sampler, {"a": 50, "b": 60, "c": 60}), X, Y)
    some = keep_totals(everything, Y, {"a": 40, "b": 30, "c": 60})
    assert Counter(np.asarray(some.y).tolist()) == {"a": 40, "b": 30, "c": 60}
    pd.testing.assert_frame_equal(some.X[: len(Y)].reset_index(drop=True), X)
    is_new = synthetic_rows(some.sampler, len(Y), len(some.y))
    assert is_new.sum() == len(some.y) - len(Y)
    known = {
        (label, *row) for label, row in zip(everything.y, everything.X.to_numpy(), strict=True)
    }
    assert {(label, *row) for label, row in zip(some.y, some.X.to_numpy(), strict=True)} <= known
    assert keep_totals(everything, Y, {"a": 99, "b": 99, "c": 99}) is everything

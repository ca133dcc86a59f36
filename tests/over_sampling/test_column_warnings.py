"""Columns that are identifiers or the target itself are named in a warning, once."""

import warnings

import numpy as np
import pandas as pd
import polars as pl
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer

from vaesynth import CVAE, ColumnWarning, CVAESampler, ResampledClassifier, compare_resamplers

FAST = {"max_iter": 1, "hidden_layer_sizes": (4,), "random_state": 0}
Y = np.arange(120) < 30
A = np.random.default_rng(0).normal(size=120)


def sampler(**of_model):
    model = CVAE(**FAST, **of_model)
    return CVAESampler(model=model, n_candidates=1, copies="allow", random_state=0)


def keys(n_rows=120, n_distinct=None):
    numbers = np.arange(n_rows) % (n_distinct or n_rows)
    return [f"k{number}" for number in numbers]


def table(key, n_rows=120):
    return pd.DataFrame({"a": A[:n_rows], "key": key})


def said(fit):
    """Return the messages about columns, once all of them point at this file."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        fit()
    found = [warning for warning in caught if warning.category is ColumnWarning]
    assert all(warning.filename == __file__ for warning in found)
    return [str(warning.message) for warning in found]


FITS = {
    "sampler": lambda X, y: said(lambda: sampler().fit_resample(X, y)),
    "CVAE": lambda X, y: said(lambda: CVAE(**FAST).fit(X, y)),
}


@pytest.fixture(params=FITS.values(), ids=FITS.keys())
def messages(request):
    return request.param


@pytest.mark.parametrize(
    "X",
    [
        table(keys()),
        table(pd.Categorical(keys())),
        pl.from_pandas(table(keys())),
        table([None] * 20 + keys(100)),
        table([f"{number:04d}-{number * 7 % 97}" for number in range(120)]),
    ],
    ids=["strings", "categories", "polars", "some missing", "pattern"],
)
def test_an_identifier_is_named_with_what_to_do(messages, X):
    (message,) = messages(X, Y)
    assert message.startswith("column 'key' of X")
    for way in ("drop it", "make new values of its pattern", "`categorical_features`"):
        assert way in message


def test_several_identifiers_share_a_warning(messages):
    (message,) = messages(table(keys()).assign(mail=keys()[::-1]), Y)
    assert message.startswith("columns 'key', 'mail' of X")


@pytest.mark.parametrize(
    ("n_rows", "n_distinct", "n_messages"),
    [(50, 50, 1), (49, 49, 0), (100, 96, 1), (100, 95, 0), (120, 60, 0)],
)
def test_the_rule_is_50_cells_and_more_than_95_per_cent(messages, n_rows, n_distinct, n_messages):
    X = table(keys(n_rows, n_distinct), n_rows)
    assert len(messages(X, np.arange(n_rows) < 20)) == n_messages


@pytest.mark.parametrize(
    "values",
    [np.arange(120), A + 1, pd.date_range("2020", periods=120), pd.Categorical(np.arange(120))],
    ids=["integers", "floats", "dates", "numbers as categories"],
)
def test_numbers_are_no_identifiers(messages, values):
    assert messages(table(values), Y) == []


@pytest.mark.parametrize("named", [["key"], [1], [-1], [False, True]])
def test_a_column_that_is_named_as_categorical_is_meant(named):
    X = table(keys())
    assert said(lambda: sampler(categorical_features=named).fit_resample(X, Y)) == []
    assert said(lambda: CVAE(**FAST, categorical_features=named).fit(X, Y)) == []


def test_folds_do_not_repeat_the_warning():
    X = table(keys())
    classifier = make_pipeline(FunctionTransformer(lambda X: X[["a"]]), LogisticRegression())
    model = ResampledClassifier(sampler(), classifier, threshold="f1", cv=3)
    assert len(said(lambda: model.fit(X, Y))) == 1
    compare = {"samplers": {"new": sampler()}, "cv": 2, "n_repeats": 2}
    assert len(said(lambda: compare_resamplers(classifier, X, Y, **compare))) == 1


@pytest.mark.parametrize(
    "column",
    [Y, Y.astype(int), np.where(Y, "yes", "no"), np.where(Y, 7.5, -1)],
    ids=["itself", "as integers", "as words", "as numbers"],
)
def test_a_target_among_the_columns_is_named(messages, column):
    (message,) = messages(table(column), Y)
    assert message.startswith("column 'key' of X: it has one value for each class")


def test_three_classes_among_the_columns(messages):
    y = np.arange(120) % 7 % 3
    (message,) = messages(table(np.array(["c", "a", "b"])[y]), y)
    assert "'key'" in message


def test_a_column_that_nearly_equals_the_target_is_none(messages):
    assert messages(table(np.where(np.arange(120) == 0, False, Y)), Y) == []
    assert messages(table(np.arange(120) % 2), Y) == []
    assert messages(table(Y[:49], 49), Y[:49]) == []

"""Whole tables of every column kind at once, through a model and its file."""

import datetime

import numpy as np
import pandas as pd
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from random_tables import ALL_KINDS, build_table, tables
from vaesynth import VAE, load

TINY = {"max_iter": 1, "hidden_layer_sizes": (4,), "latent_dim": 1, "random_state": 0}


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    return tmp_path_factory.mktemp("models") / "model.safetensors"


@pytest.mark.filterwarnings("ignore::vaesynth.PosteriorCollapseWarning")
@settings(max_examples=25)
@given(
    X=tables(min_rows=3, kinds=tuple(ALL_KINDS)),
    encoding=st.sampled_from(["standardize", "asinh", "bins"]),
    decoder=st.sampled_from(["independent", "autoregressive"]),
)
@example(
    X=build_table({"category, times": [datetime.datetime(2000, 1, 1)] * 3, "int8": [0, 1, 2]}),
    encoding="standardize",
    decoder="independent",
)
def test_any_table_is_learned_drawn_scored_and_saved(path, X, encoding, decoder):
    model = VAE(numeric_encoding=encoding, decoder=decoder, **TINY).fit(X)
    drawn = model.sample(20, random_state=1)
    assert drawn.dtypes.equals(X.dtypes)
    for name in X.columns:
        assert drawn[name].hasnans <= X[name].hasnans
    scores = model.score_samples(X)
    assert np.isfinite(scores).all()
    assert model.transform(X).shape == (len(X), 1)
    assert model.reconstruct(X).dtypes.equals(X.dtypes)
    model.save(path)
    again = load(path)
    np.testing.assert_array_equal(again.score_samples(X), scores)
    pd.testing.assert_frame_equal(again.sample(20, random_state=1), drawn)

"""Autoregressive decoders as users get them: what columns say of each other comes back in drawn rows."""

import numpy as np
import pandas as pd
import pytest

from vaesynth import CVAE, VAE, CVAESampler, load
from vaesynth.datasets import make_shapes


def make_linked_table(n_rows=6_000):
    """`b` is a function of `a`, `parity` one of both `c` and `d` and of neither alone; the class moves `x`."""
    rng = np.random.default_rng(0)
    a = rng.integers(0, 5, n_rows)
    c, d = rng.integers(0, 2, (2, n_rows))
    y = (rng.random(n_rows) < 0.1).astype(int)
    words = np.array(["nil", "one", "two", "three", "four"])
    frame = pd.DataFrame(
        {
            "x": rng.normal(3.0 * y, 1.0),
            "a": a,
            "b": words[a],
            "c": np.where(c, "on", "off"),
            "d": np.where(d, "up", "down"),
            "parity": np.where(c ^ d, "odd", "even"),
        }
    )
    return frame.astype({"a": "category"}), y


def share_of_broken_rules(rows):
    words = np.array(["nil", "one", "two", "three", "four"])
    parity = np.where((rows["c"] == "on") ^ (rows["d"] == "up"), "odd", "even")
    wrong_word = words[rows["a"].astype(int)] != rows["b"]
    return float((wrong_word | (rows["parity"] != parity)).mean())


@pytest.fixture(scope="module")
def linked():
    X, y = make_linked_table()
    return X, y, CVAE(random_state=0).fit(X, y)


@pytest.mark.slow
def test_the_default_keeps_what_columns_say_of_each_other(linked):
    X, _, model = linked
    drawn = model.sample(3_000, random_state=0)
    assert list(drawn.dtypes) == list(X.dtypes)
    assert share_of_broken_rules(drawn) < 0.02
    by_class = [model.sample(2_000, y=label, random_state=0)["x"].mean() for label in (0, 1)]
    np.testing.assert_allclose(by_class, [0, 3], atol=0.25)


@pytest.mark.slow
def test_its_bound_nears_the_entropy_of_the_rows(linked):
    X, y, model = linked
    # Of `a`, `c` and `d`, which decide the other codes, and of the normal `x`.
    entropy = np.log(5) + 2 * np.log(2) + 0.5 * np.log(2 * np.pi * np.e)
    assert -entropy - 0.25 < model.score(X, y) < -entropy + 0.1


@pytest.mark.slow
def test_the_sampler_takes_it_for_draws_from_the_prior():
    X, y = make_linked_table()
    sampler = CVAESampler(sampling_method="prior", random_state=0)
    X_new, y_new = sampler.fit_resample(X, y)
    assert share_of_broken_rules(X_new[sampler.synthetic_mask_]) < 0.02
    assert np.bincount(y_new).tolist() == [(y == 0).sum()] * 2


def test_draws_around_real_rows_work_without_residuals():
    X, y = make_linked_table(600)
    sampler = CVAESampler(model=CVAE(decoder="autoregressive"), random_state=0)
    X_new, _ = sampler.fit_resample(X, y)
    assert X_new.shape[1] == X.shape[1]
    assert sampler.parents_.shape[1] == 2


@pytest.mark.slow
def test_a_saved_model_draws_the_same_rows(linked, tmp_path):
    *_, model = linked
    model.save(tmp_path / "cvae.safetensors")
    again = load(tmp_path / "cvae.safetensors")
    pd.testing.assert_frame_equal(
        again.sample(200, random_state=3), model.sample(200, random_state=3)
    )


@pytest.mark.slow
def test_the_default_links_cells_from_1_000_rows_on():
    X, y = make_linked_table(1_000)
    broken = {}
    for n_rows in (999, 1_000):
        model = CVAE(random_state=0).fit(X[:n_rows], y[:n_rows])
        broken[n_rows] = share_of_broken_rules(model.sample(1_000, random_state=0))
    assert broken[1_000] < 0.25 < broken[999]


def test_wide_tables_of_few_rows_keep_independent_cells_of_numbers():
    X = np.random.default_rng(0).normal(size=(1_000, 300))
    parameters = {"max_iter": 1, "hidden_layer_sizes": (4,), "random_state": 0}
    first, second = (
        CVAE(decoder=decoder, **parameters).fit(X, np.arange(1_000) % 2).sample(20, random_state=0)
        for decoder in ("auto", "independent")
    )
    np.testing.assert_array_equal(first, second)


@pytest.mark.slow
def test_small_tables_can_have_it_too():
    X, _ = make_linked_table(400)
    model = VAE(decoder="autoregressive", random_state=0).fit(X)
    assert share_of_broken_rules(model.sample(1_000, random_state=0)) < 0.2


def test_images_are_refused():
    images = make_shapes(20, image_size=8, random_state=0)[0]
    with pytest.raises(ValueError, match="must be 'auto' or 'independent' for images"):
        VAE(decoder="autoregressive").fit(images)

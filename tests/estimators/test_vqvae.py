"""The VQ-VAE on tables and images: codes, reconstructions, draws, the bound, its input and its errors."""

import pickle

import numpy as np
import pandas as pd
import pytest
import torch
from sklearn.datasets import load_digits

from vaesynth import VQVAE

SMALL = {"hidden_layer_sizes": (16,), "prior_hidden_size": 16, "random_state": 0}


def make_frame(n_rows=300):
    rng = np.random.default_rng(0)
    size = rng.normal(40, 9, n_rows).round(1)
    colour = np.where(size + rng.normal(0, 3, n_rows) > 40, "red", "blue")
    count = rng.poisson(size / 10)
    return pd.DataFrame({"size": size, "colour": colour, "count": count})


@pytest.fixture(scope="module")
def frame():
    return make_frame()


@pytest.fixture(scope="module", params=["ema", "fsq"])
def of_table(request, frame):
    return VQVAE(n_codes=32, quantizer=request.param, random_state=0).fit(frame)


@pytest.fixture(scope="module")
def digits():
    return load_digits().images.astype(np.uint8)[:300] * 15


@pytest.fixture(scope="module", params=["ema", "fsq"])
def of_images(request, digits):
    return VQVAE(
        n_codes=64, quantizer=request.param, max_iter=20, prior_max_iter=10, random_state=0
    ).fit(digits)


def test_codes_of_a_table_are_whole_numbers_of_the_alphabet(of_table, frame):
    codes = of_table.transform(frame)
    assert codes.shape == (len(frame), len(of_table.get_feature_names_out()))
    assert codes.dtype == np.int64
    assert codes.min() >= 0
    assert codes.max() < of_table.n_codes_ <= 32


def test_a_table_comes_back_in_its_container_and_near_itself(of_table, frame):
    back = of_table.inverse_transform(of_table.transform(frame))
    pd.testing.assert_series_equal(back.dtypes, frame.dtypes)
    pd.testing.assert_frame_equal(back, of_table.reconstruct(frame))
    assert (back["colour"] == frame["colour"]).mean() > 0.9
    assert np.corrcoef(back["size"], frame["size"])[0, 1] > 0.9


def test_draws_follow_the_table(of_table, frame):
    drawn = of_table.sample(2_000, random_state=0)
    pd.testing.assert_series_equal(drawn.dtypes, frame.dtypes)
    assert abs(drawn["size"].mean() - frame["size"].mean()) < 2
    assert abs((drawn["colour"] == "red").mean() - (frame["colour"] == "red").mean()) < 0.1
    gap = drawn.groupby("colour")["size"].mean().diff().iloc[-1]
    assert gap == pytest.approx(frame.groupby("colour")["size"].mean().diff().iloc[-1], abs=4)


def test_draws_go_on_in_one_stream_and_repeat_with_a_seed(frame):
    model = VQVAE(max_iter=1, **SMALL).fit(frame)
    assert not model.sample(20).equals(model.sample(20))
    assert model.sample(20, random_state=3).equals(model.sample(20, random_state=3))


def test_the_same_seed_gives_the_same_model_and_leaves_the_global_state_alone(frame):
    state = torch.random.get_rng_state()
    models = [VQVAE(max_iter=2, **SMALL).fit(frame) for _ in range(2)]
    assert torch.equal(torch.random.get_rng_state(), state)
    np.testing.assert_array_equal(*(model.transform(frame) for model in models))
    np.testing.assert_array_equal(*(model.score_samples(frame) for model in models))


def test_counts_are_those_of_the_training_rows(of_table, frame):
    counts = np.bincount(of_table.transform(frame).ravel(), minlength=of_table.n_codes_)
    np.testing.assert_array_equal(of_table.code_counts_, counts)
    assert of_table.code_usage_ == np.mean(counts > 0)
    shares = counts[counts > 0] / counts.sum()
    assert of_table.perplexity_ == pytest.approx(np.exp(-(shares * np.log(shares)).sum()))


def test_the_score_is_the_likelihood_given_codes_plus_that_of_the_codes(of_table, frame):
    rows = of_table._codec.encode(frame)
    with torch.no_grad():
        codes = of_table.module_.encode(rows)
        nats = of_table.module_.log_prob(rows, codes)
        nats = nats + of_table.prior_.log_prob(codes, torch.zeros(len(codes)).long())
    expected = nats.numpy() + of_table._codec.log_abs_det(of_table._codec.read(frame))
    np.testing.assert_allclose(of_table.score_samples(frame), expected, rtol=1e-3, atol=1e-2)
    assert of_table.score(frame) == pytest.approx(of_table.score_samples(frame).mean())


def test_the_score_is_in_the_units_of_the_data():
    X = np.random.default_rng(0).normal(size=(100, 4))
    model, metres = (VQVAE(max_iter=5, **SMALL).fit(part) for part in (X, X / 100))
    gap = metres.score_samples(X / 100) - model.score_samples(X)
    np.testing.assert_allclose(gap, 4 * np.log(100), atol=0.1)


def test_the_bound_is_a_density_over_a_discrete_table():
    X = np.array([[0], [1]] * 50)
    X = np.hstack([X, np.roll(X, 1)]).astype(str).astype(object)
    model = VQVAE(n_codes=8, n_positions=2, max_iter=400, **SMALL).fit(X)
    total = sum(
        np.exp(model.score_samples(np.array([row], dtype=object)))[0]
        for row in [["0", "0"], ["0", "1"], ["1", "0"], ["1", "1"]]
    )
    assert 0.5 < total <= 1 + 1e-6


def test_images_come_back_in_shape_and_type_and_near_themselves(of_images, digits):
    codes = of_images.transform(digits)
    assert codes.shape == (300, 16)
    back = of_images.inverse_transform(codes)
    assert back.shape == digits.shape
    assert back.dtype == np.uint8
    error = np.mean((back / 240 - digits / 240) ** 2)
    assert error < 0.35 * np.mean((digits / 240 - digits.mean(0) / 240) ** 2)


def test_images_are_drawn_and_differ(of_images, digits):
    drawn = of_images.sample(300, random_state=0)
    assert drawn.shape == (300, 8, 8)
    assert len(np.unique(drawn.reshape(300, -1), axis=0)) > 290
    # Of codes that are drawn evenly this is 0.7 and more.
    assert np.mean((drawn.mean(0) - digits.mean(0)) ** 2) < 0.05 * digits.var(0).mean()


@pytest.mark.parametrize("shape", [(3, 8, 8), (9, 7), (1, 5, 17)])
@pytest.mark.parametrize("dtype", [np.uint8, np.float32])
def test_colour_and_odd_shapes(shape, dtype):
    X = np.random.default_rng(0).integers(0, 256, (40, *shape)).astype(dtype)
    model = VQVAE(n_codes=8, max_iter=1, prior_max_iter=1, **SMALL).fit(X)
    assert model.sample(3).shape == (3, *shape)
    back = model.reconstruct(X)
    assert back.shape == X.shape
    assert back.dtype == dtype
    assert np.isfinite(model.score_samples(X)).all()
    assert model.n_features_in_ == np.prod(shape)


def test_early_stopping_keeps_the_best_weights(frame):
    model = VQVAE(early_stopping=True, max_iter=3, **SMALL).fit(frame)
    assert len(model.history_.terms["validation_loss"]) == model.n_iter_
    assert "validation_loss" in model.prior_history_.terms


def test_codes_come_as_a_frame(frame):
    model = VQVAE(max_iter=1, **SMALL).set_output(transform="pandas").fit(frame)
    codes = model.transform(frame)
    assert list(codes.columns) == list(model.get_feature_names_out())
    assert codes.columns[0] == "vqvae0"
    assert len(model.inverse_transform(codes)) == len(frame)


def test_a_pickled_model_draws_the_same(of_images):
    again = pickle.loads(pickle.dumps(of_images))
    np.testing.assert_array_equal(
        again.sample(4, random_state=1), of_images.sample(4, random_state=1)
    )


@pytest.mark.parametrize(
    ("codes", "message"),
    [
        ([[0]], "must have shape"),
        ([0, 1], "must have shape"),
        (np.full((2, 16), 64), "must lie between 0 and 63"),
        (np.full((2, 16), -1), "must lie between 0 and 63"),
        (np.full((2, 16), 0.5), "whole numbers"),
    ],
)
def test_codes_are_checked(digits, codes, message):
    model = VQVAE(n_codes=64, max_iter=1, prior_max_iter=1, **SMALL).fit(digits[:50])
    with pytest.raises(ValueError, match=message):
        model.inverse_transform(codes)


def test_images_are_checked(of_images, digits):
    with pytest.raises(ValueError, match=r"images of shape \(8, 8\)"):
        of_images.transform(digits[:, :4])
    with pytest.raises(ValueError, match="between 0 and 255"):
        of_images.transform(digits.astype(int) * 10)
    with pytest.raises(ValueError, match="at least one image"):
        of_images.transform(digits[:0])
    with pytest.raises(ValueError, match="finite"):
        VQVAE().fit(np.full((3, 8, 8), np.nan))
    with pytest.raises(ValueError, match="array of numbers"):
        VQVAE().fit(np.full((3, 8, 8), "a"))


@pytest.mark.parametrize("n_samples", [0, -1, 1.5])
def test_the_number_of_draws_is_checked(of_images, n_samples):
    with pytest.raises(ValueError, match="`n_samples` must be an integer of at least 1"):
        of_images.sample(n_samples)


def test_layer_sizes_are_checked(frame):
    with pytest.raises(ValueError, match="`hidden_layer_sizes` must be"):
        VQVAE(hidden_layer_sizes=[]).fit(frame)

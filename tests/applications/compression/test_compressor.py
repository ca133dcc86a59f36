"""The compressor: round trips, qualities, streams across processes, and what is refused."""

import os
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone
from sklearn.datasets import load_digits
from sklearn.exceptions import NotFittedError

import vaesynth
from vaesynth.applications import StreamError, VQVAECompressor

SMALL = {"hidden_size": 16, "random_state": 0}


@pytest.fixture(scope="module")
def images():
    return (load_digits().images * 15).astype(np.uint8)


@pytest.fixture(scope="module")
def lossless(images):
    return VQVAECompressor(
        lossless=True, n_latents=4, max_iter=8, learning_rate_init=1e-2, **SMALL
    ).fit(images[:1200])


@pytest.fixture(scope="module")
def lossy(images):
    weights = (20, 200)
    return VQVAECompressor(
        distortion_weights=weights, max_iter=10, learning_rate_init=1e-2, **SMALL
    ).fit(images[:1200])


def psnr(images, others):
    return 10 * np.log10(255**2 / np.mean((images.astype(float) - others) ** 2))


@pytest.mark.slow
def test_without_loss_the_very_images_come_back(lossless, images):
    test = images[1200:]
    stream = lossless.compress(test)
    back = lossless.decompress(stream)
    assert np.array_equal(back, test)
    assert back.dtype == test.dtype
    assert 8 * len(stream) / test.size < 4.4


@pytest.mark.slow
@pytest.mark.parametrize("n_rows", [1, 15, 17])
def test_few_images_come_back_too(lossless, images, n_rows):
    test = images[:n_rows]
    assert np.array_equal(lossless.decompress(lossless.compress(test)), test)


def test_images_unlike_the_fitted_come_back(lossless):
    test = np.random.default_rng(0).integers(0, 256, (5, 8, 8), dtype=np.uint8)
    assert np.array_equal(lossless.decompress(lossless.compress(test)), test)


def test_bytes_may_use_all_the_bits_that_the_fitted_use():
    X = np.arange(17, dtype=np.uint8).repeat(2)[:32].reshape(2, 4, 4)
    compressor = VQVAECompressor(lossless=True, max_iter=1, **SMALL).fit(X)
    test = np.arange(32, dtype=np.uint8).reshape(2, 4, 4)
    assert X.max() == 15
    with pytest.raises(ValueError, match="must lie between 0 and 15, got 0 to 31"):
        compressor.compress(test)
    compressor.fit(X + 1)
    assert np.array_equal(compressor.decompress(compressor.compress(test)), test)


@pytest.mark.parametrize("values", [(0, 1), (0, 255), (-3, 4)])
def test_images_of_two_values_come_back(values):
    X = np.array(values)[np.random.default_rng(0).integers(0, 2, (40, 5, 5))]
    compressor = VQVAECompressor(lossless=True, max_iter=1, **SMALL).fit(X)
    assert np.array_equal(compressor.decompress(compressor.compress(X)), X)


def test_the_type_of_whole_numbers_is_kept(lossless, images):
    back = lossless.decompress(lossless.compress(images[:3].astype(np.int32)))
    assert back.dtype == np.int32
    assert np.array_equal(back, images[:3])


@pytest.mark.slow
def test_a_better_quality_costs_more_and_gives_more(lossy, images):
    test = images[1200:]
    streams = [lossy.compress(test, quality) for quality in range(lossy.n_qualities_)]
    errors = [psnr(test, lossy.decompress(stream)) for stream in streams]
    assert lossy.n_qualities_ == 2
    assert len(streams[0]) < len(streams[1]) < test.size / 2
    assert 14 < errors[0] < errors[1] - 2


def test_lossy_images_are_what_the_codes_stand_for(lossy, images):
    first = lossy.decompress(lossy.compress(images[:50], 1))
    again = lossy.decompress(lossy.compress(images[:50], 1))
    assert first.shape == (50, 8, 8)
    assert first.dtype == np.uint8
    assert np.array_equal(first, again)


def test_images_of_floats_and_colours():
    rng = np.random.default_rng(0)
    X = rng.random((40, 3, 8, 8))
    compressor = VQVAECompressor(distortion_weights=[10], max_iter=1, **SMALL).fit(X)
    back = compressor.decompress(compressor.compress(X[:5]))
    assert back.shape == (5, 3, 8, 8)
    assert back.dtype == np.float64


DECODE = """
import sys
import numpy as np
import torch
torch.set_num_threads(int(sys.argv[4]))
from vaesynth.applications import VQVAECompressor
stream = open(sys.argv[2], "rb").read()
np.save(sys.argv[3], VQVAECompressor.load(sys.argv[1]).decompress(stream))
"""


@pytest.mark.slow
@pytest.mark.parametrize("mode", ["lossless", "lossy"])
def test_another_process_with_other_threads_reads_the_stream(mode, request, images, tmp_path):
    compressor, test = request.getfixturevalue(mode), images[1200:1500]
    compressor.save(tmp_path / "model")
    stream = compressor.compress(test)
    (tmp_path / "stream").write_bytes(stream)
    paths = [str(tmp_path / name) for name in ("model", "stream", "back.npy")]
    environment = {**os.environ, "OMP_NUM_THREADS": "3", "MKL_NUM_THREADS": "3"}
    subprocess.run([sys.executable, "-c", DECODE, *paths, "3"], check=True, env=environment)
    back = np.load(tmp_path / "back.npy")
    assert np.array_equal(back, compressor.decompress(stream))
    if mode == "lossless":
        assert np.array_equal(back, test)


@pytest.mark.parametrize("mode", ["lossless", "lossy"])
def test_a_loaded_compressor_writes_the_same_stream(mode, request, images, tmp_path):
    compressor = request.getfixturevalue(mode)
    compressor.save(tmp_path / "model")
    loaded = vaesynth.load(tmp_path / "model")
    assert loaded.fingerprint_ == compressor.fingerprint_
    assert loaded.compress(images[:20]) == compressor.compress(images[:20])


def test_the_same_seed_gives_the_same_streams(images):
    model = VQVAECompressor(lossless=True, max_iter=1, **SMALL)
    first, second = (clone(model).fit(images[:100]).compress(images[:9]) for _ in range(2))
    other = clone(model).set_params(random_state=1).fit(images[:100])
    assert first == second
    with pytest.raises(StreamError, match="of the model that decompresses it"):
        other.decompress(first)


def test_a_damaged_stream_is_refused(lossless, images):
    stream = bytearray(lossless.compress(images[:5]))
    stream[len(stream) // 2] ^= 4
    with pytest.raises(StreamError, match="must be undamaged"):
        lossless.decompress(stream)


def test_a_stream_of_the_other_mode_is_refused(lossless, lossy, images):
    with pytest.raises(StreamError, match="must be of the model"):
        lossy.decompress(lossless.compress(images[:5]))


def test_a_new_fit_forgets_the_old_mode(images):
    compressor = VQVAECompressor(distortion_weights=[10], max_iter=1, **SMALL).fit(images[:50])
    old = compressor.compress(images[:5])
    compressor.set_params(lossless=True)
    compressor.decompress(old)
    compressor.fit(images[:50])
    assert np.array_equal(compressor.decompress(compressor.compress(images[:5])), images[:5])
    with pytest.raises(StreamError, match="must be of the model"):
        compressor.decompress(old)


def make_frame(n_rows=400):
    rng = np.random.default_rng(0)
    size = rng.normal(40, 9, n_rows)
    colour = np.where(size + rng.normal(0, 3, n_rows) > 40, "red", "blue")
    return pd.DataFrame({"size": size, "colour": colour, "weight": size * 2 + rng.normal(0, 1)})


def test_a_table_comes_back_as_its_codes_have_it(tmp_path):
    frame = make_frame()
    compressor = VQVAECompressor(max_iter=20, random_state=0).fit(frame[:300])
    stream = compressor.compress(frame[300:])
    back = compressor.decompress(stream)
    assert back.dtypes.equals(frame.dtypes)
    assert len(stream) < 100 * 8
    assert np.corrcoef(back["size"], frame["size"][300:])[0, 1] > 0.9
    assert (back["colour"].to_numpy() == frame["colour"][300:].to_numpy()).mean() > 0.8
    compressor.save(tmp_path / "model")
    pd.testing.assert_frame_equal(vaesynth.load(tmp_path / "model").decompress(stream), back)
    with pytest.raises(ValueError, match="size"):
        compressor.compress(frame.drop(columns="size"))


@pytest.mark.parametrize(
    ("parameters", "X", "message"),
    [
        ({"lossless": True}, np.zeros((5, 4)), "an array of images .* got an array of shape"),
        ({"lossless": True}, [[1, 2]], "must be an array of images .* got list"),
        ({"lossless": True}, np.zeros((5, 8, 8)) + 0.5, "at most 256 levels, got float64"),
        ({"lossless": True}, np.arange(640).reshape(10, 8, 8), "got a range of 640"),
        ({"distortion_weights": (3, 2)}, np.ones((5, 8, 8)), "in rising order"),
        ({"distortion_weights": ()}, np.ones((5, 8, 8)), "positive numbers"),
        ({"n_latents": 0}, np.ones((5, 8, 8)), "n_latents"),
    ],
)
def test_what_cannot_be_fitted_is_refused(parameters, X, message):
    with pytest.raises(ValueError, match=message):
        VQVAECompressor(**parameters).fit(X)


def test_what_cannot_be_compressed_is_refused(lossless, lossy, images):
    with pytest.raises(ValueError, match="images of shape"):
        lossless.compress(images[:, :4])
    with pytest.raises(ValueError, match="whole numbers from 0 to 255, got float64"):
        lossless.compress(images[:2] / 2)
    with pytest.raises(ValueError, match="must lie between 0 and 255, got 300"):
        lossless.compress(images[:2].astype(int) + 300)
    with pytest.raises(ValueError, match="`quality` must be an integer from 0 to 0, got 1"):
        lossless.compress(images[:2], 1)
    with pytest.raises(ValueError, match="`quality` must be an integer from 0 to 1, got 2"):
        lossy.compress(images[:2], 2)
    with pytest.raises(ValueError, match="images like the fitted, got an array of shape"):
        lossy.compress(images[0])
    with pytest.raises(NotFittedError):
        VQVAECompressor().compress(images)

"""Images: over-sampled as tables are, in the shape, type and range that they came in."""

import numpy as np
import pytest
from imblearn.pipeline import make_pipeline
from sklearn.datasets import load_digits
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import FunctionTransformer

from vaesynth import CVAE, CVAESampler, load

DIGITS = load_digits()
KEPT = np.flatnonzero((DIGITS.target == 0) | ((DIGITS.target == 8) & (np.arange(1797) < 250)))
Y = DIGITS.target[KEPT]
GREY = DIGITS.images[KEPT] / 16
TINY = CVAE(latent_dim=4, hidden_layer_sizes=(16,), max_iter=20, batch_size=64, random_state=0)

CONTAINERS = {
    "floats": GREY,
    "float32": GREY.astype(np.float32),
    "bytes": (GREY * 255).astype(np.uint8),
    "levels": DIGITS.images[KEPT].astype(np.int64),
    "binary": GREY > 0.5,
    "a channel": GREY[:, None],
    "channels": np.stack([GREY, 1 - GREY, GREY], axis=1),
}


def make_sampler(**parameters):
    # Small binary images often equal a real one.
    defaults = {"model": TINY, "copies": "allow", "random_state": 0, "n_jobs": 1}
    return CVAESampler(**{**defaults, **parameters})


@pytest.mark.parametrize("images", CONTAINERS.values(), ids=list(CONTAINERS))
def test_the_container_type_and_range_come_back(images):
    sampler = make_sampler()
    X, y = sampler.fit_resample(images, Y)
    new = X[sampler.synthetic_mask_]
    assert (np.unique(y, return_counts=True)[1] == (Y == 0).sum()).all()
    assert X.dtype == images.dtype
    assert X.shape[1:] == images.shape[1:]
    np.testing.assert_array_equal(X[: len(images)], images)
    assert new.min() >= images.min()
    assert new.max() <= images.max()


def test_new_images_are_of_their_class():
    # A classifier of real images of both digits is the oracle.
    both = np.isin(DIGITS.target, [0, 8])
    oracle = LogisticRegression(max_iter=500)
    oracle.fit(DIGITS.images[both].reshape(-1, 64) / 16, DIGITS.target[both])
    sampler = make_sampler()
    new = sampler.fit_resample(GREY, Y)[0][sampler.synthetic_mask_]
    assert (oracle.predict(new.reshape(-1, 64)) == 8).mean() > 0.95
    assert len(np.unique(new.reshape(len(new), -1), axis=0)) == len(new)
    assert sampler.copy_report_.n_exact == 0
    assert sampler.parents_.shape == (len(new), 2)
    assert (Y[sampler.parents_] == 8).all()


def test_without_noise_a_posterior_draw_is_the_image_itself():
    # Its reconstruction and what that misses are the image.
    sampler = make_sampler(sampling_method="posterior", noise_scale=0.0)
    new = sampler.fit_resample(GREY, Y)[0][sampler.synthetic_mask_]
    np.testing.assert_allclose(new, GREY[sampler.parents_[:, 0]], atol=1e-5)


@pytest.mark.parametrize("parameters", [{"sampling_method": "prior"}, {"n_candidates": 2}])
def test_other_ways_to_draw(parameters):
    sampler = make_sampler(**parameters)
    X, _ = sampler.fit_resample(GREY, Y)
    assert X.shape[1:] == (8, 8)
    assert sampler.sample(3, y=8, random_state=0).shape == (3, 8, 8)


def test_a_saved_sampler_draws_the_same_images(tmp_path):
    sampler = make_sampler()
    sampler.fit_resample(GREY, Y)
    sampler.save(tmp_path / "sampler.safetensors")
    again = load(tmp_path / "sampler.safetensors")
    np.testing.assert_array_equal(*(s.sample(4, 8, random_state=0) for s in (sampler, again)))


def test_images_pass_a_pipeline():
    flat = FunctionTransformer(lambda images: images.reshape(len(images), -1))
    pipeline = make_pipeline(make_sampler(), flat, LogisticRegression(max_iter=300))
    assert pipeline.fit(GREY, Y).score(GREY, Y) > 0.95


def test_a_class_of_one_image_gets_noisy_copies():
    y = np.where(np.arange(len(Y)) == 3, 5, 0)
    sampler = make_sampler(sampling_strategy={5: 4})
    with pytest.warns(UserWarning, match="one row shows no variation"):
        X, _ = sampler.fit_resample(GREY, y)
    assert np.abs(X[-3:] - GREY[3]).max() < 0.5


@pytest.mark.parametrize(
    ("images", "message"),
    [
        (np.where(np.arange(64).reshape(8, 8) == 5, np.nan, GREY), "images must be finite"),
        (GREY[:0], "non-empty array"),
        (GREY.astype(object), "array of numbers"),
    ],
)
def test_what_is_no_image_is_refused(images, message):
    with pytest.raises(ValueError, match=message):
        make_sampler().fit_resample(images, Y[: len(images)])

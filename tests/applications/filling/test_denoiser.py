"""VAEDenoiser against the exact posterior mean of linear models, and on images under every noise."""

import numpy as np
import pandas as pd
import pytest
from sklearn.datasets import load_digits
from sklearn.exceptions import NotFittedError

import vaesynth
from vaesynth import VAE
from vaesynth.applications import VAEDenoiser
from vaesynth.datasets import make_shapes

SIGMA = 0.5


@pytest.fixture(scope="module")
def linear():
    """Rows near a plane in six dimensions, each column of variance 1."""
    rng = np.random.default_rng(0)
    slopes = rng.normal(size=(2, 6))
    slopes /= np.linalg.norm(slopes, axis=0)
    return rng.normal(size=(3000, 2)) @ slopes


def noisy_copy(X, sigma=SIGMA, seed=1):
    return X + sigma * np.random.default_rng(seed).normal(size=X.shape)


def posterior_mean(X, noisy):
    """E[x | x + noise] of a normal distribution with the moments of X."""
    covariance = np.cov(X.T)
    gain = covariance @ np.linalg.inv(covariance + SIGMA**2 * np.eye(len(covariance)))
    return X.mean(0) + (noisy - X.mean(0)) @ gain.T


def rmse(a, b):
    return float(np.sqrt(np.mean((a - b) ** 2)))


@pytest.mark.slow
def test_it_comes_near_the_exact_posterior_mean(linear):
    model = VAE(latent_dim=2, max_iter=60, random_state=0)
    denoiser = VAEDenoiser(model, level=SIGMA).fit(linear)
    noisy = noisy_copy(linear)
    exact = posterior_mean(linear, noisy)
    assert rmse(denoiser.transform(noisy), exact) < 0.1
    assert rmse(denoiser.transform(noisy), linear) < 1.05 * rmse(exact, linear) < 0.4


@pytest.mark.slow
def test_noisy_rows_alone_are_enough(linear):
    noisy = noisy_copy(linear)
    denoiser = VAEDenoiser(VAE(latent_dim=2, max_iter=60, random_state=0), noise=None).fit(noisy)
    exact = posterior_mean(linear, noisy)
    assert rmse(denoiser.transform(noisy), exact) < 0.12
    scale = noisy.std(0) * denoiser.model_.module_.head.numbers.scale.detach().numpy()
    np.testing.assert_allclose(scale, SIGMA, rtol=0.1)


def salt(X, random_state):
    return np.where(random_state.uniform(size=X.shape) < 0.2, 1.0, X)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("noise", "spoil"),
    [
        ("gaussian", lambda X, rng: X + 0.2 * rng.normal(size=X.shape)),
        ("masking", lambda X, rng: X * (rng.uniform(size=X.shape) > 0.2)),
        ("salt_and_pepper", lambda X, rng: np.where(rng.uniform(size=X.shape) < 0.1, 1.0, X)),
        (salt, salt),
    ],
    ids=["gaussian", "masking", "salt_and_pepper", "callable"],
)
def test_images_come_nearer_to_the_clean_ones(noise, spoil):
    images = load_digits().images / 16
    learned, unseen = images[:1500], images[1500:]
    noisy = spoil(unseen, np.random.RandomState(0))
    model = VAE(network="spatial", hidden_layer_sizes=(24,), beta=0.01, max_iter=6)
    denoiser = VAEDenoiser(model, noise=noise, level=0.2, random_state=0).fit(learned)
    cleaned = denoiser.transform(noisy)
    assert cleaned.shape == unseen.shape
    assert rmse(cleaned, unseen) < 0.8 * rmse(noisy, unseen)


def test_the_default_for_images_lies_on_a_grid():
    images = make_shapes(60, image_size=12, random_state=0)[0] / 255.0
    denoiser = VAEDenoiser()
    model = denoiser._choose_model(images)
    assert (model.network, model.beta) == ("spatial", 0.01)
    assert denoiser._choose_model(images.reshape(60, -1)).network == "auto"
    assert VAEDenoiser(noise=None)._choose_model(images).network == "auto"


def test_seeds_decide_and_transform_draws_nothing(linear):
    small = VAE(hidden_layer_sizes=(8,), max_iter=3)
    noisy = noisy_copy(linear)[:50]
    first = VAEDenoiser(small, random_state=0).fit(linear)
    again = VAEDenoiser(small, random_state=0).fit(linear)
    other = VAEDenoiser(small, random_state=1).fit(linear)
    np.testing.assert_array_equal(first.transform(noisy), first.transform(noisy))
    np.testing.assert_array_equal(first.transform(noisy), again.transform(noisy))
    assert not np.array_equal(first.transform(noisy), other.transform(noisy))
    # The user's own model is left as it was.
    assert not hasattr(small, "module_")
    assert small.random_state is None


def make_frame(n_rows=600):
    rng = np.random.default_rng(0)
    size = rng.normal(size=n_rows)
    columns = {f"size {i}": size + 0.1 * rng.normal(size=n_rows) for i in range(4)}
    columns["colour"] = pd.Categorical(np.where(size > 0, "red", "blue"))
    index = [f"row {i}" for i in range(n_rows)]
    return pd.DataFrame(columns, index=index)


@pytest.mark.parametrize("noise", ["masking", "salt_and_pepper"])
def test_wrong_categories_of_frames_are_put_right(noise):
    frame = make_frame()
    denoiser = VAEDenoiser(VAE(max_iter=60), noise=noise, level=0.2, random_state=0).fit(frame)
    wrong = frame.copy()
    wrong["colour"] = frame["colour"].cat.rename_categories({"red": "blue", "blue": "red"})
    clear = frame["size 0"].abs() > 0.5
    cleaned = denoiser.transform(wrong)
    assert (cleaned["colour"] == frame["colour"])[clear].mean() > 0.95
    pd.testing.assert_series_equal(cleaned.dtypes, frame.dtypes)
    assert cleaned.index.equals(frame.index)


def test_the_users_noise_gets_rows_as_the_user_has_them():
    frame = make_frame(100)
    seen = []

    def noise(X, random_state):
        seen.append((type(X), list(X.columns), type(random_state)))
        return X.assign(**{"size 0": X["size 0"] + random_state.normal(size=len(X))})

    small = VAE(hidden_layer_sizes=(8,), max_iter=2, random_state=0)
    denoiser = VAEDenoiser(small, noise=noise).fit(frame)
    assert set(map(str, seen)) == {str((pd.DataFrame, list(frame.columns), np.random.RandomState))}
    assert denoiser.model_.module_.corruption is None
    short = VAEDenoiser(small, noise=lambda X, random_state: X.iloc[:1])
    with pytest.raises(ValueError, match="`noise` must give as many rows as it takes, 128, got 1"):
        short.fit(frame)


@pytest.mark.parametrize("level", [-0.1, 0, (0.3, 0.1), (0.1, 0.2, 0.3), (0, 0), np.inf], ids=str)
def test_levels_are_checked(level, linear):
    with pytest.raises(ValueError, match=r"`level` must be a number, .* got"):
        VAEDenoiser(level=level).fit(linear)


def test_a_share_is_at_most_one(linear):
    with pytest.raises(ValueError, match=r"not only 0 and at most 1, got 1\.5"):
        VAEDenoiser(noise="masking", level=1.5).fit(linear)


def test_other_refusals(linear):
    with pytest.raises(NotFittedError):
        VAEDenoiser().transform(linear)
    with pytest.raises(ValueError, match="'noise' parameter of VAEDenoiser must be"):
        VAEDenoiser(noise="fog").fit(linear)


def test_a_saved_denoiser_cleans_alike(linear, tmp_path):
    small = VAE(hidden_layer_sizes=(8,), max_iter=3)
    denoiser = VAEDenoiser(small, random_state=0).fit(linear)
    denoiser.save(tmp_path / "denoiser.safetensors")
    loaded = vaesynth.load(tmp_path / "denoiser.safetensors")
    np.testing.assert_array_equal(loaded.transform(linear), denoiser.transform(linear))

"""VAEs of images: every kind of array, network and likelihood, judged against what the images are."""

import numpy as np
import pytest
from sklearn.datasets import load_digits
from sklearn.decomposition import PCA
from sklearn.linear_model import LogisticRegression

from vaesynth import CVAE, VAE, PosteriorCollapseWarning, PrivacyBudget
from vaesynth.datasets import make_shapes
from vaesynth.estimators import fit_denoising
from vaesynth.nn import GaussianCorruption

LIKELIHOODS = ["bernoulli", "gaussian", "squared_error", "discretized_logistic"]


@pytest.fixture(scope="module")
def digits():
    bunch = load_digits()
    return (bunch.images * 15.9).astype(np.uint8)[:900], bunch.target[:900]


@pytest.fixture(scope="module")
def of_digits(digits):
    return VAE(latent_dim=8, max_iter=60, random_state=0).fit(digits[0])


def squared_error(model, images):
    return np.mean((model.reconstruct(images).astype(float) - images) ** 2)


def test_images_come_back_better_than_their_mean_and_near_pca(of_digits, digits):
    images = digits[0]
    mean = np.mean((images - images.mean(0)) ** 2)
    flat = images.reshape(len(images), -1)
    pca = PCA(8).fit(flat)
    linear = np.mean((pca.inverse_transform(pca.transform(flat)) - flat) ** 2)
    assert squared_error(of_digits, images) < min(0.35 * mean, 1.1 * linear)


def test_shapes_types_and_names(of_digits, digits):
    images = digits[0]
    assert of_digits.n_features_in_ == 64
    latents = of_digits.transform(images[:5])
    assert latents.shape == (5, 8)
    back = of_digits.inverse_transform(latents)
    drawn = of_digits.sample(16, random_state=0)
    assert (back.shape, back.dtype) == ((5, 8, 8), np.uint8)
    assert (drawn.shape, drawn.dtype) == ((16, 8, 8), np.uint8)
    assert len(of_digits.get_feature_names_out()) == 8
    assert of_digits.score_samples(images[:5]).shape == (5,)


def test_latents_know_the_digits(of_digits, digits):
    latents = of_digits.transform(digits[0])
    classifier = LogisticRegression(max_iter=2000).fit(latents[:600], digits[1][:600])
    assert classifier.score(latents[600:], digits[1][600:]) > 0.75


def test_drawn_images_differ_from_each_other_as_much_as_real_ones(of_digits, digits):
    drawn = of_digits.sample(500, random_state=0).astype(float)
    assert 0.5 < drawn.std(axis=0).mean() / digits[0].std(axis=0).mean() < 1.1


@pytest.mark.slow
@pytest.mark.parametrize("network", ["dense", "conv"])
@pytest.mark.parametrize("likelihood", LIKELIHOODS)
def test_every_network_learns_under_every_likelihood(digits, network, likelihood):
    images = digits[0][:200]
    sizes = {"dense": (64,), "conv": (16,)}
    model = VAE(
        network=network,
        likelihood=likelihood,
        hidden_layer_sizes=sizes[network],
        latent_dim=6,
        # Of squared errors between 0 and 1 the KL term asks more than all images have to give.
        beta=0.02 if likelihood == "squared_error" else 1.0,
        max_iter=40,
        learning_rate_init=0.01,
        random_state=0,
    ).fit(images)
    mean = np.mean((images - images.mean(0)) ** 2)
    assert squared_error(model, images) < 0.75 * mean
    assert model.active_units_ >= 3
    losses = model.loss_curve_
    assert losses[-1] < losses[0]


def test_the_bound_of_bytes_is_a_log_density_of_bytes(digits):
    images = digits[0][:200]
    fitted = {"max_iter": 20, "latent_dim": 2, "random_state": 0}
    as_bytes = VAE(likelihood="gaussian", **fitted).fit(images)
    as_floats = VAE(likelihood="gaussian", **fitted).fit(images / 255)
    # The same pixels in units 255 times as large.
    np.testing.assert_allclose(
        as_bytes.score_samples(images),
        as_floats.score_samples(images / 255) - 64 * np.log(255),
        rtol=1e-4,
    )


def test_levels_have_probabilities(digits):
    model = VAE(likelihood="discretized_logistic", latent_dim=2, max_iter=20, random_state=0)
    scores = model.fit(digits[0][:200]).score_samples(digits[0][:200], n_importance_samples=5)
    assert (scores < 0).all()


@pytest.mark.parametrize(
    "convert",
    [
        lambda images: images,
        lambda images: images > 127,
        lambda images: images / 255,
        lambda images: (images / 255).astype(np.float32),
        lambda images: images.astype(np.int32) * 10,
        lambda images: np.repeat(images[:, None], 3, axis=1),
        lambda images: images[:, :7, :5],
        lambda images: images[:, None] / 100.0 - 1,
    ],
    ids=["bytes", "bool", "floats", "single", "integers", "colour", "oblong", "other_range"],
)
@pytest.mark.parametrize("network", ["dense", "conv"])
def test_arrays_of_any_kind_come_back_as_they_were(digits, convert, network):
    images = convert(digits[0][:60])
    quick = {"hidden_layer_sizes": (16,), "max_iter": 40, "learning_rate_init": 0.01}
    model = VAE(network=network, beta=0.1, random_state=0, **quick)
    rebuilt = model.fit(images).reconstruct(images)
    assert (rebuilt.shape, rebuilt.dtype) == (images.shape, images.dtype)
    if images.dtype.kind == "f":
        # Floats between 0 and 1 keep to that range, others to their own.
        lowest, highest = (0, 1) if images.min() >= 0 else (images.min(), images.max())
        assert lowest <= rebuilt.min() <= rebuilt.max() <= highest
    error = np.mean((rebuilt.astype(float) - images) ** 2)
    assert error < np.var(images.astype(float))


def test_black_and_white_images_are_bernoulli_by_themselves(digits):
    images = digits[0][:200] > 127
    automatic = VAE(max_iter=5, beta=0.01, random_state=0).fit(images)
    given = VAE(likelihood="bernoulli", max_iter=5, beta=0.01, random_state=0).fit(images)
    np.testing.assert_array_equal(automatic.score_samples(images), given.score_samples(images))


def test_a_row_of_squared_errors_averaged_over_pixels_collapses_and_says_so(digits):
    # The article's loss: squared error averaged over 64 pixels, KL averaged over 2 latents, in nats of a sum.
    with pytest.warns(PosteriorCollapseWarning, match="none of the 2 latents"):
        model = VAE(
            latent_dim=2, likelihood="squared_error", beta=64 / 4, max_iter=100, random_state=0
        ).fit(digits[0][:300])
    drawn = model.sample(16, random_state=0).astype(float)
    assert drawn.std(axis=0).mean() < 2
    assert model.kl_per_latent_.sum() < 0.01


def test_a_class_is_drawn_as_it_looks(digits):
    images, labels = digits
    model = CVAE(latent_dim=6, max_iter=60, random_state=0).fit(images, labels)
    judge = LogisticRegression(max_iter=3000).fit(images.reshape(len(images), -1), labels)
    drawn = np.concatenate([model.sample(30, y=label, random_state=0) for label in range(10)])
    found = judge.predict(drawn.reshape(len(drawn), -1))
    assert np.mean(found == np.repeat(range(10), 30)) > 0.9


@pytest.mark.slow
@pytest.mark.parametrize("prior", ["class_gaussian", "gaussian_mixture", "vamp", "flow"])
def test_priors_of_images_draw_images(prior):
    images = make_shapes(200, image_size=12, random_state=0)[0]
    quick = {"max_iter": 30, "learning_rate_init": 0.01, "latent_dim": 2, "beta": 0.2}
    model = VAE(prior=prior, prior_n_components=10, random_state=0, **quick).fit(images)
    drawn = model.sample(200, random_state=1).astype(float)
    assert drawn.std(axis=0).mean() > 0.25 * images.std(axis=0).mean()
    assert abs(drawn.mean() - images.mean()) < 0.3 * images.mean()
    assert np.isfinite(model.score_samples(images[:20], n_importance_samples=3)).all()


@pytest.mark.slow
def test_the_likeliest_prior_is_not_the_standard_normal():
    images = make_shapes(200, image_size=12, random_state=0)[0]
    size = {"latent_dim": 2, "beta": 0.2, "max_iter": 60, "random_state": 0}
    standard = VAE(prior="standard_normal", **size).fit(images)
    mixture = VAE(prior="gaussian_mixture", prior_n_components=20, **size).fit(images)
    # One training for both: the mixture comes after it.
    np.testing.assert_allclose(mixture.loss_curve_, standard.loss_curve_, rtol=1e-5)
    score = {"n_importance_samples": 50}
    bounds = [model.score_samples(images, **score).mean() for model in (standard, mixture)]
    assert bounds[1] > bounds[0]


def test_bad_images_and_parameters_are_refused(of_digits, digits):
    images = digits[0]
    with pytest.raises(ValueError, match=r"images of shape \(8, 8\)"):
        of_digits.transform(images[:, :4])
    with pytest.raises(ValueError, match="must have images of whole numbers"):
        VAE(likelihood="discretized_logistic").fit(images / 255)
    with pytest.raises(ValueError, match="must be one number of channels"):
        VAE(network="conv", hidden_layer_sizes=(16, 16)).fit(images)
    with pytest.raises(ValueError, match="finite"):
        VAE().fit(np.full((5, 4, 4), np.nan))


@pytest.mark.slow
def test_latents_on_a_grid_keep_what_a_vector_loses(of_digits, digits):
    images = digits[0]
    size = {"hidden_layer_sizes": (16,), "beta": 0.05, "max_iter": 20, "random_state": 0}
    model = VAE(network="spatial", latent_dim=4, **size).fit(images)
    # Four latents for each of 4 × 4 patches of 2 × 2 pixels.
    assert model.latent_dim_ == model.transform(images).shape[1] == 64
    assert squared_error(model, images) < 0.5 * squared_error(of_digits, images)
    assert model.sample(3, random_state=0).shape == (3, 8, 8)
    assert np.isfinite(model.score_samples(images[:5])).all()


def test_a_grid_of_latents_is_for_images(digits):
    with pytest.raises(ValueError, match="got 'spatial', which is for images"):
        VAE(network="spatial").fit(digits[0].reshape(900, -1))
    with pytest.raises(ValueError, match="must be one number of channels"):
        VAE(network="spatial", hidden_layer_sizes=(16, 16)).fit(digits[0])


def test_noise_and_privacy_exclude_each_other():
    budget = PrivacyBudget(epsilon=1.0, delta=1e-5)
    noise = GaussianCorruption(0.1, 0.1)
    with pytest.raises(ValueError, match="`privacy` must be None where noise is to be learned"):
        fit_denoising(VAE(privacy=budget), np.eye(20), lambda codec, rows: noise)

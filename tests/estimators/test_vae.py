"""VAE and BetaVAE on tables: bounds in the table's own units, the way there and back, going on with a fit."""

import numpy as np
import pandas as pd
import pytest
from sklearn.datasets import load_iris
from sklearn.decomposition import PCA
from sklearn.exceptions import NotFittedError

from vaesynth import VAE, BetaVAE, PosteriorCollapseWarning

FAST = {"max_iter": 20, "hidden_layer_sizes": (16,), "random_state": 0}


@pytest.fixture(scope="module")
def linear():
    """Rows of a linear Gaussian model, whose exact log-density probabilistic PCA gives."""
    rng = np.random.default_rng(0)
    return rng.normal(size=(2000, 2)) @ rng.normal(size=(2, 5)) + 0.4 * rng.normal(size=(2000, 5))


@pytest.fixture(scope="module")
def of_linear(linear):
    return VAE(latent_dim=2, max_iter=60, random_state=0).fit(linear)


@pytest.fixture(scope="module")
def iris():
    return load_iris(as_frame=True).data


def make_mixed(n_rows=300):
    rng = np.random.default_rng(0)
    size = rng.normal(size=n_rows)
    frame = pd.DataFrame(
        {
            "size": size.round(2),
            "count": rng.poisson(5, n_rows),
            "colour": pd.Categorical(np.where(size > 0, "red", "blue")),
            "note": np.where(rng.random(n_rows) < 0.2, None, "seen"),
        }
    )
    frame.loc[rng.random(n_rows) < 0.2, "size"] = np.nan
    return frame


def test_bounds_come_near_the_exact_log_density(of_linear, linear):
    exact = PCA(2).fit(linear).score_samples(linear)
    elbo = of_linear.score_samples(linear)
    tighter = of_linear.score_samples(linear, n_importance_samples=100)
    assert exact.mean() - 0.35 < elbo.mean() < exact.mean()
    assert elbo.mean() < tighter.mean() < exact.mean() + 0.02
    assert np.corrcoef(tighter, exact)[0, 1] > 0.9


def test_bounds_do_not_jump_at_the_size_from_which_tables_are_large():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(5000, 2)) @ rng.normal(size=(2, 6)) + 0.5 * rng.normal(size=(5000, 6))
    same = {"max_iter": 4, "hidden_layer_sizes": (16,), "batch_size": 128, "early_stopping": False}
    below, above = (
        VAE(latent_dim=2, **same, random_state=0).fit(X[:n]).score(X[:2000]) for n in (4999, 5000)
    )
    assert below == pytest.approx(above, abs=0.1)


def test_densities_are_those_of_the_numbers_as_given(linear):
    model = VAE(latent_dim=2, **FAST).fit(linear)
    scaled = VAE(latent_dim=2, **FAST).fit(linear * 1000)
    np.testing.assert_allclose(
        model.score_samples(linear),
        scaled.score_samples(linear * 1000) + 5 * np.log(1000),
        atol=0.1,
    )


def test_probabilities_of_categories_are_at_most_one():
    X = pd.DataFrame({"a": list("xyz") * 50, "b": list("uv") * 75})
    model = VAE(max_iter=100, random_state=0).fit(X)
    every = pd.DataFrame([(a, b) for a in "xyz" for b in "uv"], columns=["a", "b"])
    total = np.exp(model.score_samples(every, n_importance_samples=500)).sum()
    assert 0.9 < total < 1.05


def test_a_score_depends_on_the_row_alone(of_linear, linear):
    scores = of_linear.score_samples(linear)
    np.testing.assert_allclose(of_linear.score_samples(linear[7:9]), scores[7:9], atol=1e-9)
    np.testing.assert_allclose(of_linear.score(linear), scores.mean())


def test_unlikely_rows_score_low(of_linear, linear):
    assert of_linear.score_samples(linear[:1] + 20) < of_linear.score_samples(linear).min()


def test_latents_follow_the_principal_plane(of_linear, linear):
    z = of_linear.transform(linear)
    target = PCA(2).fit_transform(linear)
    design = np.column_stack([z, np.ones(len(z))])
    rest = target - design @ np.linalg.lstsq(design, target, rcond=None)[0]
    assert 1 - rest.var() / target.var() > 0.95
    assert of_linear.active_units_ == 2
    assert (of_linear.kl_per_latent_ > 0.5).all()


def test_samples_have_the_covariance_of_the_rows(of_linear, linear):
    drawn = of_linear.sample(5000, random_state=0)
    expected = np.cov(linear.T)
    size = np.sqrt(np.outer(np.diag(expected), np.diag(expected)))
    np.testing.assert_allclose(np.cov(drawn.T) / size, expected / size, atol=0.15)


def test_a_mixed_table_comes_back_in_its_types():
    frame = make_mixed()
    model = VAE(max_iter=60, learning_rate_init=0.01, random_state=0).fit(frame)
    back = model.inverse_transform(model.transform(frame))
    pd.testing.assert_series_equal(back.dtypes, frame.dtypes)
    pd.testing.assert_frame_equal(back, model.reconstruct(frame))
    assert (back["colour"] == frame["colour"]).mean() > 0.8
    drawn = model.sample(50)
    pd.testing.assert_series_equal(drawn.dtypes, frame.dtypes)
    assert set(drawn["note"].dropna()) == {"seen"}
    assert drawn["note"].isna().any()


def test_frames_of_latents_have_names(iris):
    model = BetaVAE(beta=0.5, latent_dim=3, **FAST).set_output(transform="pandas").fit(iris)
    latents = model.transform(iris)
    assert list(latents.columns) == ["betavae0", "betavae1", "betavae2"]
    pd.testing.assert_frame_equal(model.inverse_transform(latents), model.reconstruct(iris))


def test_beta_is_four_unless_given(iris):
    plain, four = VAE(beta=4.0, **FAST).fit(iris), BetaVAE(**FAST).fit(iris)
    pd.testing.assert_frame_equal(plain.sample(5, random_state=1), four.sample(5, random_state=1))
    other = BetaVAE(beta=1.0, **FAST).fit(iris)
    assert not other.sample(5, random_state=1).equals(four.sample(5, random_state=1))


def test_a_large_beta_collapses_and_says_so(iris):
    with pytest.warns(PosteriorCollapseWarning, match="none of the 3 latents tells rows apart"):
        model = BetaVAE(latent_dim=3, beta=100, max_iter=200, random_state=0).fit(iris)
    assert model.active_units_ == 0
    assert model.kl_per_latent_.sum() < 0.05


def test_free_bits_keep_latents_in_use(iris):
    size = {"latent_dim": 2, "beta": 3, "max_iter": 300, "random_state": 0}
    free = BetaVAE(free_bits=0.5, **size).fit(iris)
    assert free.active_units_ == 2
    assert (free.kl_per_latent_ > 0.3).all()


def test_warm_start_goes_on_where_the_fit_stopped(linear):
    model = VAE(latent_dim=2, warm_start=True, **FAST).fit(linear)
    module, first = model.module_, model.score(linear)
    model.set_params(max_iter=20).fit(linear)
    assert model.module_ is module
    assert model.score(linear) > first
    cold = VAE(latent_dim=2, **FAST).fit(linear)
    assert cold.fit(linear).module_ is not module
    with pytest.raises(ValueError, match="expecting 5 features"):
        model.fit(linear[:, :3])


def test_a_seed_repeats_rows_and_the_stream_goes_on(iris):
    first, second = VAE(**FAST).fit(iris), VAE(**FAST).fit(iris)
    a, b = first.sample(5), first.sample(5)
    pd.testing.assert_frame_equal(a, second.sample(5))
    assert not a.equals(b)


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"likelihood": "bernoulli"}, "`likelihood` must be 'auto' for a table"),
        ({"network": "conv"}, "`network` must be 'auto' or 'dense' for a table"),
        ({"hidden_layer_sizes": (8, 0)}, "`hidden_layer_sizes` must be at least one integer"),
    ],
)
def test_parameters_that_do_not_suit_a_table_are_refused(iris, parameters, message):
    with pytest.raises(ValueError, match=message):
        VAE(**parameters).fit(iris)


def test_arguments_of_methods_are_checked(iris):
    model = VAE(latent_dim=2, **FAST).fit(iris)
    with pytest.raises(ValueError, match=r"shape \(n_samples, 2\), got \(4, 3\)"):
        model.inverse_transform(np.zeros((4, 3)))
    with pytest.raises(ValueError, match="finite"):
        model.inverse_transform(np.full((4, 2), np.nan))
    with pytest.raises(ValueError, match="`n_importance_samples` must be an integer"):
        model.score_samples(iris, n_importance_samples=0)
    with pytest.raises(ValueError, match="`n_samples` must be an integer"):
        model.sample(0)
    with pytest.raises(NotFittedError):
        VAE().transform(iris)

"""The conditional VAE as an estimator: what it learns of each class, and what it refuses."""

import numpy as np
import pandas as pd
import pytest
from scipy.stats import multivariate_normal
from sklearn.datasets import load_iris
from sklearn.exceptions import NotFittedError

from vaesynth import CVAE
from vaesynth.estimators import ClassRows
from vaesynth.tabular import TableEncoder


def fit_weighted(model, X, y, weight):
    tables = TableEncoder()
    return ClassRows.fit(model, tables, tables.fit_transform(X), y, weight).model


FAST = {"max_iter": 5, "hidden_layer_sizes": (16,), "random_state": 0}


@pytest.fixture
def iris():
    return load_iris(return_X_y=True, as_frame=True)


def test_samples_have_the_moments_of_their_class(iris):
    X, y = iris
    model = CVAE(random_state=0).fit(X, y)
    for label in range(3):
        drawn, real = model.sample(2000, y=label), X[y == label]
        distance = (drawn.mean() - real.mean()).abs() / X.std()
        assert distance.max() < 0.25
        assert (drawn.std() / real.std()).between(0.4, 2.0).all()


def test_gaps_are_learned_per_class():
    rng = np.random.default_rng(0)
    y = np.repeat(["full", "holed"], 200)
    X = pd.DataFrame({"a": rng.normal(size=400), "b": rng.normal(size=400)})
    X.loc[(y == "holed") & (rng.random(400) < 0.7), "a"] = np.nan
    model = CVAE(random_state=0).fit(X, y)
    holes = {label: model.sample(1000, y=label)["a"].isna().mean() for label in ("full", "holed")}
    assert holes["full"] < 0.1
    assert abs(holes["holed"] - 0.7) < 0.15


@pytest.mark.parametrize("early_stopping", [True, False])
def test_history_holds_a_validation_loss_only_where_rows_were_held_out(iris, early_stopping):
    model = CVAE(early_stopping=early_stopping, **FAST).fit(*iris)
    assert ("validation_loss" in model.history_.terms) == early_stopping
    assert model.loss_curve_ == model.history_.terms["loss"]


def test_a_class_of_weightless_rows_is_refused(iris):
    X, y = iris
    with pytest.raises(ValueError, match=r"every class a row of positive weight.*\[2\]"):
        fit_weighted(CVAE(**FAST), X, y, (y < 2).astype(float))


def test_names_of_an_earlier_fit_are_forgotten(iris):
    X, y = iris
    model = CVAE(**FAST).fit(X, y)
    assert list(model.feature_names_in_) == list(X.columns)
    model.fit(X.to_numpy()[:, :3], y)
    assert model.n_features_in_ == 3
    assert not hasattr(model, "feature_names_in_")


def test_later_draws_differ_and_a_seed_repeats_them(iris):
    model = CVAE(**FAST).fit(*iris)
    assert not model.sample(5, y=1).equals(model.sample(5, y=1))
    pd.testing.assert_frame_equal(
        model.sample(5, y=1, random_state=7), model.sample(5, y=1, random_state=7)
    )


def test_unknown_classes_and_unfitted_models_are_refused(iris):
    with pytest.raises(NotFittedError):
        CVAE().sample(3, y=0)
    model = CVAE(**FAST).fit(*iris)
    with pytest.raises(ValueError, match=r"one of the fitted classes \[0, 1, 2\], got 3"):
        model.sample(3, y=3)
    with pytest.raises(ValueError, match=r"of the fitted classes \[0, 1, 2\], got \[9\]"):
        ClassRows.of(model, iris[0], np.full(150, 9))


@pytest.fixture(scope="module")
def two_clouds():
    """Two classes of one shape far apart, three rows of the first for one of the second."""
    rng = np.random.default_rng(0)
    y = np.repeat(["often", "rare"], [600, 200])
    return rng.normal(size=(800, 2)) @ [[1.0, 0.8], [0.0, 0.6]] + 4 * (y == "rare")[:, None], y


@pytest.fixture(scope="module")
def of_clouds(two_clouds):
    # Standardised clouds stay normal, so that a decoder without bends has their exact density.
    model = CVAE(latent_dim=2, max_iter=120, numeric_encoding="standardize", random_state=0)
    return model.fit(*two_clouds)


def test_bounds_given_the_class_come_near_its_density(of_clouds, two_clouds):
    X, y = two_clouds
    scores = of_clouds.score_samples(X, y, n_importance_samples=50)
    for label in ("often", "rare"):
        members = X[y == label]
        exact = multivariate_normal(members.mean(0), np.cov(members.T)).logpdf(members)
        assert scores[y == label].mean() == pytest.approx(exact.mean(), abs=0.35)
    wrong = np.where(y == "rare", "often", "rare")
    assert (of_clouds.score_samples(X, wrong) < scores).mean() > 0.97


def test_without_the_class_the_bound_is_that_of_the_mixture(of_clouds, two_clouds):
    X, y = two_clouds
    given = [of_clouds.score_samples(X, np.full(800, label)) for label in ("often", "rare")]
    expected = np.logaddexp(given[0] + np.log(0.75), given[1] + np.log(0.25))
    np.testing.assert_allclose(of_clouds.score_samples(X), expected)
    assert of_clouds.score(X, y) == pytest.approx(of_clouds.score_samples(X, y).mean())


def test_classes_are_drawn_with_their_shares_unless_told(of_clouds):
    drawn = of_clouds.sample(4000, random_state=0)
    assert np.mean(drawn.mean(axis=1) > 2) == pytest.approx(0.25, abs=0.03)
    told = of_clouds.sample(4, y=["rare", "often", "rare", "often"], random_state=0)
    assert (told.mean(axis=1) > 2).tolist() == [True, False, True, False]


def test_latents_of_a_row_follow_its_class_where_it_is_given(of_clouds, two_clouds):
    X, y = two_clouds
    given, guessed = of_clouds.transform(X, y), of_clouds.transform(X)
    assert given.shape == guessed.shape == (800, 2)
    # Far apart as the classes are, a guess is as good as knowing.
    assert np.abs(given - guessed).mean() < 0.05
    back = of_clouds.inverse_transform(given, y)
    assert np.mean((back - X) ** 2) < 0.6 * X[y == "rare"].var()
    np.testing.assert_allclose(of_clouds.reconstruct(X, y), back)


def test_columns_far_off_are_told_of_the_class_alone(of_clouds):
    zero = np.zeros((1, 2))
    often = of_clouds.inverse_transform(zero, y=["often"])
    rare = of_clouds.inverse_transform(zero, y=["rare"])
    np.testing.assert_allclose(rare - often, 4, atol=0.6)


def test_weights_move_what_is_learned():
    rng = np.random.default_rng(0)
    X = np.concatenate([rng.normal(0, 1, (100, 1)), rng.normal(8, 1, (100, 1))] * 2)
    y = np.repeat([0, 1], 200)
    weight = np.tile(np.repeat([1.0, 0.0], 100), 2)
    model = fit_weighted(CVAE(max_iter=60, random_state=0), X, y, weight)
    assert (model.sample(300, y=1, random_state=0) < 5).mean() > 0.97


def test_a_warm_start_keeps_its_classes(iris):
    X, y = iris
    model = CVAE(warm_start=True, **FAST).fit(X, y)
    module = model.module_
    assert model.fit(X, y).module_ is module
    with pytest.raises(ValueError, match=r"classes of the first fit \[0, 1, 2\]"):
        model.fit(X, y % 2)


def test_classes_of_other_lengths_and_names_are_refused(of_clouds, two_clouds):
    X, y = two_clouds
    with pytest.raises(ValueError, match=r"`y` must have shape \(800,\), got \(3,\)"):
        of_clouds.transform(X, y[:3])
    with pytest.raises(ValueError, match=r"of the fitted classes .* got \['never'\]"):
        of_clouds.score_samples(X, np.full(800, "never"))

"""The conditional VAE as an estimator: what it learns of each class, and what it refuses."""

import numpy as np
import pandas as pd
import pytest
from sklearn.datasets import load_iris
from sklearn.exceptions import NotFittedError

from vaesynth import CVAE

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
        CVAE(**FAST).fit_weighted(X, y, sample_weight=(y < 2).astype(float))


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
        model.make_source(iris[0], np.full(150, 9))

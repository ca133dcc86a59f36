"""Private fits: what they state, what they keep to themselves, and what they refuse."""

import numpy as np
import pandas as pd
import pytest

from vaesynth import CVAE, VAE, PrivacyBudget
from vaesynth.datasets import make_shapes
from vaesynth.estimators import ClassRows
from vaesynth.tabular import TableEncoder


def fit_weighted(model, X, y, weight):
    tables = TableEncoder()
    return ClassRows.fit(model, tables, tables.fit_transform(X), y, weight).model


BUDGET = PrivacyBudget(epsilon=4, delta=1e-4)
FAST = {"max_iter": 3, "hidden_layer_sizes": (16,), "random_state": 0}


@pytest.fixture(scope="module")
def table():
    rng = np.random.default_rng(0)
    X = pd.DataFrame({"size": rng.normal(size=300), "kind": rng.choice(list("abc"), 300)})
    return X, np.arange(300) % 5 == 0


@pytest.fixture(scope="module")
def fitted(table):
    return CVAE(privacy=BUDGET, **FAST).fit(*table)


def test_what_is_spent_is_stated(fitted, table):
    spent = fitted.privacy_spent_
    assert 0.9 * 4 < spent.epsilon <= 4
    assert spent.delta == 1e-4
    assert CVAE(**FAST).fit(*table).privacy_spent_ is None


def test_it_draws_rows_with_the_tables_columns(fitted, table):
    drawn = fitted.sample(50, y=True)
    assert drawn.dtypes.equals(table[0].dtypes)
    assert drawn["kind"].isin(list("abc")).all()


def test_nothing_that_was_computed_on_rows_without_noise_is_kept(fitted):
    assert fitted.loss_curve_ == []
    assert fitted.history_.terms == {}
    assert fitted.kl_per_latent_ is None
    assert fitted.active_units_ is None


def test_no_row_is_started_from(fitted, table):
    with pytest.raises(ValueError, match="must come from its prior"):
        ClassRows.of(fitted, *table)


@pytest.mark.slow
def test_the_noise_does_not_come_from_the_seed(fitted, table):
    # The file of a model holds its seed: with it anybody could take the noise off.
    again = CVAE(privacy=BUDGET, **FAST).fit(*table)
    weights = [next(model.module_.parameters()).detach().numpy() for model in (fitted, again)]
    assert not np.allclose(*weights)


def test_a_saved_model_states_it_too(fitted, tmp_path):
    fitted.save(tmp_path / "private.safetensors")
    loaded = CVAE.load(tmp_path / "private.safetensors")
    assert loaded.privacy_spent_ == fitted.privacy_spent_
    assert loaded.privacy == BUDGET
    pd.testing.assert_frame_equal(
        loaded.sample(9, True, random_state=1), fitted.sample(9, True, random_state=1)
    )


@pytest.mark.slow
def test_it_learns_where_the_budget_is_large():
    rng = np.random.default_rng(0)
    y = rng.integers(0, 2, 1000)
    X = rng.normal(size=(1000, 2)) + 4 * y[:, None]
    private = PrivacyBudget(epsilon=50, delta=1e-5)
    model = CVAE(privacy=private, max_iter=10, random_state=0).fit(X, y)
    means = [model.sample(500, label, random_state=0).mean() for label in (0, 1)]
    assert means == pytest.approx([0, 4], abs=0.8)


@pytest.mark.slow
def test_a_vae_without_classes_may_be_private_too(table):
    model = VAE(privacy=BUDGET, **FAST).fit(table[0])
    assert model.privacy_spent_.epsilon <= 4
    assert len(model.sample(5)) == 5


def test_large_tables_do_not_stop_early():
    X = np.random.default_rng(0).normal(size=(5000, 2))
    changes = {**FAST, "max_iter": 1}
    model = VAE(privacy=PrivacyBudget(2, 1e-5), **changes).fit(X)
    assert "validation_loss" not in model.history_.terms


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"prior": "vamp"}, "`prior` of a private fit must be one of .* got 'vamp'"),
        (
            {"decoder": "autoregressive"},
            "`decoder` of a private fit must be .* got 'autoregressive'",
        ),
        ({"early_stopping": True}, "must go without `early_stopping`, got True"),
        ({"warm_start": True}, "must go without `warm_start`, got True"),
        ({"free_bits": 0.1}, r"must go without `free_bits`, got 0\.1"),
        ({"privacy": PrivacyBudget(1, 0.01)}, r"below one over the number of rows, 0\.00333"),
    ],
)
def test_what_would_look_at_rows_is_refused_and_the_fitted_stays(table, changes, message):
    model = CVAE(**FAST).fit(*table)
    before = model.sample(3, True, random_state=0)
    model.set_params(**{"privacy": BUDGET, **changes})
    with pytest.raises(ValueError, match=message):
        model.fit(*table)
    pd.testing.assert_frame_equal(model.sample(3, True, random_state=0), before)


def test_weights_and_images_are_refused(table):
    with pytest.raises(ValueError, match="must weigh the same"):
        fit_weighted(CVAE(privacy=BUDGET, **FAST), *table, np.arange(300) + 1.0)
    images = make_shapes(20, image_size=8, random_state=0)[0]
    with pytest.raises(ValueError, match="must be of a table, got images"):
        VAE(privacy=BUDGET, **FAST).fit(images)


def test_without_opacus_the_extra_is_named(table, monkeypatch):
    def missing(module, extra):
        raise ImportError(
            f'opacus is needed here and not installed: pip install "vaesynth[{extra}]"'
        )

    monkeypatch.setattr("vaesynth.training._privacy.import_optional", missing)
    with pytest.raises(ImportError, match=r"vaesynth\[private\]"):
        CVAE(privacy=BUDGET, **FAST).fit(*table)

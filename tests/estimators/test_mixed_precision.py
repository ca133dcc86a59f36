"""Training with products in bfloat16, on the CPU: what it may change and what not."""

import numpy as np
import pytest
import torch
from sklearn.datasets import load_breast_cancer, load_digits
from sklearn.model_selection import train_test_split

from vaesynth import CVAE, VAE, VQVAE, CVAESampler
from vaesynth.training import PrivacyBudget


@pytest.fixture(scope="module")
def table():
    return train_test_split(*load_breast_cancer(return_X_y=True), random_state=0)


@pytest.fixture(scope="module")
def images():
    return train_test_split(load_digits().images[:800] / 16, random_state=0)


def dtypes(module):
    return {parameter.dtype for parameter in module.parameters()}


@pytest.mark.slow
@pytest.mark.parametrize(
    ("decoder", "encoding"), [("independent", "standardize"), ("autoregressive", "bins")]
)
def test_the_bound_on_held_out_rows_of_a_table_is_that_of_float32(table, decoder, encoding):
    X, X_new, y, y_new = table
    parameters = {"decoder": decoder, "numeric_encoding": encoding, "max_iter": 15}
    full, mixed = (
        CVAE(**parameters, random_state=0, mixed_precision=mixed).fit(X, y).score(X_new, y_new)
        for mixed in (False, True)
    )
    assert mixed != full
    assert mixed == pytest.approx(full, abs=0.1)


def test_the_bound_on_held_out_images_is_that_of_float32(images):
    seen, new = images
    full, mixed = (
        VAE(max_iter=10, random_state=0, mixed_precision=mixed).fit(seen).score(new)
        for mixed in (False, True)
    )
    assert mixed != full
    assert mixed == pytest.approx(full, abs=0.5)


def test_what_is_fitted_computes_in_float32(table, images):
    X, _, y, _ = table
    model = CVAE(max_iter=10, random_state=0, mixed_precision=True).fit(X, y)
    assert dtypes(model.module_) == {torch.float32}
    drawn = model.sample(5, y=y[:5])
    assert np.isfinite(drawn).all()
    codes = VQVAE(max_iter=2, prior_max_iter=1, random_state=0, mixed_precision=True).fit(images[0])
    assert dtypes(codes.module_) == dtypes(codes.prior_) == {torch.float32}
    assert codes.module_.quantizer.codebook.dtype == torch.float32


@pytest.mark.slow
def test_images_are_rebuilt_from_codes_as_well_as_in_float32(images):
    seen, new = images
    errors = [
        np.square(
            VQVAE(max_iter=4, prior_max_iter=1, random_state=0, mixed_precision=mixed)
            .fit(seen)
            .reconstruct(new)
            - new
        ).mean()
        for mixed in (False, True)
    ]
    assert errors[1] == pytest.approx(errors[0], rel=0.15)


def test_a_sampler_hands_it_to_its_model(table):
    X, _, y, _ = table
    sampler = CVAESampler(model=CVAE(max_iter=2, mixed_precision=True), random_state=0)
    sampler.fit_resample(X, y)
    assert sampler.model_.mixed_precision


def test_it_is_refused_in_a_private_fit(table):
    X, _, y, _ = table
    budget = PrivacyBudget(epsilon=1.0, delta=1e-3)
    with pytest.raises(ValueError, match="must go without `mixed_precision`, got True"):
        CVAE(privacy=budget, mixed_precision=True).fit(X, y)

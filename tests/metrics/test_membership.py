"""The attack guesses on what never saw the rows and knows the members of what copies them."""

import numpy as np
import pandas as pd
import pytest
from sklearn.mixture import GaussianMixture

from vaesynth.metrics import membership_inference_auc


def test_it_can_only_guess_on_rows_of_a_model_that_never_saw_the_table(make_table):
    aucs = []
    for seed in range(5):
        train, holdout, other = (make_table(500, 10 * seed + part) for part in range(1, 4))
        aucs.append(membership_inference_auc(train, holdout, other))
    # Five of a standard error of 0.018 each.
    assert np.mean(aucs) == pytest.approx(0.5, abs=0.025)


def test_it_can_only_guess_on_draws_of_a_model_too_simple_to_remember():
    rng = np.random.default_rng(0)
    train, holdout = rng.normal(size=(2, 1500, 4))
    model = GaussianMixture(1, random_state=0).fit(train)
    assert membership_inference_auc(train, holdout, model.sample(1500)[0]) == pytest.approx(
        0.5, abs=0.035
    )


def test_it_knows_the_members_of_a_generator_that_copies(real, holdout, noisy):
    assert membership_inference_auc(real, holdout, real) == 1
    assert membership_inference_auc(holdout, real, real) == 0
    assert membership_inference_auc(real, holdout, noisy) > 0.95


def test_it_finds_what_a_memorizing_mixture_learned():
    rng = np.random.default_rng(1)
    train, holdout = rng.normal(size=(2, 150, 4))
    model = GaussianMixture(100, covariance_type="spherical", reg_covar=1e-3, random_state=0).fit(
        train
    )
    assert membership_inference_auc(train, holdout, model.sample(3000)[0]) > 0.75


def test_half_copied_lies_between(real, holdout, fresh):
    half = pd.concat([fresh[:300], real[300:]], ignore_index=True)
    auc = membership_inference_auc(real, holdout, half)
    assert 0.65 < auc < 0.85

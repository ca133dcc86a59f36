"""The attack guesses on what never saw the rows and knows the members of what copies them."""

import numpy as np
import pandas as pd
import pytest
from scipy.stats import rankdata
from sklearn.metrics import roc_auc_score
from sklearn.mixture import GaussianMixture

from vaesynth.metrics import membership_inference_auc, shadow_membership_auc


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


@pytest.mark.parametrize("knows_others", [False, True])
def test_the_score_is_the_ratio_of_the_distances(knows_others):
    rng = np.random.default_rng(3)
    real = rng.normal(size=80)
    made, known = rng.uniform(real.min(), real.max(), 30), rng.uniform(real.min(), real.max(), 60)
    order = np.argsort(real)
    ranks = (rankdata(real) - 0.5) / len(real)

    def places(numbers):
        return np.interp(numbers, real[order], ranks[order])

    def gap(numbers):
        return np.abs(ranks[:, None] - places(numbers)).min(axis=1)

    own = np.abs(ranks[:, None] - ranks) + np.diag(np.full(len(real), np.inf))
    to_real = gap(known) if knows_others else own.min(axis=1)
    floor = 1e-3 * np.median(to_real)
    scores = (to_real + floor) / (gap(made) + floor)
    expected = roc_auc_score(np.arange(80) < 50, scores)
    tables = [pd.DataFrame({"x": numbers}) for numbers in (real[:50], real[50:], made)]
    reference = pd.DataFrame({"x": known}) if knows_others else None
    assert membership_inference_auc(*tables, reference=reference) == pytest.approx(expected)


def test_a_reference_of_its_own_finds_copies_and_nothing_else(real, holdout, fresh, make_table):
    reference = make_table(600, 77)
    assert membership_inference_auc(real, holdout, real, reference=reference) > 0.99
    auc = membership_inference_auc(real, holdout, fresh, reference=reference)
    assert auc == pytest.approx(0.5, abs=0.05)


def make_attack(generate, n_shadows=3):
    """Return the attacked tables and shadows of a generator of rows from training rows."""
    triples = []
    for seed in range(n_shadows + 1):
        rng = np.random.default_rng(seed)
        train, holdout = rng.normal(size=(2, 300, 3))
        triples.append((train, holdout, generate(train, rng)))
    return *triples[0], triples[1:]


def test_shadows_teach_the_attacker_what_noise_around_training_rows_looks_like():
    attack = make_attack(lambda train, rng: train + 0.02 * rng.normal(size=train.shape))
    assert shadow_membership_auc(*attack) > 0.95


def test_shadows_teach_the_attacker_that_training_rows_are_avoided():
    def avoid(train, rng):
        draws = rng.normal(size=(3_000, 3))
        distance = np.linalg.norm(draws[:, None] - train, axis=2).min(axis=1)
        return draws[np.argsort(-distance / (1 + np.linalg.norm(draws, axis=1)))[:1_500]]

    *tables, shadows = make_attack(avoid)
    assert membership_inference_auc(*tables) < 0.4
    assert shadow_membership_auc(*tables, shadows) > 0.6


def test_shadows_of_a_generator_that_knows_nothing_teach_nothing():
    attack = make_attack(lambda train, rng: rng.normal(size=train.shape))
    assert shadow_membership_auc(*attack) == pytest.approx(0.5, abs=0.07)


def test_an_attacker_without_shadows_is_refused(real, holdout, fresh):
    with pytest.raises(ValueError, match="at least one"):
        shadow_membership_auc(real, holdout, fresh, [])

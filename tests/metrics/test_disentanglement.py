"""Gap and DCI on latents whose answer is known."""

import numpy as np
import pytest
from sklearn.ensemble import ExtraTreesClassifier

from vaesynth.metrics import dci_disentanglement, mutual_information_gap


@pytest.fixture(scope="module")
def factors():
    return np.random.default_rng(0).integers(0, [2, 4, 6], size=(3000, 3))


@pytest.fixture(scope="module")
def noise():
    return np.random.default_rng(1).normal(size=(3000, 3))


def test_a_latent_for_each_factor_is_the_best(factors, noise):
    latents = np.hstack([factors[:, ::-1] * [-1.0, 2.0, 5.0], noise])
    assert mutual_information_gap(latents, factors) > 0.98
    scores = dci_disentanglement(latents, factors)
    assert min(scores) > 0.95


@pytest.mark.slow
def test_noise_is_the_worst(factors, noise):
    assert mutual_information_gap(noise, factors) < 0.02
    scores = dci_disentanglement(noise, factors)
    assert max(scores.disentanglement, scores.completeness) < 0.1
    assert scores.informativeness == pytest.approx(np.mean([1 / 2, 1 / 4, 1 / 6]), abs=0.05)


def test_a_factor_told_twice_has_no_gap_and_is_incomplete(factors):
    twice = np.hstack([factors, factors]).astype(float)
    assert mutual_information_gap(twice, factors) == pytest.approx(0)
    scores = dci_disentanglement(twice, factors)
    assert scores.disentanglement > 0.95
    # Two latents of six serve each factor alike.
    assert scores.completeness == pytest.approx(1 - np.log(2) / np.log(6), abs=0.12)


def test_mixed_latents_lie_between(factors):
    turned = factors @ np.linalg.qr(np.random.default_rng(2).normal(size=(3, 3)))[0]
    assert 0 < mutual_information_gap(turned, factors) < 0.5
    assert dci_disentanglement(turned, factors).disentanglement < 0.6


def test_the_gap_is_that_of_the_definition():
    factor = np.array([0, 0, 1, 1] * 25)
    exact, half = factor.astype(float), np.array([0.0, 1.0, 1.0, 1.0] * 25)
    joint = np.array([[0.25, 0.25], [0, 0.5]])
    outer = joint.sum(1, keepdims=True) * joint.sum(0)
    told = np.sum(joint[joint > 0] * np.log(joint[joint > 0] / outer[joint > 0]))
    latents = np.column_stack([exact, half])
    expected = 1 - told / np.log(2)
    assert mutual_information_gap(latents, factor[:, None], n_bins=2) == pytest.approx(expected)


def test_another_classifier_serves_too(factors):
    forest = ExtraTreesClassifier(20, random_state=0)
    assert dci_disentanglement(factors, factors, estimator=forest).disentanglement > 0.9


def test_bad_input_is_refused(factors):
    with pytest.raises(ValueError, match="at least two latents, got 1"):
        mutual_information_gap(factors[:, :1], factors)
    with pytest.raises(ValueError, match="inconsistent numbers of samples"):
        dci_disentanglement(factors[:-1], factors)

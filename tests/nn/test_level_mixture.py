"""Mixtures cut into levels, against scipy's Student distribution."""

import numpy as np
import pytest
import torch
from scipy import stats

from vaesynth.nn import UNIFORM_SHARE, LevelMixture, student_cdf


def test_the_distribution_function_is_students():
    t = np.linspace(-30, 30, 301)
    assert np.allclose(student_cdf(torch.from_numpy(t)), stats.t(4).cdf(t), atol=1e-12)


@pytest.mark.parametrize("has_atom", [False, True])
@pytest.mark.parametrize("n_levels", [2, 17, 256])
def test_probabilities_sum_to_one(n_levels, has_atom):
    mixture = LevelMixture(n_levels, 3, has_atom=has_atom)
    outputs = 2 * torch.randn(5, 1, mixture.n_outputs, generator=torch.Generator().manual_seed(0))
    levels = torch.arange(float(n_levels)).expand(5, -1)
    total = mixture.log_prob(outputs.double(), levels.double()).exp().sum(1)
    assert torch.allclose(total, torch.ones(5, dtype=torch.float64))


def test_one_component_is_a_student_distribution_in_steps():
    mixture = LevelMixture(11, 1)
    outputs = torch.tensor([0.0, 0.13, 1.0], dtype=torch.float64)
    mean, scale = 0.5 + 0.13, np.exp(1.0 - 3.0)
    law = stats.t(4, mean, scale)
    expected = law.cdf(0.45) - law.cdf(0.35)
    expected = (1 - UNIFORM_SHARE) * expected + UNIFORM_SHARE / 11
    assert mixture.log_prob(outputs, torch.tensor(4.0).double()).exp().item() == pytest.approx(
        expected
    )


def test_an_atom_adds_to_the_first_level_alone():
    outputs = torch.zeros(4, dtype=torch.float64)
    plain = LevelMixture(8, 1)
    levels = torch.arange(8.0).double()
    without = plain.log_prob(outputs[1:], levels).exp()
    outputs[1] = 3.0  # the log-weight of the atom; that of the component is 0
    share = 1 / (1 + np.exp(-3.0))
    floor = UNIFORM_SHARE / 8
    expected = (without - floor) * (1 - share) + floor
    expected[0] += (1 - UNIFORM_SHARE) * share
    assert torch.allclose(
        LevelMixture(8, 1, has_atom=True).log_prob(outputs, levels).exp(), expected
    )

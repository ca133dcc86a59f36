"""The prior of codes by enumeration, by causality and on a chain of known entropy."""

import itertools

import numpy as np
import pytest
import torch
from scipy import stats

from vaesynth.nn import Rows
from vaesynth.priors import CodePrior
from vaesynth.training import TrainingData, TrainingPlan, train

GRIDS = [(2, 2), (1, 4), (4, 1)]


def seeded(seed=0):
    return torch.Generator().manual_seed(seed)


def make_prior(n_codes=3, grid=(2, 2), n_classes=2, hidden_size=8):
    prior = CodePrior(n_codes, grid, n_classes, hidden_size, seeded())
    with torch.no_grad():
        for parameter in prior.parameters():
            parameter.mul_(2)  # probabilities far from even
    return prior


def all_codes(n_codes, n_positions):
    return torch.tensor(list(itertools.product(range(n_codes), repeat=n_positions)))


def enumerate_probabilities(prior, label):
    codes = all_codes(prior.n_codes, prior.n_positions)
    with torch.no_grad():
        return prior.log_prob(codes, torch.full((len(codes),), label)).double().exp()


@pytest.mark.parametrize("grid", GRIDS)
@pytest.mark.parametrize("label", [0, 1])
def test_probabilities_sum_to_one(grid, label):
    total = enumerate_probabilities(make_prior(grid=grid), label).sum()
    np.testing.assert_allclose(total, 1, rtol=1e-5)


def test_classes_differ():
    prior = make_prior()
    gap = enumerate_probabilities(prior, 0) - enumerate_probabilities(prior, 1)
    assert gap.abs().max() > 1e-3


@pytest.mark.parametrize("grid", [(3, 4), (1, 12), (12, 1)])
def test_a_later_code_changes_no_earlier_conditional(grid):
    prior = make_prior(5, grid)
    codes = torch.randint(5, (6, 12), generator=seeded())
    y = torch.tensor([0, 1] * 3)
    before = prior.log_probs(codes, y).detach()
    for position in range(12):
        changed = codes.clone()
        changed[:, position] = (changed[:, position] + 1) % 5
        after = prior.log_probs(changed, y).detach()
        torch.testing.assert_close(after[:, : position + 1], before[:, : position + 1])
        if position < 11:
            assert not torch.allclose(after[:, position + 1], before[:, position + 1])


@pytest.mark.parametrize("grid", GRIDS)
def test_samples_have_the_probabilities(grid):
    prior = make_prior(2, grid)
    y = torch.ones(40_000, dtype=torch.int64)
    drawn = prior.sample(y, seeded(1))
    number = (drawn * 2 ** torch.arange(3, -1, -1)).sum(1)
    expected = enumerate_probabilities(prior, 1).numpy()
    expected *= len(y) / expected.sum()  # within rounding
    assert stats.chisquare(np.bincount(number, minlength=16), expected).pvalue > 1e-3


def test_it_learns_a_chain_near_its_entropy():
    chain = np.full((4, 4), 0.1) + 0.6 * np.eye(4)[[1, 2, 3, 0]]
    rng = np.random.default_rng(0)
    states = [rng.integers(0, 4, 4_000)]
    for _ in range(7):
        states.append((chain[states[-1]].cumsum(1) > rng.random((4_000, 1))).argmax(1))
    codes = np.column_stack(states)
    entropy = np.log(4) - 7 * (chain[0] * np.log(chain[0])).sum()
    rows = Rows.from_arrays(np.empty((4_000, 0)), codes)
    data = TrainingData(
        rows.take(slice(3_000)), torch.zeros(3_000, dtype=torch.int64), torch.ones(3_000)
    )
    prior = CodePrior(4, (1, 8), 1, 16, seeded())
    plan = TrainingPlan(max_iter=8, n_steps_per_epoch=30, batch_size=100, learning_rate=1e-2)
    train(prior, data, plan, seeded())
    with torch.no_grad():
        unseen = prior.log_prob(rows.codes[3_000:], torch.zeros(1_000, dtype=torch.int64))
    actual = -np.log(chain[codes[3_000:, :-1], codes[3_000:, 1:]]).sum(1).mean() + np.log(4)
    assert abs(actual - entropy) < 0.15
    assert actual - 0.02 < -unseen.mean() < actual + 0.1


def test_every_parameter_gets_a_gradient():
    prior = make_prior()
    rows = Rows.from_arrays(
        np.empty((50, 0)), torch.randint(3, (50, 4), generator=seeded()).numpy()
    )
    prior.loss(rows, torch.tensor([0, 1] * 25), seeded(), 1.0)["loss"].backward()
    for name, parameter in prior.named_parameters():
        assert parameter.grad is not None, name
        assert parameter.grad.abs().sum() > 0, name


def test_the_global_random_state_is_left_alone():
    state = torch.random.get_rng_state()
    make_prior().sample(torch.zeros(3, dtype=torch.int64), seeded())
    assert torch.equal(torch.random.get_rng_state(), state)

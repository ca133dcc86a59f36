"""The prior of a table's codes: a distribution, causal, learned."""

import itertools

import torch

from vaesynth.models import SequencePrior
from vaesynth.nn import Rows
from vaesynth.training import TrainingData, TrainingPlan, train


def make_prior():
    return SequencePrior(3, 3, 16, torch.Generator().manual_seed(0))


def test_the_probabilities_of_all_sequences_sum_to_one():
    everything = torch.tensor(list(itertools.product(range(3), repeat=3)))
    assert make_prior().log_prob(everything).sum(1).exp().sum().isclose(torch.tensor(1.0))


def test_a_code_does_not_read_what_comes_later():
    prior = make_prior()
    first, second = prior.log_prob(torch.tensor([[0, 1, 2], [0, 1, 0]]))
    assert torch.equal(first[:2], second[:2])
    assert first[2] != second[2]


def test_it_learns_which_codes_follow_which():
    first = torch.randint(3, (300, 1), generator=torch.Generator().manual_seed(0))
    codes, empty = torch.cat([first, (first + 1) % 3, first], dim=1), torch.zeros(300, 0)
    data = TrainingData(Rows(empty, empty, codes), torch.zeros(300).long(), torch.ones(300))
    prior = make_prior()
    train(prior, data, TrainingPlan(30, 10, 30, learning_rate=2e-2), torch.Generator())
    nats = -prior.log_prob(codes).mean(0)
    assert abs(nats[0] - torch.log(torch.tensor(3.0))) < 0.05
    assert nats[1:].max() < 0.05

"""Sequences of codes to bits and back, at the price of their prior."""

import math

import numpy as np
import pytest
import torch

from vaesynth.applications._compression._sequence_coder import SequenceCoder
from vaesynth.models import SequencePrior


@pytest.fixture
def prior():
    prior = SequencePrior(40, 4, 16, torch.Generator().manual_seed(0))
    with torch.no_grad():
        prior.network[-1].weight *= 20
    return prior


def draw_codes(n_rows):
    return np.random.default_rng(0).integers(0, 40, (n_rows, 4))


@pytest.mark.parametrize("n_rows", [1, 7, 1300])
def test_codes_come_back(prior, n_rows):
    coder, codes = SequenceCoder(prior), draw_codes(n_rows)
    assert np.array_equal(coder.decode(coder.encode(codes), n_rows), codes)


def test_the_price_is_the_prior_s(prior):
    codes = draw_codes(2000)
    nats = -prior.log_prob(torch.from_numpy(codes)).sum().item()
    assert nats > 1.02 * codes.size * math.log(40)  # it is no uniform distribution
    bits = 8 * len(SequenceCoder(prior).encode(codes))
    assert bits == pytest.approx(nats / math.log(2), rel=0.005)

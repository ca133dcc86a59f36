"""Levels to bits and back, against the probabilities of the mixture."""

import constriction
import numpy as np
import pytest
import torch

from vaesynth.applications._compression._level_coder import LevelCoder
from vaesynth.nn import LevelMixture


def make_case(n_levels, n_components, has_atom, n=5000, spread=1.5):
    mixture = LevelMixture(n_levels, n_components, has_atom=has_atom)
    generator = torch.Generator().manual_seed(0)
    outputs = spread * torch.randn(mixture.n_outputs, n, generator=generator)
    everything = torch.arange(float(n_levels)).expand(n, -1)
    shares = mixture.log_prob(outputs.t()[:, None], everything).exp()
    levels = torch.multinomial(shares, 1, generator=generator)[:, 0]
    return mixture, outputs, levels, shares


CASES = [(256, 3, True), (256, 1, False), (63, 2, False), (17, 2, True), (2, 1, True)]


@pytest.mark.parametrize("case", CASES)
def test_levels_come_back(case):
    mixture, outputs, levels, _ = make_case(*case)
    coder, stack = LevelCoder(mixture), constriction.stream.stack.AnsCoder()
    coder.push(stack, outputs, levels)
    coder.push(stack, outputs[:, :7], levels[-7:])
    assert torch.equal(coder.pop(stack, outputs[:, :7]), levels[-7:])
    assert torch.equal(coder.pop(stack, outputs), levels)
    assert stack.is_empty()


@pytest.mark.parametrize("case", CASES)
def test_the_bits_are_those_of_the_mixture(case):
    mixture, outputs, levels, shares = make_case(*case)
    stack = constriction.stream.stack.AnsCoder()
    LevelCoder(mixture).push(stack, outputs, levels)
    expected = -shares.gather(1, levels[:, None]).log2().sum().item()
    assert stack.num_bits() == pytest.approx(expected, rel=0.005, abs=64)


def test_the_unlikeliest_level_can_be_coded():
    mixture = LevelMixture(256, 1, has_atom=True)
    # All weight on the atom, and a component that is as narrow as can be.
    outputs = torch.tensor([[-20.0], [20.0], [0.4], [-9.0]])
    coder, stack = LevelCoder(mixture), constriction.stream.stack.AnsCoder()
    coder.push(stack, outputs, torch.tensor([13]))
    assert coder.pop(stack, outputs).tolist() == [13]


def test_no_numbers_are_no_bits():
    mixture, outputs, levels, _ = make_case(256, 2, True, n=1)
    coder, stack = LevelCoder(mixture), constriction.stream.stack.AnsCoder()
    coder.push(stack, outputs[:, :0], levels[:0])
    assert stack.is_empty()
    assert len(coder.pop(stack, outputs[:, :0])) == 0


def test_the_table_of_exponentials_is_fine():
    coder = LevelCoder(LevelMixture(4, 1))
    values = torch.linspace(-10, 0, 1001)
    assert np.allclose(coder.exponential(values), values.exp(), rtol=1 / 127)

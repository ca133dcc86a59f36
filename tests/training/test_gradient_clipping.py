"""Only gradients of unusual length are cut."""

import numpy as np
import torch

from vaesynth.training._gradients import UsualNorm


def clip_all(lengths):
    weight, norms, result = torch.nn.Parameter(torch.zeros(3)), UsualNorm(), []
    direction = torch.tensor([2.0, -1.0, 2.0]) / 3
    for length in lengths:
        weight.grad = direction * length
        norms.clip(weight)
        torch.testing.assert_close(weight.grad / weight.grad.norm(), direction)
        result.append(float(weight.grad.norm()))
    return result


def test_lengths_that_vary_by_a_factor_of_three_stay():
    lengths = np.exp(np.random.default_rng(0).uniform(-0.5, 0.5, 300)).tolist()
    np.testing.assert_allclose(clip_all(lengths), lengths, rtol=1e-5)


def test_a_gradient_of_unusual_length_is_cut_to_four_times_the_usual():
    lengths = [2.0] * 50 + [1e6] + [2.0] * 5
    np.testing.assert_allclose(clip_all(lengths)[50:52], [8, 2], rtol=1e-3)


def test_a_lasting_change_becomes_usual():
    lengths = [1.0] * 10 + [100.0] * 600
    clipped = clip_all(lengths)
    assert clipped[10] < 5
    np.testing.assert_allclose(clipped[-1], 100, rtol=1e-3)


def test_a_gradient_of_zero_or_without_end_passes():
    weight, norms = torch.nn.Parameter(torch.zeros(2)), UsualNorm()
    for grad in (torch.zeros(2), torch.tensor([1.0, torch.inf])):
        weight.grad = grad.clone()
        norms.clip(weight)
        assert torch.equal(weight.grad, grad)

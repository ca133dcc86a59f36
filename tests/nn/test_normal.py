"""Diagonal normals against torch.distributions."""

import torch
from torch.distributions import Normal, kl_divergence

from vaesynth.nn import draw_normal, normal_kl_divergence, normal_log_prob, split_moments


def make():
    return torch.randn((3, 5, 4), generator=torch.Generator().manual_seed(0)).double()


def test_density_and_divergence_are_torchs():
    z, mean, log_var = make()
    normal = Normal(mean, (0.5 * log_var).exp())
    torch.testing.assert_close(normal_log_prob(z, mean, log_var), normal.log_prob(z))
    torch.testing.assert_close(normal_log_prob(z), Normal(0, 1).log_prob(z))
    torch.testing.assert_close(
        normal_kl_divergence(mean, log_var),
        kl_divergence(normal, Normal(torch.zeros_like(mean), torch.ones_like(mean))),
    )


def test_draws_have_the_moments():
    mean, log_var = torch.tensor([1.0, -2.0]), torch.tensor([0.0, -2.0])
    generator = torch.Generator().manual_seed(0)
    drawn = draw_normal(mean.expand(50_000, -1), log_var.expand(50_000, -1), generator)
    torch.testing.assert_close(drawn.mean(0), mean, atol=0.02, rtol=0)
    torch.testing.assert_close(drawn.std(0), (0.5 * log_var).exp(), atol=0.02, rtol=0)


def test_moments_are_the_halves_and_variances_have_bounds():
    mean, log_var = split_moments(torch.tensor([[1.0, 2.0, -99.0, 99.0]]))
    assert mean.tolist() == [[1, 2]]
    assert log_var.tolist() == [[-12, 12]]

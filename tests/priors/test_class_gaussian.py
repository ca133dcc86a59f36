"""The class prior against torch.distributions."""

import numpy as np
import torch
from torch.distributions import Independent, Normal, kl_divergence

from vaesynth.priors import ClassGaussian


def make_prior():
    prior = ClassGaussian(3, 4, torch.Generator().manual_seed(0))
    with torch.no_grad():
        prior.log_var.copy_(torch.randn(3, 4, generator=torch.Generator().manual_seed(1)))
    return prior


def test_kl_divergence_and_log_prob_are_torchs():
    prior, generator = make_prior(), torch.Generator().manual_seed(2)
    y = torch.tensor([0, 2, 1, 1, 0])
    mean, log_var, z = (torch.randn(5, 4, generator=generator) for _ in range(3))
    oracle = Normal(prior.mean[y], (0.5 * prior.log_var[y]).exp())
    posterior = Normal(mean, (0.5 * log_var).exp())
    torch.testing.assert_close(
        prior.kl_divergence(mean, log_var, y, z), kl_divergence(posterior, oracle)
    )
    torch.testing.assert_close(prior.log_prob(z, y), Independent(oracle, 1).log_prob(z))


def test_what_it_knows_of_its_derivative_is_what_autograd_finds():
    prior, generator = make_prior().double(), torch.Generator().manual_seed(2)
    y = torch.tensor([0, 1, 1, 0, 0])  # no row of the last class
    mean, log_var = (torch.randn(5, 4, generator=generator).double() for _ in range(2))
    of_class, of_divergence = torch.eye(3).double()[y], torch.rand(4, generator=generator).double()
    with torch.no_grad():
        divergence, kept = prior.evaluate(mean, log_var, (0.5 * log_var).exp(), of_class)
        of_mean, of_log_var, of_weights = prior.gradient(of_class, kept, of_divergence)
    expected = prior.kl_divergence(mean.requires_grad_(), log_var.requires_grad_(), y, mean)
    torch.testing.assert_close(divergence, expected.detach())
    found = [of_mean, of_log_var, of_weights[prior.mean], of_weights[prior.log_var]]
    wanted = torch.autograd.grad(
        (expected * of_divergence).sum(), [mean, log_var, prior.mean, prior.log_var]
    )
    for gradient, oracle in zip(found, wanted, strict=True):
        torch.testing.assert_close(gradient, oracle)


def test_samples_have_the_classes_moments():
    prior = make_prior()
    drawn = prior.sample(torch.full((50_000,), 2), torch.Generator().manual_seed(0)).detach()
    scale = (0.5 * prior.log_var[2]).exp().detach()
    np.testing.assert_allclose(drawn.mean(0), prior.mean[2].detach(), atol=0.05)
    np.testing.assert_allclose(drawn.std(0), scale, rtol=0.03)


def test_matching_minimises_the_mean_divergence_from_the_posteriors():
    generator = torch.Generator().manual_seed(3)
    y = torch.tensor([0, 0, 0, 1, 1, 1, 1])
    mean, log_var = (torch.randn(7, 4, generator=generator) for _ in range(2))
    weight = torch.tensor([1.0, 2.0, 0.5, 1.0, 1.0, 3.0, 1.0])
    prior = make_prior()
    unseen = prior.mean[2].clone(), prior.log_var[2].clone()
    prior.match(mean, log_var, y, weight)
    loss = (weight[:, None] * prior.kl_divergence(mean, log_var, y, mean)).sum()
    gradients = torch.autograd.grad(loss, [prior.mean, prior.log_var])
    for gradient in gradients:
        torch.testing.assert_close(gradient, torch.zeros_like(gradient), atol=1e-5, rtol=0)
    assert torch.equal(prior.mean[2], unseen[0])
    assert torch.equal(prior.log_var[2], unseen[1])

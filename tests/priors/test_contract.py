"""What holds for every prior: its density is one, its draws are of it, its state is all it has learned."""

import copy

import numpy as np
import pytest
import torch
from torch.distributions import Independent, MultivariateNormal, Normal

from vaesynth.nn import DenseEncoder, Rows
from vaesynth.priors import (
    ClassGaussian,
    FlowPrior,
    GaussianMixturePrior,
    LatentPrior,
    StandardNormal,
    VampPrior,
)

N_CLASSES, N_LATENTS = 2, 2


def seeded(seed=0):
    return torch.Generator().manual_seed(seed)


def make_vamp():
    encoder = DenseEncoder(3, [2], N_CLASSES, [8], 2 * N_LATENTS, seeded())
    return VampPrior(N_CLASSES, N_LATENTS, 4, encoder, n_values=3, n_codes=1)


MAKERS = {
    "standard_normal": lambda: StandardNormal(N_CLASSES, N_LATENTS),
    "class_gaussian": lambda: ClassGaussian(N_CLASSES, N_LATENTS, seeded()),
    "gaussian_mixture": lambda: GaussianMixturePrior(N_CLASSES, N_LATENTS, 4),
    "vamp": make_vamp,
    "flow": lambda: FlowPrior(N_CLASSES, N_LATENTS, seeded()),
}


def fit(prior):
    """Start and match a prior on rows and posteriors in which each class is two clusters."""
    generator = seeded(1)
    y = torch.arange(200) % 2
    rows = Rows(torch.randn(200, 3, generator=generator), torch.ones(200, 3), y[:, None])
    mean = 0.5 * torch.randn(200, 2, generator=generator)
    mean[:, 0] += 2 * (torch.arange(200) // 2 % 2) - 1 + y
    log_var = torch.full_like(mean, -1.5)
    prior.start(rows, y, generator)
    prior.match(mean, log_var, y, torch.ones(200), generator)
    return prior.eval()


def doubled(prior):
    """Go to double precision, with the encoder that belongs to the model."""
    for encoder in getattr(prior, "_encoder", ()):
        encoder.double()
    return prior.double()


@pytest.fixture(params=MAKERS)
def make(request):
    return MAKERS[request.param]


def test_it_keeps_the_contract(make):
    prior = make()
    assert isinstance(prior, LatentPrior)
    assert (prior.n_classes, prior.n_latents) == (N_CLASSES, N_LATENTS)


@torch.no_grad()
def test_the_density_of_each_class_integrates_to_one(make):
    prior = doubled(fit(make()))
    line = torch.linspace(-8, 9, 350, dtype=torch.float64)
    grid = torch.cartesian_prod(line, line)
    for label in range(N_CLASSES):
        y = torch.full((len(grid),), label)
        total = prior.log_prob(grid, y).exp().sum() * (line[1] - line[0]) ** 2
        assert float(total) == pytest.approx(1, abs=2e-3)


@torch.no_grad()
def test_draws_have_the_moments_of_the_density(make):
    prior = doubled(fit(make()))
    line = torch.linspace(-8, 9, 350, dtype=torch.float64)
    grid = torch.cartesian_prod(line, line)
    y = torch.ones(len(grid), dtype=torch.int64)
    mass = prior.log_prob(grid, y).exp()[:, None]
    mass /= mass.sum()
    centre = (mass * grid).sum(0)
    spread = ((mass * (grid - centre)).T @ (grid - centre)).numpy()
    drawn = prior.sample(y[:20_000], seeded(2))
    assert drawn.dtype == torch.float64
    np.testing.assert_allclose(drawn.mean(0), centre, atol=0.05)
    np.testing.assert_allclose(np.cov(drawn.T), spread, atol=0.08)


@torch.no_grad()
def test_the_divergence_is_zero_only_for_equal_distributions_on_average(make):
    prior = fit(make())
    y = torch.zeros(20_000, dtype=torch.int64)
    mean, log_var = torch.tensor([[0.5, -0.5]]), torch.tensor([[-1.0, 0.3]])
    posterior = Independent(Normal(mean, (0.5 * log_var).exp()), 1)
    noise = torch.randn((len(y), 2), generator=seeded(3))
    z = mean + noise * (0.5 * log_var).exp()
    rows = (mean.expand(len(y), -1), log_var.expand(len(y), -1))
    divergence = prior.kl_divergence(*rows, y, z)
    assert divergence.shape == (len(y), 2 if prior.has_closed_form else 1)
    expected = (posterior.log_prob(z) - prior.log_prob(z, y)).mean()
    torch.testing.assert_close(divergence.sum(1).mean(), expected, atol=0.03, rtol=0)
    assert divergence.sum(1).mean() > 0


@torch.no_grad()
def test_the_state_is_all_that_was_learned(make):
    fitted, fresh = fit(make()), make().eval()
    if isinstance(fitted, VampPrior):
        fresh._encoder = fitted._encoder
    fresh.load_state_dict(fitted.state_dict())
    y = torch.arange(10) % 2
    z = torch.randn((10, 2), generator=seeded(4))
    assert torch.equal(fresh.log_prob(z, y), fitted.log_prob(z, y))
    assert torch.equal(fresh.sample(y, seeded(5)), fitted.sample(y, seeded(5)))
    assert torch.equal(copy.deepcopy(fitted).sample(y, seeded(5)), fitted.sample(y, seeded(5)))


@pytest.mark.parametrize("name", ["gaussian_mixture", "flow"])
@torch.no_grad()
def test_a_fitted_prior_trains_under_the_standard_normal(name):
    prior = fit(MAKERS[name]())
    mean, log_var = torch.randn((2, 5, 2), generator=seeded(6))
    arguments = (mean, log_var, torch.zeros(5, dtype=torch.int64), mean)
    standard = StandardNormal(N_CLASSES, N_LATENTS).kl_divergence(*arguments)
    assert torch.equal(prior.train().kl_divergence(*arguments), standard)
    assert prior.eval().kl_divergence(*arguments).shape == (5, 1)


def test_global_random_state_is_left_alone(make):
    before = torch.random.get_rng_state()
    fit(make()).sample(torch.zeros(3, dtype=torch.int64), seeded())
    assert torch.equal(before, torch.random.get_rng_state())


def test_the_standard_normal_is_torchs():
    oracle = MultivariateNormal(torch.zeros(2), torch.eye(2))
    z = torch.randn((7, 2), generator=seeded())
    y = torch.zeros(7, dtype=torch.int64)
    torch.testing.assert_close(StandardNormal(1, 2).log_prob(z, y), oracle.log_prob(z))

import numpy as np
import torch
from scipy.integrate import trapezoid
from scipy.special import logsumexp
from scipy.stats import norm

from vaesynth.models import GaussianVAE, likelihood_regret
from vaesynth.nn import Rows


def make_model():
    """Make a model whose encoder is untrained, and so wrong, and whose prior is a standard normal."""
    model = GaussianVAE.for_table(2, [], 1, 1, [8], torch.Generator().manual_seed(0))
    with torch.no_grad():
        model.head.numbers.raw_scale.fill_(-1.5)
    return model.double().eval()


def make_rows(n_rows=6):
    values = torch.randn(n_rows, 2, generator=torch.Generator().manual_seed(1)).double()
    return Rows(values, torch.ones_like(values), torch.zeros(n_rows, 0, dtype=torch.int64))


def exact_log_density(model, rows):
    """Integrate over the one latent on a grid."""
    z = torch.linspace(-8, 8, 4001).double()[:, None]
    y = torch.zeros(len(z), dtype=torch.int64)
    with torch.no_grad():
        means = model.decode(z, y).numpy()
        prior = model.prior.log_prob(z, y).numpy()
        scale = model.head.numbers.scale.numpy()
    of_rows = norm.logpdf(rows.values.numpy()[:, None], means, scale).sum(2) + prior
    top = of_rows.max(axis=1, keepdims=True)
    return top[:, 0] + np.log(trapezoid(np.exp(of_rows - top), z[:, 0].numpy(), axis=1))


def test_the_fitted_posterior_brings_the_bound_towards_the_exact_density():
    model, rows = make_model(), make_rows()
    y = torch.zeros(6, dtype=torch.int64)
    noise = torch.randn(16, 6, 1, generator=torch.Generator().manual_seed(2)).double()
    with torch.no_grad():
        both = torch.cat([noise, -noise])
        first = np.mean([model.bound(rows, y, draw[None]).numpy() for draw in both], axis=0)
    regret = likelihood_regret(model, rows, y, noise, 100).numpy()
    exact = exact_log_density(model, rows)
    assert (regret >= 0).all()
    assert (first + regret < exact + 0.2).all()  # 32 draws
    assert (exact - first - regret).sum() < 0.3 * (exact - first).sum()


def test_a_row_is_fitted_alone_and_the_weights_stay():
    model, rows = make_model(), make_rows()
    y = torch.zeros(6, dtype=torch.int64)
    noise = torch.randn(4, 6, 1, generator=torch.Generator().manual_seed(2)).double()
    before = [weight.clone() for weight in model.parameters()]
    regret = likelihood_regret(model, rows, y, noise, 20)
    alone = likelihood_regret(model, rows.take(slice(2, 3)), y[:1], noise[:, 2:3], 20)
    torch.testing.assert_close(alone, regret[2:3])
    after = list(model.parameters())
    assert all(bool((a == b).all()) for a, b in zip(before, after, strict=True))
    assert all(weight.grad is None for weight in after)


def test_logsumexp_of_draws_is_what_the_bound_is():
    model, rows = make_model(), make_rows()
    y = torch.zeros(6, dtype=torch.int64)
    noise = torch.randn(5, 6, 1, generator=torch.Generator().manual_seed(3)).double()
    with torch.no_grad():
        parts = model.bound_by_cell(rows, y, noise).numpy()
        mean, log_var = model.encode(rows, y)
        z = mean + noise * (0.5 * log_var).exp()
        scale = model.head.numbers.scale.numpy()
        of_cells = np.stack([norm.logpdf(rows.values, model.decode(d, y), scale) for d in z])
        prior = np.stack([model.prior.log_prob(d, y).numpy() for d in z])
        posterior = norm.logpdf(z, mean, (0.5 * log_var).exp())[:, :, 0]
    log_weights = of_cells.sum(2) + prior - posterior
    weights = np.exp(log_weights - logsumexp(log_weights, axis=0))
    np.testing.assert_allclose(parts.sum(1), logsumexp(log_weights, axis=0) - np.log(5))
    np.testing.assert_allclose(parts[:, :2], (weights[:, :, None] * of_cells).sum(0))

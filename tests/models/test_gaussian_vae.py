"""The conditional VAE: its bound against exact numbers, its gradients, its classes."""

import numpy as np
import pytest
import torch

from vaesynth.models import GaussianVAE
from vaesynth.nn import Rows


def make_model(seed=0):
    return GaussianVAE.for_table(3, [4, 2], 3, 2, [16, 8], torch.Generator().manual_seed(seed))


def make_batch(n_rows=32):
    rng = np.random.default_rng(0)
    codes = np.column_stack([rng.integers(0, 4, n_rows), rng.integers(0, 2, n_rows)])
    rows = Rows.from_arrays(rng.normal(size=(n_rows, 3)), codes)
    return rows, torch.from_numpy(rng.integers(0, 3, n_rows))


def test_the_loss_is_reconstruction_plus_weighted_kl():
    model, (rows, y) = make_model(), make_batch()
    terms = model.loss(rows, y, torch.Generator().manual_seed(0), beta=0.3)
    torch.testing.assert_close(terms["loss"], terms["reconstruction"] + 0.3 * terms["kl"])
    assert terms["kl"] > 0


def test_settling_raises_the_elbo():
    model, (rows, y) = make_model(), make_batch(500)
    before = model.loss(rows, y, torch.Generator().manual_seed(0), beta=1.0)
    model.settle(rows, y, torch.ones(500), torch.Generator().manual_seed(1))
    after = model.loss(rows, y, torch.Generator().manual_seed(0), beta=1.0)
    assert after["kl"] < before["kl"]
    assert after["reconstruction"] < before["reconstruction"]


def test_every_parameter_gets_a_gradient():
    model, (rows, y) = make_model(), make_batch(200)
    model.loss(rows, y, torch.Generator().manual_seed(0), beta=1.0)["loss"].backward()
    for name, parameter in model.named_parameters():
        assert parameter.grad is not None, name
        assert parameter.grad.abs().sum() > 0, name


@pytest.mark.slow
def test_the_elbo_is_below_the_importance_sampled_log_likelihood():
    model, (rows, y) = make_model(), make_batch(8)
    generator = torch.Generator().manual_seed(0)
    with torch.no_grad():
        mean, log_var = model.encode(rows, y)
        bounds, ratios = [], []
        for _ in range(4000):
            z = mean + torch.randn(mean.shape, generator=generator) * (0.5 * log_var).exp()
            likelihood = model.head.log_prob(model.decode(z, y), rows)
            posterior = torch.distributions.Normal(mean, (0.5 * log_var).exp()).log_prob(z).sum(1)
            ratios.append(likelihood + model.prior.log_prob(z, y) - posterior)
        ratios = torch.stack(ratios)
        bounds = ratios.mean(0)
        evidence = torch.logsumexp(ratios, 0) - np.log(4000)
        losses = [float(model.loss(rows, y, generator, beta=1.0)["loss"]) for _ in range(500)]
    assert (bounds < evidence).all()
    error = np.std(losses, ddof=1) / 500**0.5
    assert -np.mean(losses) == pytest.approx(float(bounds.mean()), abs=5 * error)
    assert error < 0.02


def test_the_class_posterior_is_normalised_and_follows_the_bounds():
    model, (rows, _) = make_model(), make_batch(6)
    with torch.no_grad():
        log_posterior = model.class_log_posterior(rows)
        bounds = torch.stack(
            [model.bound_at_mean(rows, torch.full((6,), label)) for label in range(3)], dim=1
        )
    torch.testing.assert_close(log_posterior.exp().sum(1), torch.ones(6))
    torch.testing.assert_close(
        log_posterior[:, 0] - log_posterior[:, 2], bounds[:, 0] - bounds[:, 2]
    )


def test_the_class_changes_what_is_decoded():
    model = make_model()
    z = torch.zeros(1, 2)
    outputs = [model.decode(z, torch.tensor([label])) for label in range(3)]
    assert not torch.allclose(outputs[0], outputs[1])


def test_one_class_is_a_plain_vae():
    model = GaussianVAE.for_table(2, [], 1, 1, [4], torch.Generator().manual_seed(0))
    rows = Rows.from_arrays(np.zeros((3, 2)), np.zeros((3, 0)))
    zeros = torch.zeros(3, dtype=torch.int64)
    assert model.loss(rows, zeros, torch.Generator(), 1.0)["loss"].isfinite()
    assert model.class_log_posterior(rows).tolist() == [[0.0]] * 3

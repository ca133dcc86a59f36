"""The VAE of unseen cells: its objective, its gradients, and what its draws leave alone."""

import numpy as np
import torch
from torch.distributions import Normal, kl_divergence

from vaesynth.models import ConditionalRowVAE
from vaesynth.models._conditional_vae import _kl_between
from vaesynth.nn import Rows


def make_model(hidden_share=(0.2, 0.6)):
    generator = torch.Generator().manual_seed(0)
    return ConditionalRowVAE(3, [4, 2], [-1, 1, -1], 2, [16], generator, hidden_share)


def make_batch(n_rows=64):
    rng = np.random.default_rng(0)
    codes = np.column_stack([rng.integers(0, 4, n_rows), rng.integers(0, 2, n_rows)])
    values = rng.normal(size=(n_rows, 3))
    values[codes[:, 1] == 1, 1] = np.nan
    return Rows.from_arrays(values, codes), torch.zeros(n_rows, dtype=torch.int64)


def test_the_loss_is_reconstruction_plus_weighted_kl():
    model, (rows, y) = make_model(), make_batch()
    terms = model.loss(rows, y, torch.Generator().manual_seed(0), beta=0.3)
    torch.testing.assert_close(terms["loss"], terms["reconstruction"] + 0.3 * terms["kl"])
    assert terms["kl"] > 0


def test_every_parameter_gets_a_gradient():
    model, (rows, y) = make_model(), make_batch(300)
    model.loss(rows, y, torch.Generator().manual_seed(0), beta=1.0)["loss"].backward()
    for name, parameter in model.named_parameters():
        assert parameter.grad is not None, name
        assert parameter.grad.abs().sum() > 0, name


def test_cells_that_a_row_lacks_do_not_count():
    model, (rows, y) = make_model((1.0, 1.0)), make_batch()
    nothing = Rows(0 * rows.values, 0 * rows.present, torch.full_like(rows.codes, -1))
    terms = model.loss(nothing, y, torch.Generator().manual_seed(0), beta=1.0)
    assert float(terms["reconstruction"].detach()) == 0


def test_the_divergence_is_that_of_two_normals():
    mean, log_var, other, other_log_var = torch.randn(
        4, 5, generator=torch.Generator().manual_seed(0)
    )
    first = Normal(mean, (0.5 * log_var).exp())
    second = Normal(other, (0.5 * other_log_var).exp())
    torch.testing.assert_close(
        _kl_between(mean, log_var, other, other_log_var), kl_divergence(first, second)
    )


def test_draws_fill_what_is_unseen_and_leave_the_rest():
    model, (rows, _) = make_model(), make_batch(200)
    seen = torch.rand(200, model.groups.n_groups, generator=torch.Generator().manual_seed(1)) < 0.5
    gaps = model.groups.keep(rows, seen)
    with torch.no_grad():
        for n_rounds in (1, 2, 16):
            drawn = model.sample(gaps, torch.Generator().manual_seed(0), n_rounds)
            assert model.groups.given(drawn).all()
            kept = model.groups.keep(drawn, seen)
            assert torch.equal(kept.values, gaps.values)
            assert torch.equal(kept.codes, gaps.codes)
            # A value is there where its state says so, and only there.
            assert torch.equal(drawn.present[:, 1] > 0, drawn.codes[:, 1] == 0)

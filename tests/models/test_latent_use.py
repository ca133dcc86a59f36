"""Collapse as a measurement: latents that vary, latents that do not."""

import torch
from torch import nn

from vaesynth.models import GaussianVAE, measure_latent_use
from vaesynth.nn import Rows, normal_kl_divergence
from vaesynth.priors import GaussianMixturePrior, StandardNormal


class FirstLatentOnly(nn.Module):
    """Encodes the first value in the first latent; the second is always N(0, 1)."""

    def forward(self, rows, _):
        x = rows.values[:, :1]
        return torch.cat([x, torch.zeros_like(x), torch.full_like(x, -2.0), torch.zeros_like(x)], 1)


def make(prior):
    values = torch.randn((400, 1), generator=torch.Generator().manual_seed(0))
    rows = Rows(values, torch.ones_like(values), torch.zeros((400, 0), dtype=torch.int64))
    model = GaussianVAE(FirstLatentOnly(), nn.Identity(), None, prior)
    return model, rows, torch.zeros(400, dtype=torch.int64)


def test_a_latent_that_follows_the_rows_is_active_and_one_that_does_not_is_not():
    model, rows, y = make(StandardNormal(1, 2))
    use = measure_latent_use(model, rows, y, torch.ones(400))
    assert use.n_active == 1
    expected = normal_kl_divergence(rows.values[:, 0], torch.tensor(-2.0)).mean()
    torch.testing.assert_close(use.kl, torch.stack([expected, torch.tensor(0.0)]))
    variance = rows.values.var(correction=0)
    torch.testing.assert_close(use.variance, torch.stack([variance, torch.tensor(0.0)]))


def test_a_class_apart_is_no_latent_in_use():
    model, rows, y = make(StandardNormal(2, 2))
    model.n_classes = 2
    y = (torch.arange(400) % 2).long()
    apart = Rows(y[:, None].float(), rows.present, rows.codes)
    use = measure_latent_use(model, apart, y, torch.ones(400))
    assert use.n_active == 0


def test_rows_without_weight_do_not_count():
    model, rows, y = make(StandardNormal(1, 2))
    weight = torch.zeros(400)
    weight[:10] = 1
    use = measure_latent_use(model, rows, y, weight)
    alone = measure_latent_use(model, rows.take(slice(10)), y[:10], torch.ones(10))
    torch.testing.assert_close(use.kl, alone.kl)


def test_without_a_closed_form_the_divergence_is_from_the_nearest_normal():
    model, rows, y = make(GaussianMixturePrior(1, 2, 3))
    use = measure_latent_use(model, rows, y, torch.ones(400))
    log_ratio = (rows.values.var(correction=0) + torch.exp(torch.tensor(-2.0))).log() + 2
    torch.testing.assert_close(use.kl, torch.stack([0.5 * log_ratio, torch.tensor(0.0)]))

"""Likelihoods of pixels against scipy's distributions."""

import numpy as np
import pytest
import torch
from scipy import stats
from scipy.special import expit

from vaesynth.nn import BernoulliHead, DiscretizedLogisticHead, PixelGaussianHead, Rows

N_ROWS, N_PIXELS = 7, 5


def rows_of(values):
    pixels = torch.as_tensor(values, dtype=torch.float64)
    return Rows(pixels, torch.ones_like(pixels), torch.zeros((len(pixels), 0), dtype=torch.int64))


@pytest.fixture
def outputs():
    return torch.randn((N_ROWS, N_PIXELS), generator=torch.Generator().manual_seed(0)).double()


@pytest.fixture
def pixels():
    return np.random.default_rng(0).random((N_ROWS, N_PIXELS))


def test_black_and_white_pixels_are_bernoulli(outputs, pixels):
    binary = (pixels > 0.5).astype(float)
    expected = stats.bernoulli(expit(outputs.numpy())).logpmf(binary).sum(1)
    ours = BernoulliHead(N_PIXELS).log_prob(outputs, rows_of(binary))
    np.testing.assert_allclose(ours, expected)


def test_grey_pixels_have_the_cross_entropy(outputs, pixels):
    share = expit(outputs.numpy())
    expected = (pixels * np.log(share) + (1 - pixels) * np.log1p(-share)).sum(1)
    ours = BernoulliHead(N_PIXELS).log_prob(outputs, rows_of(pixels))
    np.testing.assert_allclose(ours, expected)


@pytest.mark.parametrize("bounded", [True, False])
@pytest.mark.parametrize("fixed_scale", [None, 1.0])
def test_the_pixel_normal_is_scipys(outputs, pixels, bounded, fixed_scale):
    head = PixelGaussianHead(N_PIXELS, fixed_scale=fixed_scale, bounded=bounded).double()
    means = expit(outputs.numpy()) if bounded else outputs.numpy()
    oracle = stats.norm(means, float(head.scale.detach()))
    ours = head.log_prob(outputs, rows_of(pixels)).detach()
    np.testing.assert_allclose(ours, oracle.logpdf(pixels).sum(1))
    assert sum(1 for _ in head.parameters()) == (fixed_scale is None)


def test_matching_sets_the_likeliest_scale(outputs, pixels):
    head = PixelGaussianHead(N_PIXELS, bounded=True).double()
    weight = torch.rand(N_ROWS, generator=torch.Generator().manual_seed(1)).double()
    head.match(outputs, rows_of(pixels), weight)
    loss = (weight * head.log_prob(outputs, rows_of(pixels))).sum()
    (gradient,) = torch.autograd.grad(loss, [head.raw_scale])
    # The floor of the scale, added to what is learned, leaves the optimum where it is.
    assert abs(float(gradient)) < 1e-6


def test_levels_have_the_probability_of_their_step_of_the_logistic(outputs):
    n_levels = 16
    head = DiscretizedLogisticHead(N_PIXELS, n_levels).double()
    levels = np.random.default_rng(0).integers(0, n_levels, (N_ROWS, N_PIXELS))
    levels[0, 0], levels[1, 1] = 0, n_levels - 1
    logistic = stats.logistic(expit(outputs.numpy()), float(head.scale.detach()))
    step = 1 / (n_levels - 1)
    upper = np.where(levels == n_levels - 1, 1, logistic.cdf((levels + 0.5) * step))
    lower = np.where(levels == 0, 0, logistic.cdf((levels - 0.5) * step))
    ours = head.log_prob(outputs, rows_of(levels * step)).detach()
    np.testing.assert_allclose(ours, np.log(upper - lower).sum(1))


def test_far_levels_have_a_finite_probability_and_gradient():
    head = DiscretizedLogisticHead(1, 256)
    with torch.no_grad():
        head.raw_scale.fill_(-8 / head._PACE)
    outputs = torch.full((256, 1), 3.0, requires_grad=True)
    rows = rows_of(torch.linspace(0, 1, 256)[:, None])
    rows = Rows(rows.values.float(), rows.present.float(), rows.codes)
    total = head.log_prob(outputs, rows).sum()
    gradient = torch.autograd.grad(total, [outputs, head.raw_scale])
    assert torch.isfinite(total)
    assert all(bool(torch.isfinite(part).all()) for part in gradient)


@pytest.mark.parametrize(
    "head",
    [
        BernoulliHead(1),
        PixelGaussianHead(1, bounded=True),
        PixelGaussianHead(1),
        DiscretizedLogisticHead(1, 8),
    ],
    ids=["bernoulli", "bounded", "gaussian", "logistic"],
)
@torch.no_grad()
def test_draws_are_as_frequent_as_the_likelihood_says(head):
    n_draws = 40_000
    outputs = torch.full((n_draws, 1), 0.4)
    drawn = head.sample(outputs, torch.Generator().manual_seed(0)).values[:, 0].numpy()
    if isinstance(head, PixelGaussianHead):
        centre = head.mode(outputs[:1]).values.item()
        assert stats.kstest(drawn, stats.norm(centre, head.scale.item()).cdf).pvalue > 0.01
        return
    levels, counts = np.unique(drawn, return_counts=True)
    rows = rows_of(levels[:, None].astype(float))
    rows = Rows(rows.values.float(), rows.present.float(), rows.codes)
    expected = head.log_prob(outputs[: len(levels)], rows).exp().double().numpy() * n_draws
    np.testing.assert_allclose(expected.sum(), n_draws, rtol=1e-3)
    assert stats.chisquare(counts, expected * counts.sum() / expected.sum()).pvalue > 0.01

"""Bounds against the exact log-likelihood of probabilistic PCA, which is known in closed form."""

import numpy as np
import pytest
import torch
from scipy.stats import multivariate_normal
from sklearn.decomposition import PCA

from vaesynth.models import GaussianVAE
from vaesynth.nn import RowHead, Rows
from vaesynth.priors import StandardNormal

N_VALUES, N_LATENTS = 5, 2


class LinearEncoder(torch.nn.Module):
    """Posterior of a linear Gaussian model, its mean off by `shift`."""

    def __init__(self, weight, bias, log_var, shift=0.0):
        super().__init__()
        self.weight, self.bias, self.log_var, self.shift = weight, bias, log_var, shift

    def forward(self, rows, _):
        mean = (rows.values - self.bias) @ self.weight.T + self.shift
        return torch.cat([mean, self.log_var.expand(len(mean), -1)], dim=1)


class LinearDecoder(torch.nn.Module):
    def __init__(self, weight, bias):
        super().__init__()
        self.weight = torch.nn.Parameter(weight)
        self.bias = bias

    def forward(self, z, _):
        return z @ self.weight.T + self.bias


@pytest.fixture(scope="module")
def fitted():
    """Rows, their exact log-likelihoods, and what makes the model that has them."""
    rng = np.random.default_rng(0)
    loadings = rng.normal(size=(N_VALUES, N_LATENTS))
    X = rng.normal(size=(300, N_LATENTS)) @ loadings.T + 0.3 * rng.normal(size=(300, N_VALUES))
    pca = PCA(N_LATENTS).fit(X)
    return X, pca


def make_model(pca, shift=0.0):
    # Columns of W are orthogonal, so that the exact posterior is diagonal.
    variance = pca.noise_variance_
    W = pca.components_.T * np.sqrt(pca.explained_variance_ - variance)
    posterior = np.diag((W * W).sum(0) + variance)
    encoder_weight = np.linalg.solve(posterior, W.T)
    log_var = np.log(variance / np.diag(posterior))
    tensors = [torch.from_numpy(array) for array in (encoder_weight, pca.mean_, log_var)]
    head = RowHead(N_VALUES, []).double()
    with torch.no_grad():
        head.numbers.raw_scale.fill_(float(np.log(np.sqrt(variance) - head.numbers.min_scale)))
    decoder = LinearDecoder(torch.from_numpy(W), torch.from_numpy(pca.mean_))
    return GaussianVAE(
        LinearEncoder(*tensors, shift), decoder, head, StandardNormal(1, N_LATENTS).double()
    )


def bounds(model, X, n_draws, seed=0):
    rows = Rows(torch.from_numpy(X), torch.ones(X.shape).double(), torch.zeros((len(X), 0)).long())
    noise = torch.randn(
        (n_draws, len(X), N_LATENTS), generator=torch.Generator().manual_seed(seed)
    ).double()
    with torch.no_grad():
        return model.bound(rows, torch.zeros(len(X)).long(), noise).numpy()


def test_pca_and_the_multivariate_normal_agree(fitted):
    X, pca = fitted
    exact = multivariate_normal(pca.mean_, pca.get_covariance()).logpdf(X)
    np.testing.assert_allclose(pca.score_samples(X), exact, atol=1e-8)


def test_at_the_exact_posterior_one_importance_weight_is_the_likelihood(fitted):
    X, pca = fitted
    np.testing.assert_allclose(bounds(make_model(pca), X, 2), pca.score_samples(X), atol=1e-8)


def test_at_the_exact_posterior_the_elbo_is_the_likelihood(fitted):
    X, pca = fitted
    draws = [bounds(make_model(pca), X, 1, seed) for seed in range(400)]
    np.testing.assert_allclose(np.mean(draws), pca.score(X), atol=0.02)


def test_bounds_of_a_wrong_posterior_rise_to_the_likelihood(fitted):
    X, pca = fitted
    exact = pca.score(X)
    model = make_model(pca, shift=0.2)
    elbo = np.mean([bounds(model, X, 1, seed).mean() for seed in range(50)])
    means = [elbo, *(bounds(model, X, n_draws).mean() for n_draws in (10, 100, 3000))]
    assert means[0] < exact - 0.5
    assert all(np.diff(means) > 0)
    assert exact - 0.02 < means[-1] < exact + 0.01

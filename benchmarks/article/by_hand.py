"""The article's network and training in plain PyTorch, as a user would write it by hand: nothing of vaesynth in it.

The network is 784-256-latents with ReLU, and its mirror image; ten epochs of batch 128 with Adam at 1e-3.
"""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

BATCH_SIZE = 128
N_EPOCHS = 10
LEARNING_RATE = 1e-3


class DenseVAE(nn.Module):
    """Encoder 784-256-(mean, log variance), decoder the other way round; pixels as logits."""

    def __init__(self, n_latents: int) -> None:
        super().__init__()
        self.encoder = nn.Sequential(nn.Linear(784, 256), nn.ReLU(), nn.Linear(256, 2 * n_latents))
        self.decoder = nn.Sequential(nn.Linear(n_latents, 256), nn.ReLU(), nn.Linear(256, 784))

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Logits of the pixels, means and log-variances."""
        mean, log_variance = self.encoder(x).chunk(2, dim=1)
        z = mean + torch.exp(log_variance / 2) * torch.randn_like(mean)
        return self.decoder(z), mean, log_variance


def kl_per_latent(mean: Tensor, log_variance: Tensor) -> Tensor:
    """KL divergence from N(0, 1), shape (n_rows, n_latents)."""
    return (mean.square() + log_variance.exp() - 1 - log_variance) / 2


def loss_as_printed(x: Tensor, logits: Tensor, mean: Tensor, log_variance: Tensor) -> Tensor:
    """Return the article's loss: both terms are averages, one over 784 pixels, one over the latents."""
    error = (x - torch.sigmoid(logits)).square().mean()
    return error + kl_per_latent(mean, log_variance).mean()


def loss_per_row(x: Tensor, logits: Tensor, mean: Tensor, log_variance: Tensor) -> Tensor:
    """Return the negative ELBO: both terms are sums over an image, in nats, averaged over images."""
    nats = functional.binary_cross_entropy_with_logits(logits, x, reduction="none").sum(dim=1)
    return (nats + kl_per_latent(mean, log_variance).sum(dim=1)).mean()


def train(images: np.ndarray, n_latents: int, loss: Callable, seed: int) -> tuple[DenseVAE, float]:
    """Train on images of shape (n, 784), values in [0, 1]; return the model and the seconds it took."""
    torch.manual_seed(seed)
    start = time.perf_counter()
    x = torch.from_numpy(images)
    model = DenseVAE(n_latents)
    optimizer = torch.optim.Adam(model.parameters(), lr=LEARNING_RATE)
    for _ in range(N_EPOCHS):
        for index in torch.randperm(len(x)).split(BATCH_SIZE):
            batch = x[index]
            value = loss(batch, *model(batch))
            optimizer.zero_grad()
            value.backward()
            optimizer.step()
    return model, time.perf_counter() - start


@torch.no_grad()
def measure(model: DenseVAE, images: np.ndarray) -> dict[str, float]:
    """Return test figures: ELBO and KL in nats per image, squared error per pixel."""
    torch.manual_seed(0)
    x = torch.from_numpy(images)
    logits, mean, log_variance = model(x)
    rebuilt = torch.sigmoid(model.decoder(mean))
    return {
        "elbo": -float(loss_per_row(x, logits, mean, log_variance)),
        "kl": float(kl_per_latent(mean, log_variance).sum(dim=1).mean()),
        "squared_error": float((x - rebuilt).square().mean()),
    }


@torch.no_grad()
def sample(model: DenseVAE, n_samples: int, seed: int = 0) -> np.ndarray:
    """Return mean images (n_samples, 784) of latents drawn from N(0, I)."""
    generator = torch.Generator().manual_seed(seed)
    z = torch.randn(n_samples, model.decoder[0].in_features, generator=generator)
    return torch.sigmoid(model.decoder(z)).numpy()

"""A normal distribution per class: the prior p(z | y) that is learned with the model."""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn

from vaesynth.nn import embedding_weight

LOG_2PI = math.log(2 * math.pi)


class ClassGaussian(nn.Module):
    """Diagonal normal prior with its own mean and variance for each class.

    Parameters
    ----------
    n_classes : int
        Number of classes; 1 gives an unconditional prior.
    n_latents : int
        Dimension of the latent space.
    generator : torch.Generator
        Source of the initial means.

    Examples
    --------
    >>> import torch
    >>> prior = ClassGaussian(2, 3, torch.Generator().manual_seed(0))
    >>> prior.sample(torch.tensor([0, 1]), torch.Generator().manual_seed(0)).shape
    torch.Size([2, 3])
    """

    def __init__(self, n_classes: int, n_latents: int, generator: torch.Generator) -> None:
        super().__init__()
        self.mean = embedding_weight(n_classes, n_latents, 0.1, generator)
        self.log_var = nn.Parameter(torch.zeros(n_classes, n_latents))

    def kl_divergence(self, mean: Tensor, log_var: Tensor, y: Tensor) -> Tensor:
        """KL(N(mean, exp(log_var)) || p(z | y)) in nats per latent, shape (n_rows, n_latents)."""
        prior_mean, prior_log_var = (
            nn.functional.embedding(y, self.mean),
            nn.functional.embedding(y, self.log_var),
        )
        spread = (log_var.exp() + (mean - prior_mean).square()) * (-prior_log_var).exp()
        return 0.5 * (prior_log_var - log_var + spread - 1)

    def log_prob(self, z: Tensor, y: Tensor) -> Tensor:
        """Log-density in nats, shape (n_rows,)."""
        log_var = nn.functional.embedding(y, self.log_var)
        terms = (
            (z - nn.functional.embedding(y, self.mean)).square() * (-log_var).exp()
            + log_var
            + LOG_2PI
        )
        return -0.5 * terms.sum(1)

    def sample(self, y: Tensor, generator: torch.Generator) -> Tensor:
        """Draw one latent point for each class code in `y`, shape (n_rows, n_latents)."""
        noise = torch.randn((len(y), self.mean.shape[1]), generator=generator).to(self.mean.device)
        return (
            nn.functional.embedding(y, self.mean)
            + noise * (0.5 * nn.functional.embedding(y, self.log_var)).exp()
        )

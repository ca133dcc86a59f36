"""Normal priors: the standard one, and one of a diagonal normal per class."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

import torch
from torch import Tensor, nn

from vaesynth.nn import embedding_weight, normal_kl_divergence, normal_log_prob
from vaesynth.priors._contract import LatentPrior


class StandardNormal(LatentPrior):
    """The standard normal distribution, the same for all classes.

    Parameters
    ----------
    n_classes : int
        Number of classes.
    n_latents : int
        Dimension of the latent space.

    Examples
    --------
    >>> import torch
    >>> prior = StandardNormal(1, 2)
    >>> round(float(prior.log_prob(torch.zeros(1, 2), torch.tensor([0]))), 4)
    -1.8379
    """

    has_closed_form: ClassVar[bool] = True

    def log_prob(self, z: Tensor, y: Tensor) -> Tensor:
        """Return the log-density of latent points in nats, shape (n_rows,)."""
        return normal_log_prob(z).sum(1)

    def sample(self, y: Tensor, generator: torch.Generator) -> Tensor:
        """Draw one latent point for each class code in `y`, shape (n_rows, n_latents)."""
        return self.draw_noise(y, generator)

    def kl_divergence(
        self,
        mean: Tensor,
        log_var: Tensor,
        y: Tensor,
        z: Tensor,
    ) -> Tensor:
        """Return KL(N(mean, exp(log_var)) || N(0, 1)) in nats per latent, shape (n_rows, n_latents)."""
        return normal_kl_divergence(mean, log_var)


class ClassGaussian(LatentPrior):
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

    has_closed_form: ClassVar[bool] = True
    knows_gradient: ClassVar[bool] = True

    def __init__(self, n_classes: int, n_latents: int, generator: torch.Generator) -> None:
        super().__init__(n_classes, n_latents)
        self.mean = embedding_weight(n_classes, n_latents, 0.1, generator)
        self.log_var = nn.Parameter(torch.zeros(n_classes, n_latents))

    def kl_divergence(self, mean: Tensor, log_var: Tensor, y: Tensor, z: Tensor) -> Tensor:
        """Return KL(N(mean, exp(log_var)) || p(z | y)) in nats per latent, shape (n_rows, n_latents)."""
        prior_mean, prior_log_var = self._moments(y)
        spread = (log_var.exp() + (mean - prior_mean).square()) * (-prior_log_var).exp()
        return 0.5 * (prior_log_var - log_var + spread - 1)

    def evaluate(
        self, mean: Tensor, log_var: Tensor, scale: Tensor, of_class: Tensor
    ) -> tuple[Tensor, list[Tensor]]:
        """Return `kl_divergence` and the values that `gradient` needs, without autograd.

        Parameters
        ----------
        mean, log_var, scale : Tensor of shape (n_rows, n_latents)
            Means, log-variances and standard deviations of the rows' posteriors.
        of_class : Tensor of shape (n_rows, n_classes)
            Indicators of the classes.
        """
        prior_log_var = of_class @ self.log_var
        precision = (-prior_log_var).exp()
        distance = mean - of_class @ self.mean
        variance = scale * scale * precision
        pull = distance * precision
        spread = variance + distance * pull
        return 0.5 * (prior_log_var - log_var + spread - 1), [pull, variance, spread]

    def gradient(
        self, of_class: Tensor, kept: Sequence[Tensor], of_divergence: Tensor
    ) -> tuple[Tensor, Tensor, dict[Tensor, Tensor]]:
        """Return the gradients of the posteriors' means and log-variances, and of each weight.

        The gradient of the divergence is the same for all rows, shape (n_latents,).
        """
        pull, variance, spread = kept
        half, of_mean = 0.5 * of_divergence, of_divergence * pull
        of_prior = of_class.t() @ torch.cat([-of_mean, half * (1 - spread)], dim=1)
        prior_mean, prior_log_var = of_prior.chunk(2, dim=1)
        of_weights: dict[Tensor, Tensor] = {self.mean: prior_mean, self.log_var: prior_log_var}
        return of_mean, half * (variance - 1), of_weights

    def log_prob(self, z: Tensor, y: Tensor) -> Tensor:
        """Return the log-density in nats, shape (n_rows,)."""
        return normal_log_prob(z, *self._moments(y)).sum(1)

    def sample(self, y: Tensor, generator: torch.Generator) -> Tensor:
        """Draw one latent point for each class code in `y`, shape (n_rows, n_latents)."""
        mean, log_var = self._moments(y)
        return mean + self.draw_noise(y, generator) * (0.5 * log_var).exp()

    def _moments(self, y: Tensor) -> tuple[Tensor, Tensor]:
        return nn.functional.embedding(y, self.mean), nn.functional.embedding(y, self.log_var)

    @torch.no_grad()
    def match(
        self,
        mean: Tensor,
        log_var: Tensor,
        y: Tensor,
        weight: Tensor,
        generator: torch.Generator | None = None,
    ) -> None:
        """Set each class to the moments of its posteriors: of all diagonal normals, the nearest to them in KL.

        See `LatentPrior.match`; no draws are made.
        """
        totals = torch.zeros(len(self.mean), 1, device=y.device).index_add_(0, y, weight[:, None])
        first, second = torch.zeros_like(self.mean), torch.zeros_like(self.mean)
        first.index_add_(0, y, weight[:, None] * mean).div_(totals)
        spread = log_var.exp() + (mean - first[y]).square()
        second.index_add_(0, y, weight[:, None] * spread).div_(totals)
        has_rows = totals > 0
        self.mean.copy_(torch.where(has_rows, first, self.mean))
        self.log_var.copy_(torch.where(has_rows, second.log(), self.log_var))

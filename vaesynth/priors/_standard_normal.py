"""The standard normal, as the prior and as what stands in until a prior is fitted."""

from __future__ import annotations

from typing import ClassVar

import torch
from torch import Tensor

from vaesynth.nn import normal_kl_divergence, normal_log_prob
from vaesynth.priors._contract import LatentPrior


class StandardNormal(LatentPrior):
    """The standard normal, whatever the class.

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

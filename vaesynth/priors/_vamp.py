"""The VampPrior: a mixture of the posteriors of learned rows."""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn

from vaesynth.nn import Rows, draw_normal, normal_log_prob, split_moments
from vaesynth.priors._contract import LatentPrior, choose_components


class VampPrior(LatentPrior):
    """Mixture, with equal weights, of the posteriors of pseudo-rows of each class.

    The pseudo-rows begin as training rows; their numbers are learned together with the networks, their codes stay.

    Parameters
    ----------
    n_classes : int
        Number of classes.
    n_latents : int
        Dimension of the latent space.
    n_components : int
        Pseudo-rows of a class.
    encoder : Module
        Rows and class codes to vectors of shape (n_rows, 2 * n_latents), the posteriors' means and log-variances. It
        stays the property of the model: its weights are not in the state of the prior.
    n_values : int
        Numbers in a row.
    n_codes : int, default=0
        Codes in a row.

    References
    ----------
    Tomczak, Welling, "VAE with a VampPrior", AISTATS 2018.

    Examples
    --------
    >>> import torch
    >>> from vaesynth.nn import DenseEncoder, Rows
    >>> generator = torch.Generator().manual_seed(0)
    >>> encoder = DenseEncoder(3, [], 1, [8], 4, generator)
    >>> prior = VampPrior(1, 2, 5, encoder, n_values=3)
    >>> y = torch.zeros(20, dtype=torch.int64)
    >>> rows = Rows(torch.rand(20, 3), torch.ones(20, 3), torch.zeros(20, 0, dtype=torch.int64))
    >>> prior.start(rows, y, generator)
    >>> prior.sample(y, generator).shape
    torch.Size([20, 2])
    """

    present: Tensor
    codes: Tensor

    def __init__(
        self,
        n_classes: int,
        n_latents: int,
        n_components: int,
        encoder: nn.Module,
        n_values: int,
        n_codes: int = 0,
    ) -> None:
        super().__init__(n_classes, n_latents)
        self.n_components = n_components
        # In a tuple, so that torch does not take the encoder for a part of the prior.
        self._encoder = (encoder,)
        n_rows = n_classes * n_components
        self.values = nn.Parameter(torch.zeros(n_rows, n_values))
        self.register_buffer("present", torch.ones(n_rows, n_values))
        self.register_buffer("codes", torch.zeros(n_rows, n_codes, dtype=torch.int64))

    @torch.no_grad()
    def start(self, rows: Rows, y: Tensor, generator: torch.Generator) -> None:
        """Start from training rows of each class as pseudo-rows; repeat some of them if a class has too few."""
        for label in range(self.n_classes):
            members = torch.nonzero(y == label).squeeze(1)
            order = torch.randperm(len(members), generator=generator).to(members.device)
            repeated = order.repeat(-(-self.n_components // max(1, len(order))))
            chosen = rows.take(members[repeated[: self.n_components]])
            place = slice(label * self.n_components, (label + 1) * self.n_components)
            self.values[place] = chosen.values
            self.present[place] = chosen.present
            self.codes[place] = chosen.codes

    def log_prob(self, z: Tensor, y: Tensor) -> Tensor:
        """Return the log-density of latent points in nats, shape (n_rows,)."""
        mean, log_var = self._components()
        log_density = normal_log_prob(z[:, None], mean[y], log_var[y]).sum(2)
        return torch.logsumexp(log_density, dim=1) - math.log(self.n_components)

    def sample(self, y: Tensor, generator: torch.Generator) -> Tensor:
        """Draw one latent point for each class code in `y`, shape (n_rows, n_latents)."""
        mean, log_var = self._components()
        component = choose_components(mean.new_zeros(mean.shape[:2]), y, generator)
        return draw_normal(mean[y, component], log_var[y, component], generator)

    def _components(self) -> tuple[Tensor, Tensor]:
        """Return the means and log-variances of the components, each of shape (n_classes, n_components, n_latents)."""
        labels = torch.arange(self.n_classes, device=self.values.device)
        rows = Rows(self.values * self.present, self.present, self.codes)
        moments = self._encoder[0](rows, labels.repeat_interleave(self.n_components))
        shape = (self.n_classes, self.n_components, self.n_latents)
        mean, log_var = split_moments(moments)
        return mean.view(shape), log_var.view(shape)

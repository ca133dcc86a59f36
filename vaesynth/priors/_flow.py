"""A normalising flow that is fitted to the aggregate posterior."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

from vaesynth._optional import import_optional
from vaesynth.nn import Rows, draw_normal, split_moments
from vaesynth.priors._contract import FittedPrior

N_TRANSFORMS = 3
HIDDEN_SIZES = (64, 64)


class FlowPrior(FittedPrior):
    """Neural spline flow, conditional on the class, fitted to draws from the posteriors of the rows.

    The networks are trained under the standard normal. Then :meth:`match` sets the scale of each latent, and the flow
    is trained by its :meth:`loss` on posteriors.

    Parameters
    ----------
    n_classes : int
        Number of classes.
    n_latents : int
        Dimension of the latent space.
    generator : torch.Generator
        Source of the initial weights.

    Raises
    ------
    ImportError
        If zuko is not installed, which the extra ``flow`` brings.

    References
    ----------
    Durkan et al., "Neural Spline Flows", NeurIPS 2019.

    Examples
    --------
    >>> import torch
    >>> prior = FlowPrior(1, 2, torch.Generator().manual_seed(0))
    >>> prior.sample(torch.zeros(7, dtype=torch.int64), torch.Generator()).shape
    torch.Size([7, 2])
    """

    shift: Tensor
    scale: Tensor

    def __init__(self, n_classes: int, n_latents: int, generator: torch.Generator) -> None:
        super().__init__(n_classes, n_latents)
        zuko = import_optional("zuko", "flow")
        seed = int(torch.randint(2**62, (1,), generator=generator))
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            self.flow = zuko.flows.NSF(
                n_latents,
                n_classes if n_classes > 1 else 0,
                transforms=N_TRANSFORMS,
                hidden_features=HIDDEN_SIZES,
                passes=min(2, n_latents),
            )
        self.register_buffer("shift", torch.zeros(n_latents))
        self.register_buffer("scale", torch.ones(n_latents))
        self.flow.requires_grad_(False)

    def log_prob(self, z: Tensor, y: Tensor) -> Tensor:
        """Return the log-density of latent points in nats, shape (n_rows,)."""
        density: Tensor = self._distribution(y).log_prob((z - self.shift) / self.scale)
        return density - self.scale.log().sum()

    def sample(self, y: Tensor, generator: torch.Generator) -> Tensor:
        """Draw one latent point for each class code in `y`, shape (n_rows, n_latents)."""
        noise = self.draw_noise(y, generator)
        points: Tensor = self.shift + self.scale * self._distribution(y).transform.inv(noise)
        return points

    @torch.no_grad()
    def match(
        self,
        mean: Tensor,
        log_var: Tensor,
        y: Tensor,
        weight: Tensor,
        generator: torch.Generator,
    ) -> None:
        """Set shift and scale of each latent to the moments of the posteriors; see `LatentPrior.match`."""
        share = (weight / weight.sum())[:, None]
        self.shift.copy_((share * mean).sum(0))
        spread = log_var.exp() + (mean - self.shift).square()
        self.scale.copy_((share * spread).sum(0).sqrt())

    def loss(
        self,
        rows: Rows,
        y: Tensor,
        generator: torch.Generator,
        beta: float,
    ) -> dict[str, Tensor]:
        """Return the mean negative log-density of draws from posteriors, in nats per row.

        Parameters
        ----------
        rows : Rows
            Posteriors: means and log-variances side by side as values of shape (n_rows, 2 * n_latents).
        y : Tensor of shape (n_rows,), int64
            Class codes.
        generator : torch.Generator
            Source of the draws.
        beta : float
            Ignored.
        """
        mean, log_var = split_moments(rows.values)
        return {"loss": -self.log_prob(draw_normal(mean, log_var, generator), y).mean()}

    def _distribution(self, y: Tensor) -> Any:
        if self.n_classes == 1:
            return self.flow()
        return self.flow(nn.functional.one_hot(y, self.n_classes).to(self.anchor.dtype))

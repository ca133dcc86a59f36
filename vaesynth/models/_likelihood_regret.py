"""Likelihood regret: how much the bound of a row gains from a posterior that is fitted to this row."""

from __future__ import annotations

import torch
from torch import Tensor

from vaesynth.models._gaussian_vae import GaussianVAE
from vaesynth.nn import Rows


@torch.enable_grad()
def likelihood_regret(
    module: GaussianVAE,
    rows: Rows,
    y: Tensor,
    noise: Tensor,
    n_steps: int,
    learning_rate: float = 0.05,
) -> Tensor:
    """Return the gain of each row's bound when its posterior, at first the encoder's, is fitted to it alone.

    The encoder's posteriors suit rows like those it has learned. The networks stay as they are; every row has its own
    steps of Adam, so that none depends on the others.

    Parameters
    ----------
    module : GaussianVAE
        The model.
    rows : Rows
        Rows to score.
    y : Tensor of shape (n_rows,), int64
        Class codes.
    noise : Tensor of shape (n_draws, n_rows, latent_dim)
        Noise of the posterior draws, the same at every step; its negative is used as well.
    n_steps : int
        Steps.
    learning_rate : float, default=0.05
        Their size, in units of the latents.

    Returns
    -------
    Tensor of shape (n_rows,)
        Nats, at least 0; larger values are further from the training rows.

    References
    ----------
    Xiao, Yan, Amit, "Likelihood Regret: An Out-of-Distribution Detection Score for Variational Auto-Encoder",
    NeurIPS 2020.

    Examples
    --------
    >>> import torch
    >>> model = GaussianVAE.for_table(2, [], 1, 1, [8], torch.Generator().manual_seed(0))
    >>> rows = Rows(torch.ones(3, 2), torch.ones(3, 2), torch.zeros(3, 0, dtype=torch.int64))
    >>> y, noise = torch.zeros(3, dtype=torch.int64), torch.zeros(4, 3, 1)
    >>> likelihood_regret(model, rows, y, noise, 10).shape
    torch.Size([3])
    """
    with torch.no_grad():
        encoded = module.encode(rows, y)
    moments = [moment.clone().requires_grad_() for moment in encoded]
    optimizer = torch.optim.Adam(moments, lr=learning_rate)
    # Pairs of opposite draws, and their mean in place of importance weights: a posterior that is fitted under given
    # noise would gain from the weights beyond all bounds.
    noise = torch.cat([noise, -noise])
    first = best = _mean_bound(module, encoded, rows, y, noise).detach()
    for _ in range(n_steps):
        bound = _mean_bound(module, (moments[0], moments[1]), rows, y, noise)
        gradients = torch.autograd.grad(-bound.sum(), moments)
        for moment, gradient in zip(moments, gradients, strict=True):
            moment.grad = gradient
        optimizer.step()
        best = torch.maximum(best, bound.detach())
    return best - first


def _mean_bound(
    module: GaussianVAE, moments: tuple[Tensor, Tensor], rows: Rows, y: Tensor, noise: Tensor
) -> Tensor:
    """Return the evidence lower bound under given posteriors, shape (n_rows,)."""
    bounds = [module.bound_of(moments, rows, y, draw[None]) for draw in noise]
    return torch.stack(bounds).mean(0)

"""Measure of how much a trained model uses each latent, to detect posterior collapse."""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor

from vaesynth.models._gaussian_vae import GaussianVAE
from vaesynth.nn import Rows
from vaesynth.priors import ClassGaussian

# A latent whose posterior mean varies less than this over the rows tells nothing of them.
ACTIVE_VARIANCE = 0.01


class LatentUse(NamedTuple):
    """Statistics of each latent over the posteriors of many rows.

    Attributes
    ----------
    kl : Tensor of shape (latent_dim,)
        Mean KL divergence of a row's posterior from the prior, in nats; where it has no closed form, from the diagonal
        normal that suits all posteriors of the class best.
    variance : Tensor of shape (latent_dim,)
        Variance of the posterior mean over the rows of a class.

    Examples
    --------
    >>> import torch
    >>> LatentUse(torch.tensor([0.0, 2.1]), torch.tensor([1e-5, 0.9])).n_active
    1
    """

    kl: Tensor
    variance: Tensor

    @property
    def n_active(self) -> int:
        """Number of latents whose posterior mean varies by more than 0.01.

        References
        ----------
        Burda, Grosse, Salakhutdinov, "Importance Weighted Autoencoders", ICLR 2016, section 5.
        """
        return int((self.variance > ACTIVE_VARIANCE).sum())


@torch.no_grad()
def measure_latent_use(model: GaussianVAE, rows: Rows, y: Tensor, weight: Tensor) -> LatentUse:
    """Measure how much of each latent the posteriors of the rows use.

    Parameters
    ----------
    model : GaussianVAE
        The trained model.
    rows : Rows
        Rows to encode.
    y : Tensor of shape (n_rows,), int64
        Class codes.
    weight : Tensor of shape (n_rows,)
        Weight of each row.

    Returns
    -------
    LatentUse

    Examples
    --------
    >>> import torch
    >>> from vaesynth.nn import Rows
    >>> model = GaussianVAE.for_table(2, [], 1, 3, [8], torch.Generator().manual_seed(0))
    >>> rows = Rows(torch.zeros(9, 2), torch.ones(9, 2), torch.zeros(9, 0, dtype=torch.int64))
    >>> measure_latent_use(model, rows, torch.zeros(9, dtype=torch.int64), torch.ones(9)).n_active
    0
    """
    mean, log_var = model.encode_in_parts(rows, y)
    prior = model.prior
    if not prior.has_closed_form:
        prior = _nearest_normals(model, mean, log_var, y, weight)
    kl = prior.kl_divergence(mean, log_var, y, mean)
    # For point masses at the means, the moments are those of the means alone.
    points = torch.full_like(log_var, -torch.inf)
    centres = _nearest_normals(model, mean, points, y, weight).mean[y]
    share = (weight / weight.sum())[:, None]
    return LatentUse((share * kl).sum(0), (share * (mean - centres).square()).sum(0))


def _nearest_normals(
    model: GaussianVAE, mean: Tensor, log_var: Tensor, y: Tensor, weight: Tensor
) -> ClassGaussian:
    normals = ClassGaussian(model.n_classes, mean.shape[1], torch.Generator()).to(mean)
    normals.match(mean, log_var, y, weight)
    return normals

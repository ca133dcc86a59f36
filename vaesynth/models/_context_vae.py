"""A VAE of whole-number pixels whose likelihood also reads the pixels before: the model of lossless coding."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from vaesynth.nn import (
    MLP,
    LevelMixture,
    PatchGrid,
    Rows,
    draw_normal,
    earlier_sites,
    embedding_weight,
    linear,
    normal_kl_divergence,
    raster_order,
)


@dataclass(frozen=True)
class ContextSizes:
    """Sizes of a `ContextVAE`.

    Parameters
    ----------
    n_latents : int
        Dimension of the latent space.
    width : int
        Width of encoder and decoder.
    n_features : int
        Numbers that the decoder tells of each pixel.
    reach : int
        Pixels above and to either side that the likelihood of a pixel reads.
    n_mirrored : int
        Pixels around the mirrored one that it reads.
    context_widths : tuple of int
        Widths of the network that reads them.
    n_components : int
        Components of the distribution of a pixel.

    Examples
    --------
    >>> ContextSizes().n_latents
    32
    """

    n_latents: int = 32
    width: int = 128
    n_features: int = 8
    reach: int = 4
    n_mirrored: int = 3
    context_widths: tuple[int, ...] = (96, 64)
    n_components: int = 3


class ContextVAE(nn.Module):
    r"""VAE of images of whole numbers: the objective is, in nats per row,

    .. math:: -E_{q(z|x)} \sum_t \log p(x_t | x_{<t}, z) + β \, KL(q(z|x) \| N(0, I))

    The likelihood of a pixel depends on the decoder's output for it and on the neighbouring pixels that come before it.
    In each batch, it is estimated from a quarter of the pixels.

    Parameters
    ----------
    shape : tuple of int
        Channels, height and width.
    n_levels : int
        Number of levels of a pixel.
    sizes : ContextSizes
        Sizes of the networks.
    generator : torch.Generator
        Source of the initial weights.

    References
    ----------
    Gulrajani, Kumar, Ahmed, Taiga, Visin, Vazquez, Courville, "PixelVAE: A Latent Variable Model for Natural Images",
    ICLR 2017.

    Examples
    --------
    >>> import torch
    >>> from vaesynth.nn import Rows
    >>> generator = torch.Generator().manual_seed(0)
    >>> model = ContextVAE((1, 8, 8), 256, ContextSizes(n_latents=2, width=16), generator)
    >>> rows = Rows(torch.zeros(5, 64), torch.ones(5, 64), torch.zeros(5, 0, dtype=torch.int64))
    >>> sorted(model.loss(rows, torch.zeros(5).long(), generator, 1.0))
    ['kl', 'loss', 'reconstruction']
    """  # noqa: D400

    neighbours: Tensor
    order: Tensor
    # A bound on the posterior's log-variance: its grid in the coder has a step of a sixteenth.
    LOG_VARIANCES = (-6.0, 0.0)
    MEANS = (-6.0, 6.0)
    _SHARE_OF_SITES = 0.25

    def __init__(
        self,
        shape: tuple[int, int, int],
        n_levels: int,
        sizes: ContextSizes,
        generator: torch.Generator,
    ) -> None:
        super().__init__()
        self.patches = PatchGrid(shape, 4)
        self.sizes = sizes
        self.mixture = LevelMixture(n_levels, sizes.n_components, has_atom=True)
        neighbours = earlier_sites(shape, sizes.reach, sizes.n_mirrored)
        self.register_buffer("neighbours", neighbours, persistent=False)
        self.register_buffer("order", raster_order(shape), persistent=False)
        n_positions = self.patches.grid[0] * self.patches.grid[1]
        n_told = self.patches.n_channels * sizes.n_features
        self.encoder = MLP([len(neighbours), sizes.width, 2 * sizes.n_latents], generator, "relu6")
        self.n_hidden = 24
        self.decoder = MLP(
            [sizes.n_latents, sizes.width, n_positions * self.n_hidden], generator, "relu6"
        )
        self.patch = linear(self.n_hidden, n_told, generator)
        self.place = embedding_weight(n_positions, n_told, 0.1, generator)
        n_inputs = neighbours.shape[1] + sizes.n_features
        widths = [n_inputs, *sizes.context_widths, self.mixture.n_outputs]
        self.context = MLP(widths, generator, "relu6")

    def posterior(self, values: Tensor) -> tuple[Tensor, Tensor]:
        """Return the means and log-variances of q(z | x), both of shape (n_rows, n_latents)."""
        means, log_variances = self.encoder(values).chunk(2, dim=1)
        return means.clamp(*self.MEANS), (log_variances - 2).clamp(*self.LOG_VARIANCES)

    def tell(self, z: Tensor) -> Tensor:
        """Return the input of each pixel's likelihood, shape (n_rows, n_sites, n_features), as in flat images."""
        hidden = nn.functional.relu6(self.decoder(z)).unflatten(1, (-1, self.n_hidden))
        told = nn.functional.relu6(self.patch(hidden) + self.place)
        grid = told.transpose(1, 2).unflatten(2, self.patches.grid)
        n_features = self.sizes.n_features
        by_feature = grid.unflatten(1, (n_features, -1)).flatten(0, 1)
        flat = self.patches.join(by_feature)
        by_site: Tensor = flat.unflatten(0, (-1, n_features)).transpose(1, 2)
        return by_site

    def loss(
        self,
        rows: Rows,
        y: Tensor,  # noqa: ARG002
        generator: torch.Generator,
        beta: float,
    ) -> dict[str, Tensor]:
        """Return the terms of the objective in nats per row."""
        mean, log_variance = self.posterior(rows.values)
        told = self.tell(draw_normal(mean, log_variance, generator))
        n_sites = len(self.order)
        n_drawn = max(1, int(n_sites * self._SHARE_OF_SITES))
        sites = torch.randperm(n_sites, generator=generator)[:n_drawn].to(self.order.device)
        nats = self._nats(rows.values, told, sites).sum(1).mean() * (n_sites / n_drawn)
        kl = normal_kl_divergence(mean, log_variance).sum(1).mean()
        return {"loss": nats + beta * kl, "reconstruction": nats, "kl": kl}

    def _nats(self, values: Tensor, told: Tensor, sites: Tensor) -> Tensor:
        """Return the pixels' negative log-likelihood at some steps of the coding order, shape (n_rows, n_steps)."""
        framed = nn.functional.pad(values, (0, 1))
        positions = self.order[sites]
        inputs = torch.cat([framed[:, self.neighbours[sites]], told[:, positions]], dim=2)
        levels = (values[:, positions] * (self.mixture.n_levels - 1)).round()
        return -self.mixture.log_prob(self.context(inputs), levels)

"""An autoencoder to grids of whole numbers, trained on their rate under a prior and on the distortion together."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from vaesynth.nn import (
    MLP,
    LevelMixture,
    PatchGrid,
    ResidualBlock,
    Rows,
    convolution,
    earlier_sites,
    embedding_weight,
)


@dataclass(frozen=True)
class CodeSizes:
    """Sizes of a `RateDistortionVAE`.

    Parameters
    ----------
    patch_size : int
        Side of a patch, which becomes one position of the grid.
    code_dim : int
        Whole numbers at a position.
    max_code : int
        Largest of them; the least is its negative.
    width : int
        Channels of encoder and decoder.
    n_blocks : int
        Residual blocks of each.
    context_widths : tuple of int
        Widths of the prior.
    n_components : int
        Components of the distribution of a code.

    Examples
    --------
    >>> CodeSizes().code_dim
    16
    """

    patch_size: int = 4
    code_dim: int = 16
    max_code: int = 31
    width: int = 96
    n_blocks: int = 2
    context_widths: tuple[int, ...] = (128, 128)
    n_components: int = 2


class RateDistortionVAE(nn.Module):
    r"""Autoencoder to whole numbers: the objective is, in nats per row,

    .. math:: -\log p(c(x)) + λ \, \|x - \hat x(c(x))\|^2

    with λ drawn for each row from a list of weights. Each of these qualities has its own gains, which multiply the
    encoder's vectors before they are rounded, and its own embedding in the prior. In training, uniform noise replaces
    the rounding for the rate; elsewhere, rounding has the gradient of the identity. The prior reads the codes before,
    as the prior of a VQ-VAE does. The model is a VQ-VAE whose codes lie on a grid and whose rate is trained. Training
    starts from the discrete cosine transform of the patches.

    Parameters
    ----------
    shape : tuple of int
        Channels, height and width.
    distortion_weights : sequence of float
        Weights λ of the squared error of pixels between 0 and 1, in nats.
    sizes : CodeSizes
        Sizes of the networks.
    generator : torch.Generator
        Source of the initial weights.

    References
    ----------
    Minnen, Ballé, Toderici, "Joint Autoregressive and Hierarchical Priors for Learned Image Compression", NeurIPS 2018.
    Cui, Wang, Gao, Guo, Feng, Bai, "Asymmetric Gained Deep Image Compression with Continuous Rate Adaptation", CVPR
    2021.

    Examples
    --------
    >>> import torch
    >>> from vaesynth.nn import Rows
    >>> generator = torch.Generator().manual_seed(0)
    >>> model = RateDistortionVAE((1, 8, 8), [10, 100], CodeSizes(width=16), generator)
    >>> rows = Rows(torch.zeros(5, 64), torch.ones(5, 64), torch.zeros(5, 0, dtype=torch.int64))
    >>> codes = model.encode(rows.values, 1)
    >>> codes.shape, model.decode(codes, 1).shape
    (torch.Size([5, 4, 16]), torch.Size([5, 64]))
    >>> sorted(model.loss(rows, torch.zeros(5).long(), generator, 1.0))
    ['distortion', 'loss', 'rate']
    """  # noqa: D400

    neighbours: Tensor
    weights: Tensor
    N_FEATURES = 16

    def __init__(
        self,
        shape: tuple[int, int, int],
        distortion_weights: Sequence[float],
        sizes: CodeSizes,
        generator: torch.Generator,
    ) -> None:
        super().__init__()
        self.patches, self.sizes = PatchGrid(shape, sizes.patch_size), sizes
        weights = torch.tensor([float(weight) for weight in distortion_weights])
        neighbours = earlier_sites((1, *self.patches.grid), reach=2)
        self.register_buffer("weights", weights, persistent=False)
        self.register_buffer("neighbours", neighbours, persistent=False)
        basis = cosine_basis(shape[0], sizes.patch_size, sizes.code_dim)
        self.encoder = _Branch(basis, sizes, generator)
        self.decoder = _Branch(basis.t(), sizes, generator)
        # Where rounding is like noise, of variance Δ²/12 for a step Δ, λ Δ² = 6 is the best step.
        first = 0.5 * (weights / 6).log()
        self.log_gains = nn.Parameter(first[:, None].repeat(1, sizes.code_dim))
        self.mixture = LevelMixture(2 * sizes.max_code + 1, sizes.n_components)
        self.place = embedding_weight(len(neighbours), self.N_FEATURES, 0.5, generator)
        self.quality = embedding_weight(len(weights), self.N_FEATURES, 0.5, generator)
        n_inputs = neighbours.shape[1] * sizes.code_dim + self.N_FEATURES
        widths = [n_inputs, *sizes.context_widths, sizes.code_dim * self.mixture.n_outputs]
        self.prior = MLP(widths, generator, "relu6")
        self._centre_the_prior()

    @torch.no_grad()
    def encode(self, values: Tensor, quality: int) -> Tensor:
        """Return the codes of flat images, shape (n_rows, n_positions, code_dim), int64."""
        gains = self.log_gains[quality].exp()
        return self._limit(self._vectors(values) * gains).round().long()

    @torch.no_grad()
    def decode(self, codes: Tensor, quality: int) -> Tensor:
        """Return the flat images of codes, shape (n_rows, n_values)."""
        return self._images(codes.float() / self.log_gains[quality].exp())

    def loss(
        self,
        rows: Rows,
        y: Tensor,  # noqa: ARG002
        generator: torch.Generator,
        beta: float,  # noqa: ARG002
    ) -> dict[str, Tensor]:
        """Return the terms of the objective: rate in nats per row, distortion as squared error per row."""
        drawn = torch.randint(len(self.weights), (rows.n_rows,), generator=generator)
        drawn = drawn.to(rows.values.device)
        gains = self.log_gains[drawn].exp()[:, None]
        scaled = self._limit(self._vectors(rows.values) * gains)
        noise = torch.rand(scaled.shape, generator=generator).to(scaled) - 0.5
        rounded = scaled + (scaled.round() - scaled).detach()
        rate = self._rate(scaled + noise, rounded, drawn, generator)
        squares = (self._images(rounded / gains) - rows.values).square().sum(1)
        loss = rate + self.weights[drawn] * squares
        return {"loss": loss.mean(), "rate": rate.mean(), "distortion": squares.mean()}

    @torch.no_grad()
    def _centre_the_prior(self) -> None:
        """Let all components of the mixtures begin around the code 0."""
        n = self.sizes.n_components
        *_, last = self.prior.parameters()
        bias = last.view(self.sizes.code_dim, -1)
        bias[:, n : 2 * n] = 0.5 - self.mixture.first_means + 0.02 * (torch.arange(n) - n / 2 + 0.5)

    def _vectors(self, values: Tensor) -> Tensor:
        grid: Tensor = self.encoder(self.patches.split(values))
        return grid.flatten(2).transpose(1, 2)

    def _images(self, vectors: Tensor) -> Tensor:
        grid = vectors.transpose(1, 2).unflatten(2, self.patches.grid)
        return self.patches.join(self.decoder(grid))

    def _limit(self, scaled: Tensor) -> Tensor:
        return scaled.clamp(-self.sizes.max_code, self.sizes.max_code)

    def _rate(
        self, codes: Tensor, known: Tensor, drawn: Tensor, generator: torch.Generator
    ) -> Tensor:
        """Estimate the negative log-probability of each row's codes from half of the positions, shape (n_rows,)."""
        n_positions = len(self.neighbours)
        n_drawn = -(-n_positions // 2)
        places = torch.randperm(n_positions, generator=generator)[:n_drawn].to(codes.device)
        told = self.place[places] + self.quality[drawn][:, None]
        framed = nn.functional.pad(known, (0, 0, 0, 1))
        around = framed[:, self.neighbours[places]].flatten(2) / self.sizes.max_code
        inputs = torch.cat([around, nn.functional.relu6(told)], dim=2)
        outputs = self.prior(inputs).unflatten(2, (self.sizes.code_dim, -1))
        nats = -self.mixture.log_prob(outputs, codes[:, places] + self.sizes.max_code)
        return nats.sum((1, 2)) * (n_positions / n_drawn)


def cosine_basis(n_channels: int, size: int, n_vectors: int) -> Tensor:
    """Return the vectors of the discrete cosine transform of patches, the lowest frequencies first.

    Parameters
    ----------
    n_channels, size : int
        Channels and side of a patch.
    n_vectors : int
        Number of vectors; those beyond the dimension of a patch are zero.

    Returns
    -------
    Tensor of shape (n_vectors, n_channels * size * size)
        Orthonormal rows.

    Examples
    --------
    >>> cosine_basis(1, 2, 1)
    tensor([[0.5000, 0.5000, 0.5000, 0.5000]])
    """
    place = torch.arange(size).double()
    waves = (math.pi / size * (place + 0.5) * place[:, None]).cos() * (2 / size) ** 0.5
    waves[0] *= 0.5**0.5
    planes = torch.einsum("iy,jx->ijyx", waves, waves).flatten(2).flatten(0, 1)
    order = (place[:, None] + place).flatten().argsort(stable=True)
    rows = torch.kron(planes[order], torch.eye(n_channels, dtype=torch.float64))
    rows = rows.unflatten(1, (size * size, n_channels)).transpose(1, 2).flatten(1)
    basis = torch.zeros(n_vectors, rows.shape[1])
    n_used = min(n_vectors, len(rows))
    basis[:n_used] = rows[:n_used].float()
    return basis


class _Branch(nn.Module):
    """A linear map of each patch, set at the start, plus a correction by convolutions over the patches."""

    def __init__(self, first: Tensor, sizes: CodeSizes, generator: torch.Generator) -> None:
        super().__init__()
        self.linear = nn.Parameter(first[..., None, None].clone())
        last = convolution(sizes.width, len(first), 1, generator)
        for parameter in last.parameters():
            nn.init.zeros_(parameter)
        self.rest = nn.Sequential(
            convolution(first.shape[1], sizes.width, 3, generator),
            *[ResidualBlock(sizes.width, generator) for _ in range(sizes.n_blocks)],
            nn.SiLU(),
            last,
        )

    def forward(self, x: Tensor) -> Tensor:
        """Map shape (n_rows, n_inputs, height, width) to shape (n_rows, n_outputs, height, width)."""
        outputs: Tensor = nn.functional.conv2d(x, self.linear) + self.rest(x)
        return outputs

"""Encoders from rows to the vectors that a quantizer codes, and decoders back."""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
from torch import Tensor, nn

from vaesynth.nn._layers import MLP, RowEmbedding
from vaesynth.nn._rows import Rows


class DenseCodeEncoder(nn.Module):
    """Table rows to a few vectors each.

    Parameters
    ----------
    n_values : int
        Number of normalised numbers in a row.
    cardinalities : sequence of int
        Number of levels of each code of a row.
    hidden_layer_sizes : sequence of int
        Widths of the hidden layers.
    n_positions : int
        Number of vectors of a row.
    code_dim : int
        Dimension of the vectors.
    generator : torch.Generator
        Source of the initial weights.

    Examples
    --------
    >>> import torch
    >>> from vaesynth.nn import Rows
    >>> encoder = DenseCodeEncoder(2, [], [8], 3, 4, torch.Generator().manual_seed(0))
    >>> encoder(Rows(torch.zeros(5, 2), torch.ones(5, 2), torch.zeros(5, 0).long())).shape
    torch.Size([5, 3, 4])
    """

    def __init__(
        self,
        n_values: int,
        cardinalities: Sequence[int],
        hidden_layer_sizes: Sequence[int],
        n_positions: int,
        code_dim: int,
        generator: torch.Generator,
    ) -> None:
        super().__init__()
        self.shape = (n_positions, code_dim)
        widths = [*hidden_layer_sizes, n_positions * code_dim]
        self.embed = RowEmbedding(n_values, cardinalities, widths[0], generator)
        self.network = MLP(widths, generator)

    def forward(self, rows: Rows) -> Tensor:
        """Rows → Tensor of shape (n_rows, n_positions, code_dim)."""
        return self.network(nn.functional.silu(self.embed(rows))).view(-1, *self.shape)


class DenseCodeDecoder(nn.Module):
    """Vectors of codes to the parameters of a row's distribution.

    Parameters
    ----------
    n_positions, code_dim : int
        Shape of a row's vectors.
    hidden_layer_sizes : sequence of int
        Widths of the hidden layers.
    n_outputs : int
        Number of outputs.
    generator : torch.Generator
        Source of the initial weights.

    Examples
    --------
    >>> import torch
    >>> decoder = DenseCodeDecoder(3, 4, [8], 2, torch.Generator().manual_seed(0))
    >>> decoder(torch.zeros(5, 3, 4)).shape
    torch.Size([5, 2])
    """

    def __init__(
        self,
        n_positions: int,
        code_dim: int,
        hidden_layer_sizes: Sequence[int],
        n_outputs: int,
        generator: torch.Generator,
    ) -> None:
        super().__init__()
        self.network = MLP([n_positions * code_dim, *hidden_layer_sizes, n_outputs], generator)

    def forward(self, z_q: Tensor) -> Tensor:
        """Tensor of shape (n_rows, n_positions, code_dim) → Tensor of shape (n_rows, n_outputs)."""
        return self.network(z_q.flatten(1))


class PatchGrid:
    """Images as grids of square patches, padded at the right and the bottom where patches do not fit.

    Parameters
    ----------
    image_shape : tuple of int
        Channels, height and width.
    patch_size : int
        Side of a patch, which becomes one position of the grid.

    Examples
    --------
    >>> PatchGrid((1, 28, 28), 4).grid
    (7, 7)
    """

    def __init__(self, image_shape: tuple[int, int, int], patch_size: int) -> None:
        self.image_shape = image_shape
        self.patch_size = patch_size
        channels, height, width = image_shape
        self.grid = (-(-height // patch_size), -(-width // patch_size))
        self.n_channels = channels * patch_size**2

    def split(self, values: Tensor) -> Tensor:
        """Flat images of shape (n_rows, n_values) → patches of shape (n_rows, n_channels, *grid)."""
        _, height, width = self.image_shape
        size = self.patch_size
        margin = (0, self.grid[1] * size - width, 0, self.grid[0] * size - height)
        images = nn.functional.pad(values.view(-1, *self.image_shape), margin)
        return nn.functional.pixel_unshuffle(images, size)

    def join(self, patches: Tensor) -> Tensor:
        """Patches → flat images."""
        _, height, width = self.image_shape
        images = nn.functional.pixel_shuffle(patches, self.patch_size)
        return images[:, :, :height, :width].flatten(1)


class ConvCodeEncoder(nn.Sequential):
    """Patches to one vector per position, through convolutions over neighbouring patches.

    Parameters
    ----------
    patches : PatchGrid
        How images are cut.
    width : int
        Channels of the hidden layers.
    code_dim : int
        Dimension of the vectors.
    generator : torch.Generator
        Source of the initial weights.

    Examples
    --------
    >>> import torch
    >>> from vaesynth.nn import Rows
    >>> encoder = ConvCodeEncoder(PatchGrid((1, 8, 8), 4), 16, 3, torch.Generator().manual_seed(0))
    >>> encoder(Rows(torch.zeros(5, 64), torch.ones(5, 64), torch.zeros(5, 0).long())).shape
    torch.Size([5, 4, 3])
    """

    def __init__(
        self, patches: PatchGrid, width: int, code_dim: int, generator: torch.Generator
    ) -> None:
        super().__init__(
            _convolution(patches.n_channels, width, 3, generator),
            _ResidualBlock(width, generator),
            nn.SiLU(),
            _convolution(width, code_dim, 1, generator),
        )
        self.patches = patches

    def forward(self, rows: Rows) -> Tensor:
        """Rows of pixels → Tensor of shape (n_rows, n_positions, code_dim)."""
        return super().forward(self.patches.split(rows.values)).flatten(2).transpose(1, 2)


class ConvCodeDecoder(nn.Sequential):
    """One vector per position to pixels, through convolutions over neighbouring positions.

    Parameters
    ----------
    patches : PatchGrid
        How images are cut.
    width : int
        Channels of the hidden layers.
    code_dim : int
        Dimension of the vectors.
    generator : torch.Generator
        Source of the initial weights.

    Examples
    --------
    >>> import torch
    >>> decoder = ConvCodeDecoder(PatchGrid((1, 8, 8), 4), 16, 3, torch.Generator().manual_seed(0))
    >>> decoder(torch.zeros(5, 4, 3)).shape
    torch.Size([5, 64])
    """

    def __init__(
        self, patches: PatchGrid, width: int, code_dim: int, generator: torch.Generator
    ) -> None:
        super().__init__(
            _convolution(code_dim, width, 3, generator),
            _ResidualBlock(width, generator),
            nn.SiLU(),
            _convolution(width, patches.n_channels, 1, generator),
        )
        self.patches = patches

    def forward(self, z_q: Tensor) -> Tensor:
        """Tensor of shape (n_rows, n_positions, code_dim) → Tensor of shape (n_rows, n_values)."""
        grid = z_q.transpose(1, 2).unflatten(2, self.patches.grid)
        return self.patches.join(super().forward(grid))


class _ResidualBlock(nn.Module):
    """``x + f(x)`` with a 3 × 3 and a 1 × 1 convolution in f."""

    def __init__(self, width: int, generator: torch.Generator) -> None:
        super().__init__()
        self.branch = nn.Sequential(
            nn.SiLU(),
            _convolution(width, width, 3, generator),
            nn.SiLU(),
            _convolution(width, width, 1, generator),
        )

    def forward(self, x: Tensor) -> Tensor:
        return x + self.branch(x)


def _convolution(n_inputs: int, n_outputs: int, size: int, generator: torch.Generator) -> nn.Module:
    layer = nn.utils.skip_init(nn.Conv2d, n_inputs, n_outputs, size, padding=size // 2)
    bound = (n_inputs * size**2) ** -0.5
    nn.init.uniform_(layer.weight, -bound, bound, generator=generator)
    nn.init.uniform_(layer.bias, -bound, bound, generator=generator)
    return layer


class PixelGaussianHead(nn.Module):
    """Normal likelihood of pixels with one learned scale for all of them.

    One scale per pixel would grow tight at the margins, where images are all alike, and there alone.

    Parameters
    ----------
    n_values : int
        Number of pixels, channels included.
    min_scale : float, default=0.01
        Floor of the scale, in normalised units.

    References
    ----------
    Rybkin, Daniilidis, Levine, "Simple and Effective VAE Training with Calibrated Decoders", ICML 2021.

    Examples
    --------
    >>> import torch
    >>> from vaesynth.nn import Rows
    >>> rows = Rows(torch.zeros(3, 4), torch.ones(3, 4), torch.zeros(3, 0, dtype=torch.int64))
    >>> PixelGaussianHead(4).log_prob(torch.zeros(3, 4), rows).shape
    torch.Size([3])
    """

    # The scale falls by an order of magnitude in training: at the weights' own pace that takes a thousand steps.
    _PACE = 5.0

    def __init__(self, n_values: int, min_scale: float = 0.01) -> None:
        super().__init__()
        self.n_values = n_values
        self.n_outputs = n_values
        self.min_scale = min_scale
        self.raw_scale = nn.Parameter(torch.tensor(-1.0 / self._PACE))

    @property
    def scale(self) -> Tensor:
        """Standard deviation, a scalar."""
        return (self._PACE * self.raw_scale).exp() + self.min_scale

    def log_prob(self, means: Tensor, rows: Rows) -> Tensor:
        """Log-density of the pixels in nats, shape (n_rows,)."""
        squares = (rows.values - means).square().sum(1)
        normalizer = self.scale.log() + 0.5 * math.log(2 * math.pi)
        return -0.5 * squares / self.scale.square() - self.n_values * normalizer

    def mode(self, means: Tensor) -> Rows:
        """Give the likeliest pixels."""
        return _pixel_rows(means)

    def sample(self, means: Tensor, generator: torch.Generator) -> Rows:
        """Draw pixels around their means."""
        noise = torch.randn(means.shape, generator=generator).to(means)
        return _pixel_rows(means + noise * self.scale)


def _pixel_rows(values: Tensor) -> Rows:
    codes = torch.zeros((len(values), 0), dtype=torch.int64, device=values.device)
    return Rows(values, torch.ones_like(values), codes)

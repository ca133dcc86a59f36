"""Encoders from rows to the vectors that a quantizer codes, and decoders back."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from vaesynth.nn._convolutions import PatchGrid, ResidualBlock, convolution
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
        vectors: Tensor = self.network(nn.functional.silu(self.embed(rows)))
        return vectors.view(-1, *self.shape)


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
        outputs: Tensor = self.network(z_q.flatten(1))
        return outputs


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
            convolution(patches.n_channels, width, 3, generator),
            ResidualBlock(width, generator),
            nn.SiLU(),
            convolution(width, code_dim, 1, generator),
        )
        self.patches = patches

    def forward(self, rows: Rows) -> Tensor:
        """Rows of pixels → Tensor of shape (n_rows, n_positions, code_dim)."""
        grid = self.patches.split(rows.values)
        for layer in self:
            grid = layer(grid)
        return grid.flatten(2).transpose(1, 2)


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
            convolution(code_dim, width, 3, generator),
            ResidualBlock(width, generator),
            nn.SiLU(),
            convolution(width, patches.n_channels, 1, generator),
        )
        self.patches = patches

    def forward(self, z_q: Tensor) -> Tensor:
        """Tensor of shape (n_rows, n_positions, code_dim) → Tensor of shape (n_rows, n_values)."""
        grid = z_q.transpose(1, 2).unflatten(2, self.patches.grid)
        for layer in self:
            grid = layer(grid)
        return self.patches.join(grid)

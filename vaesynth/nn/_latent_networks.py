"""Encoders from rows and their classes to vectors, and decoders from latent points to a head's outputs."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from vaesynth.nn._convolutions import PatchGrid, ResidualBlock, convolution
from vaesynth.nn._layers import ACTIVATIONS, MLP, ClassShift, RowEmbedding, linear
from vaesynth.nn._rows import Rows


class DenseEncoder(nn.Module):
    """Rows given their class to a vector, through dense layers.

    Parameters
    ----------
    n_values : int
        Number of normalised numbers, or pixels, in a row.
    cardinalities : sequence of int
        Number of levels of each code.
    n_classes : int
        Number of classes; with 1 the class has no part in the network.
    hidden_layer_sizes : sequence of int
        Widths of the hidden layers.
    n_outputs : int
        Size of the vector.
    generator : torch.Generator
        Source of the initial weights.
    activation : {"silu", "relu", "tanh"}, default="silu"
        What stands between the layers.

    Examples
    --------
    >>> import torch
    >>> from vaesynth.nn import Rows
    >>> encoder = DenseEncoder(2, [3], 2, [8], 4, torch.Generator().manual_seed(0))
    >>> rows = Rows(torch.zeros(5, 2), torch.ones(5, 2), torch.zeros(5, 1, dtype=torch.int64))
    >>> encoder(rows, torch.tensor([0, 1, 0, 1, 0])).shape
    torch.Size([5, 4])
    """

    def __init__(
        self,
        n_values: int,
        cardinalities: Sequence[int],
        n_classes: int,
        hidden_layer_sizes: Sequence[int],
        n_outputs: int,
        generator: torch.Generator,
        activation: str = "silu",
    ) -> None:
        super().__init__()
        widths = [*hidden_layer_sizes, n_outputs]
        self.embed = RowEmbedding(n_values, cardinalities, widths[0], generator)
        self.shift = ClassShift(n_classes, widths[0], generator)
        self.activation = ACTIVATIONS[activation]()
        self.network = MLP(widths, generator, activation)

    def forward(self, rows: Rows, y: Tensor) -> Tensor:
        """Rows and class codes → Tensor of shape (n_rows, n_outputs)."""
        outputs: Tensor = self.network(self.activation(self.shift(self.embed(rows), y)))
        return outputs


class DenseDecoder(nn.Module):
    """Latent points given their class to the parameters of a row's distribution, through dense layers.

    Parameters
    ----------
    latent_dim : int
        Number of latents.
    n_classes : int
        Number of classes; with 1 the class has no part in the network.
    hidden_layer_sizes : sequence of int
        Widths of the hidden layers.
    n_outputs : int
        Number of outputs.
    generator : torch.Generator
        Source of the initial weights.
    activation : {"silu", "relu", "tanh"}, default="silu"
        What stands between the layers.

    Examples
    --------
    >>> import torch
    >>> decoder = DenseDecoder(2, 3, [8], 4, torch.Generator().manual_seed(0))
    >>> decoder(torch.zeros(5, 2), torch.tensor([0, 1, 2, 0, 1])).shape
    torch.Size([5, 4])
    """

    def __init__(
        self,
        latent_dim: int,
        n_classes: int,
        hidden_layer_sizes: Sequence[int],
        n_outputs: int,
        generator: torch.Generator,
        activation: str = "silu",
    ) -> None:
        super().__init__()
        widths = [*hidden_layer_sizes, n_outputs]
        self.input = linear(latent_dim, widths[0], generator)
        self.shift = ClassShift(n_classes, widths[0], generator)
        self.activation = ACTIVATIONS[activation]()
        self.network = MLP(widths, generator, activation)

    def forward(self, z: Tensor, y: Tensor) -> Tensor:
        """Latent points of shape (n_rows, latent_dim) and class codes → Tensor of shape (n_rows, n_outputs)."""
        outputs: Tensor = self.network(self.activation(self.shift(self.input(z), y)))
        return outputs


class ConvEncoder(nn.Module):
    """Images given their class to a vector, through convolutions over patches.

    Parameters
    ----------
    patches : PatchGrid
        How images are cut.
    width : int
        Channels of the hidden layers.
    n_classes : int
        Number of classes; with 1 the class has no part in the network.
    n_outputs : int
        Size of the vector.
    generator : torch.Generator
        Source of the initial weights.
    activation : {"silu", "relu", "tanh"}, default="silu"
        What stands between the layers.

    Examples
    --------
    >>> import torch
    >>> from vaesynth.nn import PatchGrid, Rows
    >>> generator = torch.Generator().manual_seed(0)
    >>> encoder = ConvEncoder(PatchGrid((1, 8, 8), 4), 16, 1, 6, generator)
    >>> rows = Rows(torch.zeros(5, 64), torch.ones(5, 64), torch.zeros(5, 0, dtype=torch.int64))
    >>> encoder(rows, torch.zeros(5, dtype=torch.int64)).shape
    torch.Size([5, 6])
    """

    def __init__(
        self,
        patches: PatchGrid,
        width: int,
        n_classes: int,
        n_outputs: int,
        generator: torch.Generator,
        activation: str = "silu",
    ) -> None:
        super().__init__()
        self.patches = patches
        height, breadth = patches.grid
        self.input = convolution(patches.n_channels, width, 3, generator)
        self.shift = ClassShift(n_classes, width, generator)
        self.block = ResidualBlock(width, generator, activation)
        self.activation = ACTIVATIONS[activation]()
        self.output = linear(width * height * breadth, n_outputs, generator)

    def forward(self, rows: Rows, y: Tensor) -> Tensor:
        """Rows of pixels and class codes → Tensor of shape (n_rows, n_outputs)."""
        features = self.shift(self.input(self.patches.split(rows.values)), y)
        outputs: Tensor = self.output(self.activation(self.block(features)).flatten(1))
        return outputs


class ConvDecoder(nn.Module):
    """Latent points given their class to one output per pixel, through convolutions over patches.

    Parameters
    ----------
    patches : PatchGrid
        How images are cut.
    width : int
        Channels of the hidden layers.
    n_classes : int
        Number of classes; with 1 the class has no part in the network.
    latent_dim : int
        Number of latents.
    generator : torch.Generator
        Source of the initial weights.
    activation : {"silu", "relu", "tanh"}, default="silu"
        What stands between the layers.

    Examples
    --------
    >>> import torch
    >>> from vaesynth.nn import PatchGrid
    >>> generator = torch.Generator().manual_seed(0)
    >>> decoder = ConvDecoder(PatchGrid((1, 8, 8), 4), 16, 1, 3, generator)
    >>> decoder(torch.zeros(5, 3), torch.zeros(5, dtype=torch.int64)).shape
    torch.Size([5, 64])
    """

    def __init__(
        self,
        patches: PatchGrid,
        width: int,
        n_classes: int,
        latent_dim: int,
        generator: torch.Generator,
        activation: str = "silu",
    ) -> None:
        super().__init__()
        self.patches = patches
        height, breadth = patches.grid
        self.input = linear(latent_dim, width * height * breadth, generator)
        self.shift = ClassShift(n_classes, width, generator)
        self.block = ResidualBlock(width, generator, activation)
        self.activation = ACTIVATIONS[activation]()
        self.output = convolution(width, patches.n_channels, 3, generator)

    def forward(self, z: Tensor, y: Tensor) -> Tensor:
        """Latent points and class codes → Tensor of shape (n_rows, n_values)."""
        features = self.shift(self.input(z).unflatten(1, (-1, *self.patches.grid)), y)
        return self.patches.join(self.output(self.activation(self.block(features))))

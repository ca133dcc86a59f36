"""Dense networks of table rows: encoders to vectors or posterior moments, and decoders to a head's outputs."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from vaesynth.nn._networks._layers import ACTIVATIONS, MLP, ClassShift, RowEmbedding, linear
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

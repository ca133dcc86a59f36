"""Layers whose weights come from a given generator, never from the global random state."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

import torch
from torch import Tensor, nn

from vaesynth.nn._networks._embedding_sum import sum_embeddings, sum_levels
from vaesynth.nn._rows import Rows


class _Uninitialised(nn.Linear):
    """Dense layer that leaves its weights, and so the global random state, alone."""

    def reset_parameters(self) -> None:
        """Do nothing."""


def linear(n_inputs: int, n_outputs: int, generator: torch.Generator) -> nn.Linear:
    """Return a dense layer with the uniform fan-in initialisation of torch, drawn from `generator`.

    Examples
    --------
    >>> import torch
    >>> linear(3, 2, torch.Generator().manual_seed(0)).weight.shape
    torch.Size([2, 3])
    """
    layer = _Uninitialised(n_inputs, n_outputs)
    bound = n_inputs**-0.5 if n_inputs else 0.0
    nn.init.uniform_(layer.weight, -bound, bound, generator=generator)
    nn.init.uniform_(layer.bias, -bound, bound, generator=generator)
    return layer


def embedding_weight(
    n_levels: int, width: int, scale: float, generator: torch.Generator
) -> nn.Parameter:
    """Return an embedding matrix with independent normal entries of the given scale.

    Examples
    --------
    >>> import torch
    >>> embedding_weight(5, 2, 0.1, torch.Generator().manual_seed(0)).shape
    torch.Size([5, 2])
    """
    return nn.Parameter(torch.randn(n_levels, width, generator=generator) * scale)


ACTIVATIONS = {"silu": nn.SiLU, "relu": nn.ReLU, "relu6": nn.ReLU6, "tanh": nn.Tanh}


class MLP(nn.Sequential):
    """Dense layers with an activation between them; the last layer is linear.

    Parameters
    ----------
    widths : sequence of int
        Sizes from input to output.
    generator : torch.Generator
        Source of the initial weights.
    activation : {"silu", "relu", "relu6", "tanh"}, default="silu"
        Activation between the layers.

    Examples
    --------
    >>> import torch
    >>> network = MLP([3, 8, 2], torch.Generator().manual_seed(0))
    >>> network(torch.zeros(5, 3)).shape
    torch.Size([5, 2])
    """

    def __init__(
        self, widths: Sequence[int], generator: torch.Generator, activation: str = "silu"
    ) -> None:
        layers: list[nn.Module] = []
        for n_inputs, n_outputs in itertools.pairwise(widths):
            if layers:
                layers.append(ACTIVATIONS[activation]())
            layers.append(linear(n_inputs, n_outputs, generator))
        super().__init__(*layers)


class RowEmbedding(nn.Module):
    """Rows to a vector: a dense map of the values plus one embedding for each code, summed.

    It equals a dense layer on values and one-hot codes without ever building the one-hot matrix.

    Parameters
    ----------
    n_values : int
        Number of normalised numbers in a row.
    cardinalities : sequence of int
        Number of levels of each code.
    width : int
        Size of the output vector.
    generator : torch.Generator
        Source of the initial weights.

    Examples
    --------
    >>> import torch
    >>> from vaesynth.nn import Rows
    >>> layer = RowEmbedding(1, [3], 4, torch.Generator().manual_seed(0))
    >>> layer(Rows(torch.zeros(2, 1), torch.ones(2, 1), torch.tensor([[0], [2]]))).shape
    torch.Size([2, 4])
    """

    offsets: Tensor

    def __init__(
        self, n_values: int, cardinalities: Sequence[int], width: int, generator: torch.Generator
    ) -> None:
        super().__init__()
        self.width = width
        n_cells = max(1, n_values + len(cardinalities))
        starts = [0]
        for cardinality in cardinalities:
            starts.append(starts[-1] + cardinality)
        self.register_buffer("offsets", torch.tensor(starts[:-1]), persistent=False)
        self.dense = linear(n_values, width, generator) if n_values else None
        self.table = (
            embedding_weight(starts[-1], width, n_cells**-0.5, generator) if starts[-1] else None
        )

    def forward(self, rows: Rows) -> Tensor:
        """Map rows to a tensor of shape (n_rows, width)."""
        summands: list[Tensor] = []
        if self.dense is not None:
            summands.append(self.dense(rows.values))
        if self.table is not None:
            summands.append(sum_embeddings(rows.codes + self.offsets, self.table))
        if not summands:
            return rows.values.new_zeros(rows.n_rows, self.width)
        return summands[0] if len(summands) == 1 else summands[0] + summands[1]

    def evaluate(self, rows: Rows) -> tuple[Tensor, Tensor]:
        """Return the vectors of a call and the positions of the codes in the table, without autograd."""
        levels = rows.codes + self.offsets
        if self.table is None:
            features = rows.values.new_zeros(rows.n_rows, self.width)
        else:
            features = nn.functional.embedding_bag(levels, self.table, mode="sum")
        if self.dense is not None:
            features.addmm_(rows.values, self.dense.weight.t()).add_(self.dense.bias)
        return features, levels

    def gradient(self, rows: Rows, levels: Tensor, of_features: Tensor) -> dict[Tensor, Tensor]:
        """Return the gradient of each weight, from the gradient of the vectors and what `evaluate` returned."""
        gradients: dict[Tensor, Tensor] = {}
        if self.dense is not None:
            gradients[self.dense.weight] = of_features.t() @ rows.values
            gradients[self.dense.bias] = of_features.sum(0)
        if self.table is not None:
            gradients[self.table] = sum_levels(levels, of_features, len(self.table))
        return gradients


class ClassShift(nn.Module):
    """Add a learned vector of the row's class to its features; with one class there is nothing to add.

    Parameters
    ----------
    n_classes : int
        Number of classes.
    width : int
        Number of features.
    generator : torch.Generator
        Source of the initial vectors.

    Examples
    --------
    >>> import torch
    >>> shift = ClassShift(2, 4, torch.Generator().manual_seed(0))
    >>> shift(torch.zeros(3, 4), torch.tensor([0, 1, 1])).shape
    torch.Size([3, 4])
    """

    def __init__(self, n_classes: int, width: int, generator: torch.Generator) -> None:
        super().__init__()
        self.weight = embedding_weight(n_classes, width, 0.5, generator) if n_classes > 1 else None

    def forward(self, features: Tensor, y: Tensor) -> Tensor:
        """Map features of shape (n_rows, width, ...) and class codes to shifted features."""
        if self.weight is None:
            return features
        shift = nn.functional.embedding(y, self.weight)
        return features + shift.view(*shift.shape, *[1] * (features.ndim - 2))

    def evaluate(self, features: Tensor, of_class: Tensor) -> Tensor:
        """Shift features of shape (n_rows, width) in place, by indicators of shape (n_rows, n_classes)."""
        return features if self.weight is None else features.addmm_(of_class, self.weight)

    def gradient(self, of_class: Tensor, of_features: Tensor) -> dict[Tensor, Tensor]:
        """Return the gradient of the vectors; that of the features stays as it is."""
        return {} if self.weight is None else {self.weight: of_class.t() @ of_features}

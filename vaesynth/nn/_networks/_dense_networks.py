"""Dense networks of table rows: encoders to vectors or posterior moments, and decoders to a head's outputs."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from vaesynth.nn._networks._layers import ACTIVATIONS, MLP, ClassShift, RowEmbedding, linear
from vaesynth.nn._rows import Rows


class _DenseNetwork(nn.Module):
    """What dense networks given a class share: all layers after the first, whose features the class shifts."""

    def _add_layers(
        self, widths: Sequence[int], n_classes: int, generator: torch.Generator, activation: str
    ) -> None:
        self.shift = ClassShift(n_classes, widths[0], generator)
        self.activation = ACTIVATIONS[activation]()
        self.network = MLP(widths, generator, activation)

    def _run(self, features: Tensor, y: Tensor) -> Tensor:
        outputs: Tensor = self.network(self.activation(self.shift(features, y)))
        return outputs

    @property
    def knows_gradient(self) -> bool:
        """Return whether `evaluate` and `gradient` know the activation."""
        return isinstance(self.activation, nn.SiLU)


class DenseEncoder(_DenseNetwork):
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
        Activation between the layers.

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
        self._add_layers(widths, n_classes, generator, activation)

    def forward(self, rows: Rows, y: Tensor) -> Tensor:
        """Map rows and class codes to a tensor of shape (n_rows, n_outputs)."""
        return self._run(self.embed(rows), y)

    def evaluate(self, rows: Rows, of_class: Tensor) -> tuple[Tensor, list[Tensor]]:
        """Return the result of a call and the values that `gradient` needs, without autograd.

        Parameters
        ----------
        rows : Rows
            Rows to encode.
        of_class : Tensor of shape (n_rows, n_classes)
            Indicators of the classes.
        """
        features, levels = self.embed.evaluate(rows)
        outputs, kept = _activate_and_run(self.shift.evaluate(features, of_class), self.network)
        return outputs, [levels, *kept]

    def gradient(
        self, rows: Rows, of_class: Tensor, kept: Sequence[Tensor], of_outputs: Tensor
    ) -> dict[Tensor, Tensor]:
        """Return the gradient of each weight, from the gradient of the outputs and the values that `evaluate` kept."""
        levels, *of_layers = kept
        of_features, gradients = _run_gradient(self.network, of_layers, of_outputs)
        return {
            **self.embed.gradient(rows, levels, of_features),
            **self.shift.gradient(of_class, of_features),
            **gradients,
        }


class DenseDecoder(_DenseNetwork):
    """Latent points given their class to the parameters of a row's distribution, through dense layers.

    Parameters
    ----------
    latent_dim : int
        Number of latents.
    n_classes, hidden_layer_sizes, generator, activation
        As in `DenseEncoder`.
    n_outputs : int
        Number of outputs.

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
        self._add_layers(widths, n_classes, generator, activation)

    def forward(self, z: Tensor, y: Tensor) -> Tensor:
        """Map latent points of shape (n_rows, latent_dim) and class codes to a tensor of shape (n_rows, n_outputs)."""
        return self._run(self.input(z), y)

    def evaluate(self, z: Tensor, of_class: Tensor) -> tuple[Tensor, list[Tensor]]:
        """Return the result of a call and the values that `gradient` needs, without autograd.

        Parameters
        ----------
        z : Tensor of shape (n_rows, latent_dim)
            Latent points.
        of_class : Tensor of shape (n_rows, n_classes)
            Indicators of the classes.
        """
        features = torch.addmm(self.input.bias, z, self.input.weight.t())
        return _activate_and_run(self.shift.evaluate(features, of_class), self.network)

    def gradient(
        self, z: Tensor, of_class: Tensor, kept: Sequence[Tensor], of_outputs: Tensor
    ) -> tuple[Tensor, dict[Tensor, Tensor]]:
        """Return the gradients of the latent points and of each weight, from that of the outputs."""
        of_features, gradients = _run_gradient(self.network, kept, of_outputs)
        return of_features @ self.input.weight, {
            self.input.weight: of_features.t() @ z,
            self.input.bias: of_features.sum(0),
            **self.shift.gradient(of_class, of_features),
            **gradients,
        }


class DenseCodeEncoder(nn.Module):
    """Table rows to a few vectors each.

    Parameters
    ----------
    n_values, cardinalities, hidden_layer_sizes, generator
        As in `DenseEncoder`.
    n_positions : int
        Number of vectors of a row.
    code_dim : int
        Dimension of the vectors.

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
        """Map rows to a tensor of shape (n_rows, n_positions, code_dim)."""
        vectors: Tensor = self.network(nn.functional.silu(self.embed(rows)))
        return vectors.view(-1, *self.shape)


class DenseCodeDecoder(nn.Module):
    """Vectors of codes to the parameters of a row's distribution.

    Parameters
    ----------
    n_positions, code_dim : int
        Shape of a row's vectors.
    n_outputs : int
        Number of outputs.
    hidden_layer_sizes, generator
        As in `DenseEncoder`.

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
        """Map a tensor of shape (n_rows, n_positions, code_dim) to a tensor of shape (n_rows, n_outputs)."""
        outputs: Tensor = self.network(z_q.flatten(1))
        return outputs


def _activate_and_run(features: Tensor, network: MLP) -> tuple[Tensor, list[Tensor]]:
    """Apply activations and weights in turn; keep the inputs and outputs of each activation."""
    kept = []
    for layer in _linear_layers(network):
        activated = nn.functional.silu(features)
        kept += [features, activated]
        features = torch.addmm(layer.bias, activated, layer.weight.t())
    return features, kept


def _run_gradient(
    network: MLP, kept: Sequence[Tensor], of_outputs: Tensor
) -> tuple[Tensor, dict[Tensor, Tensor]]:
    """Return the gradients of the features before the first activation, and of each weight."""
    gradients: dict[Tensor, Tensor] = {}
    of_features = of_outputs
    pairs = zip(kept[::2], kept[1::2], strict=True)
    for layer, (features, activated) in reversed(
        list(zip(_linear_layers(network), pairs, strict=True))
    ):
        gradients[layer.weight] = of_features.t() @ activated
        gradients[layer.bias] = of_features.sum(0)
        of_features = of_features @ layer.weight
        torch.ops.aten.silu_backward(of_features, features, grad_input=of_features)
    return of_features, gradients


def _linear_layers(network: MLP) -> list[nn.Linear]:
    return [layer for layer in network if isinstance(layer, nn.Linear)]

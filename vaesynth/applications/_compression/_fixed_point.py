"""Dense layers in whole numbers: the same result on every machine, in every process, with any number of threads."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Self

import numpy as np
import torch
from torch import Tensor

from vaesynth._threads import single_thread

# Sums of whole numbers up to here are exact in single precision, in whatever order a library adds them.
EXACT = 2**24
# Activations lie between 0 and 6 in so many steps.
ACTIVATION_STEPS = 1023
ACTIVATION_UNIT = 6 / ACTIVATION_STEPS
_LARGEST_WEIGHT = 2**15 - 1


@contextmanager
def exact_products() -> Iterator[None]:
    """Let matrix products of single precision be what they are called, whatever the user allows elsewhere.

    Examples
    --------
    >>> import torch
    >>> with exact_products():
    ...     torch.get_float32_matmul_precision()
    'highest'
    """
    before = torch.get_float32_matmul_precision()
    torch.set_float32_matmul_precision("highest")
    try:
        with single_thread(), torch.no_grad():
            yield
    finally:
        torch.set_float32_matmul_precision(before)


@dataclass(frozen=True)
class FixedPointLayer:
    """Dense layer with whole-number weights, for whole-number inputs of known bounds.

    Its matrix product runs in single precision, whose sums here never need more than the 24 bits it has: they are
    exact, and so independent of their order. Everything else is single operations that IEEE 754 fixes.

    Parameters
    ----------
    weight : Tensor of int16, shape (n_outputs, n_inputs)
        Weights.
    bias : Tensor of int32, shape (..., n_outputs)
        Added to the sums; with more dimensions, one for each of several places.
    scale : Tensor of float32, shape (n_outputs,)
        What a sum of one is worth.

    References
    ----------
    Ballé, Johnston, Minnen, "Integer Networks for Data Compression with Latent-Variable Models", ICLR 2019.

    Examples
    --------
    >>> import numpy as np
    >>> import torch
    >>> linear = torch.nn.Linear(2, 1)
    >>> _ = linear.weight.data.fill_(0.5), linear.bias.data.fill_(1.0)
    >>> layer = FixedPointLayer.of(linear, units=np.full(2, 0.1), bounds=np.full(2, 255))
    >>> layer(torch.tensor([[10.0], [20.0]]))
    tensor([[2.5000]])
    """

    weight: Tensor
    bias: Tensor
    scale: Tensor

    @classmethod
    def of(
        cls,
        linear: torch.nn.Linear,
        units: np.ndarray,
        bounds: np.ndarray,
        more_bias: np.ndarray | float = 0.0,
    ) -> Self:
        """Round a trained layer.

        Parameters
        ----------
        linear : Linear
            The layer.
        units : ndarray of shape (n_inputs,)
            What an input of one is worth.
        bounds : ndarray of shape (n_inputs,)
            Largest absolute value of each input.
        more_bias : ndarray of shape (n_places, n_outputs), optional
            Added to the layer's bias.
        """
        weight = linear.weight.detach().double().numpy() * units
        bias = linear.bias.detach().double().numpy() + more_bias
        most = np.abs(weight) @ bounds + np.abs(np.atleast_2d(bias)).max(0)
        fill = (EXACT - 1 - 0.5 * bounds.sum()) / np.maximum(most, 1e-12)
        fill = np.minimum(fill, _LARGEST_WEIGHT / np.maximum(np.abs(weight).max(1), 1e-12))
        parts = (
            np.rint(weight * fill[:, None]).astype(np.int16),
            np.rint(bias * fill).astype(np.int32),
            (1 / fill).astype(np.float32),
        )
        return cls(*map(torch.from_numpy, parts))

    def arrays(self) -> list[np.ndarray]:
        """Return all that decides what the layer gives."""
        return [self.weight.numpy(), self.bias.numpy(), self.scale.numpy()]

    def __call__(self, inputs: Tensor) -> Tensor:
        """Return outputs, shape (..., n_outputs, n_rows), of whole-number inputs, shape (..., n_inputs, n_rows)."""
        return self._sum(inputs).mul_(self.scale[:, None])

    def activate(self, inputs: Tensor) -> Tensor:
        """Return outputs between 0 and 6, as whole numbers of `ACTIVATION_UNIT`."""
        pace = self.scale * (1 / ACTIVATION_UNIT)
        return self._sum(inputs).mul_(pace[:, None]).round_().clamp_(0, ACTIVATION_STEPS)

    def _sum(self, inputs: Tensor) -> Tensor:
        return torch.matmul(self.weight.float(), inputs).add_(self.bias.float()[..., None])


@dataclass(frozen=True)
class FixedPointNetwork:
    """Layers one after the other, with activations between them.

    Parameters
    ----------
    layers : tuple of FixedPointLayer
        The layers.

    Examples
    --------
    >>> import numpy as np
    >>> import torch
    >>> from vaesynth.nn import MLP
    >>> network = MLP([2, 8, 3], torch.Generator().manual_seed(0), "relu6")
    >>> rounded = FixedPointNetwork.of(network, units=np.full(2, 1 / 255), bounds=np.full(2, 255))
    >>> rounded(torch.zeros(2, 5)).shape
    torch.Size([3, 5])
    """

    layers: tuple[FixedPointLayer, ...]

    @classmethod
    def of(cls, network: Iterable[torch.nn.Module], units: np.ndarray, bounds: np.ndarray) -> Self:
        """Round a trained network whose activations are ``relu6``."""
        layers = []
        for module in network:
            if not isinstance(module, torch.nn.Linear):
                continue
            layers.append(FixedPointLayer.of(module, units, bounds))
            units, bounds = activation_range(module.out_features)
        return cls(tuple(layers))

    def __call__(self, inputs: Tensor) -> Tensor:
        """Return outputs, shape (n_outputs, n_rows), of whole-number inputs, shape (n_inputs, n_rows)."""
        for layer in self.layers[:-1]:
            inputs = layer.activate(inputs)
        return self.layers[-1](inputs)

    def arrays(self) -> list[np.ndarray]:
        """Return all that decides what the network gives."""
        return [part for layer in self.layers for part in layer.arrays()]

    def activate(self, inputs: Tensor) -> Tensor:
        """Return outputs between 0 and 6, as whole numbers of `ACTIVATION_UNIT`."""
        for layer in self.layers:
            inputs = layer.activate(inputs)
        return inputs


def activation_range(n_outputs: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the units and bounds of the activations of a layer.

    Examples
    --------
    >>> activation_range(1)[1]
    array([1023.])
    """
    return np.full(n_outputs, ACTIVATION_UNIT), np.full(n_outputs, float(ACTIVATION_STEPS))

"""All parameters of a module as one vector, so that an optimiser step is one operation and not one for each."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn


class FlatParameters:
    """One vector of which the module's parameters become views.

    Parameters
    ----------
    parameters : sequence of Parameter
        Parameters of one type on one device; their storage is replaced.
    """

    def __init__(self, parameters: Sequence[nn.Parameter]) -> None:
        self.members = list(parameters)
        self.vector = nn.Parameter(
            torch.cat([parameter.detach().flatten() for parameter in self.members])
        )
        self.sizes = [parameter.numel() for parameter in self.members]
        parts = self.vector.detach().split(self.sizes)
        for parameter, part in zip(self.members, parts, strict=True):
            parameter.data = part.view(parameter.shape)

    def gradient(self, loss: Tensor) -> Tensor:
        """Return the gradient of a scalar with respect to the vector, shape (n_parameters,)."""
        return self.join(self.differentiate(loss))

    def differentiate(self, loss: Tensor) -> Sequence[Tensor]:
        """Return the gradient of a scalar with respect to each parameter."""
        return torch.autograd.grad(loss, self.members, allow_unused=True, materialize_grads=True)

    @staticmethod
    def join(parts: Sequence[Tensor]) -> Tensor:
        """Put gradients with respect to all parameters into one vector, shape (n_parameters,)."""
        return torch.cat([part.reshape(-1) for part in parts])

    def add(self, gradient: Tensor, parts: Sequence[Tensor]) -> None:
        """Add gradients with respect to all parameters to a vector, in place."""
        for place, part in zip(gradient.split(self.sizes), parts, strict=True):
            place.add_(part.reshape(-1))

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
        sizes = [parameter.numel() for parameter in self.members]
        for parameter, part in zip(self.members, self.vector.detach().split(sizes), strict=True):
            parameter.data = part.view(parameter.shape)

    def gradient(self, loss: Tensor) -> Tensor:
        """Gradient of a scalar with respect to the vector, shape (n_parameters,)."""
        parts = torch.autograd.grad(loss, self.members, allow_unused=True, materialize_grads=True)
        return torch.cat([part.reshape(-1) for part in parts])

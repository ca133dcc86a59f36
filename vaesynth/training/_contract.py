"""What the loop trains, and on what."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import torch
from torch import Tensor, nn

from vaesynth.nn import Rows


class Trainable(Protocol):
    """A module that the loop can train: its loss is a dict of scalar terms, ``"loss"`` among them."""

    def loss(
        self, rows: Rows, y: Tensor, generator: torch.Generator, beta: float
    ) -> dict[str, Tensor]:
        """Return the terms of the objective in nats per row; ``"loss"`` is what is minimised."""

    def parameters(self) -> Iterator[nn.Parameter]:
        """Return the parameters to train."""

    def state_dict(self) -> dict[str, Any]:
        """Return the weights by name."""

    def load_state_dict(self, state_dict: Mapping[str, Any]) -> Any:
        """Take weights by name."""

    def train(self) -> Any:
        """Go into training mode."""

    def eval(self) -> Any:
        """Leave training mode."""


class SelfDifferentiating(Trainable, Protocol):
    """A module that may know the gradient of its loss by itself, in less time than autograd takes."""

    # Whether it does; `gradients` must not be called else.
    has_gradients: bool

    def gradients(
        self, rows: Rows, y: Tensor, generator: torch.Generator, beta: float, share: float
    ) -> tuple[dict[str, Tensor], dict[Tensor, Tensor]]:
        """Return the terms of the objective, and the gradient of ``"loss"`` for each parameter, all times `share`."""


@dataclass(frozen=True)
class TrainingData:
    """Rows on the device, their class codes (on the device) and their weights (on the CPU).

    Examples
    --------
    >>> import numpy as np
    >>> import torch
    >>> from vaesynth.nn import Rows
    >>> rows = Rows.from_arrays(np.zeros((3, 2)), np.zeros((3, 0)))
    >>> TrainingData(rows, torch.tensor([0, 1, 1]), torch.ones(3)).rows.n_rows
    3
    """

    rows: Rows
    y: Tensor
    weight: Tensor

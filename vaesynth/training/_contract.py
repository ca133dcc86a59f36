"""Interfaces of the training loop: the module that it trains, the data, and the history that it records."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

import torch
from torch import Tensor, nn

from vaesynth.nn import Rows


class Trainable(Protocol):
    """A module that the loop can train: its loss is a dict of scalar terms, ``"loss"`` among them."""

    def loss(
        self, rows: Rows, y: Tensor, generator: torch.Generator, beta: float
    ) -> dict[str, Tensor]:
        """Return the terms of the objective in nats per row; training minimises ``"loss"``."""

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
    """A module that may compute the gradient of its loss itself, faster than autograd."""

    # Whether it can; call `gradients` only if so.
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


@dataclass
class History:
    """Terms of the objective per epoch, in nats per row.

    Attributes
    ----------
    terms : dict of str to list of float
        Mean over the epoch of every term the module's ``loss`` gives, and ``validation_loss`` where rows were held out.
    n_iter : int
        Epochs run.
    n_steps : int
        Optimiser steps run.
    best_iter : int
        Epoch (from 1) whose weights were kept.
    stopped_early : bool
        Whether early stopping ended the run.

    Examples
    --------
    >>> history = History()
    >>> history.record({"loss": 2.0, "kl": 0.5})
    >>> history.terms["loss"], history.n_iter
    ([2.0], 1)
    """

    terms: dict[str, list[float]] = field(default_factory=dict)
    n_iter: int = 0
    n_steps: int = 0
    best_iter: int = 0
    stopped_early: bool = False

    def record(self, terms: dict[str, float]) -> None:
        """Append the terms of one epoch."""
        self.n_iter += 1
        self.best_iter = self.n_iter
        for name, value in terms.items():
            self.terms.setdefault(name, []).append(value)

"""The last good state of a training run, to which it goes back from a step that is not finite."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

import torch

from vaesynth.training._contract import Trainable

# Steps between two states that are kept.
PACE = 100
# The learning rate halves with each return. After eight it is a 256th, so the rate is not the problem.
MOST_RETURNS = 8


class DivergenceError(FloatingPointError):
    """A training run does not come back to a finite loss."""


class LastGood:
    """Keeps weights and optimiser of a run while its steps are finite, and puts them back when one is not.

    Attributes
    ----------
    rate : float
        Factor of the learning rate: 1, halved with each return.
    n_returns : int
        How often the run went back.

    Examples
    --------
    >>> import torch
    >>> module = torch.nn.Linear(1, 1, bias=False)
    >>> last = LastGood(module, torch.optim.AdamW(module.parameters()))
    >>> good = module.weight.item()
    >>> with torch.no_grad():
    ...     _ = module.weight.fill_(torch.nan)
    >>> last.go_back("a loss of nan")
    >>> module.weight.item() == good, last.rate
    (True, 0.5)
    """

    def __init__(self, module: Trainable, optimizer: torch.optim.Optimizer) -> None:
        self._module, self._optimizer = module, optimizer
        self.rate, self.n_returns = 1.0, 0
        self._keep()

    def count(self, n_steps: int) -> None:
        """Keep the state after every hundredth of the steps that were finite."""
        if n_steps % PACE == 0:
            self._keep()

    def go_back(self, found: str) -> None:
        """Put the last good state back and halve the rate.

        Raises
        ------
        DivergenceError
            If that was done too often; the message says what was `found`.
        """
        if self.n_returns == MOST_RETURNS:
            raise DivergenceError(
                f"training must keep a finite loss, got {found}, and still after it went back {MOST_RETURNS} times to "
                f"its last good weights with half the learning rate: look for extreme values in the data, or lower "
                f"`learning_rate_init`"
            )
        self.n_returns += 1
        self.rate /= 2
        self._module.load_state_dict(self._weights)
        self._optimizer.load_state_dict(deepcopy(self._moments))

    def _keep(self) -> None:
        weights: dict[str, Any] = self._module.state_dict()
        self._weights = {name: tensor.detach().clone() for name, tensor in weights.items()}
        self._moments = deepcopy(self._optimizer.state_dict())

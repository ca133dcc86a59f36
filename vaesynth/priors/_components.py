"""Which component of a mixture a row is drawn from."""

from __future__ import annotations

import torch
from torch import Tensor


def choose_components(log_weights: Tensor, y: Tensor, generator: torch.Generator) -> Tensor:
    """Draw a component for each class code in `y`, shape (n_rows,), from log-weights (n_classes, n_components).

    Examples
    --------
    >>> import torch
    >>> log_weights = torch.tensor([[0.0, -torch.inf], [-torch.inf, 0.0]])
    >>> choose_components(log_weights, torch.tensor([1, 0, 1]), torch.Generator()).tolist()
    [1, 0, 1]
    """
    shares = log_weights.exp().cpu()[y.cpu()]
    drawn = torch.multinomial(shares, 1, replacement=True, generator=generator)
    return drawn.squeeze(1).to(y.device)

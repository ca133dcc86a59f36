"""Gradients of unusual length, cut to a length that is usual: one bad batch then does not undo the training."""

from __future__ import annotations

import math

from torch import Tensor

# Of the logarithm, per step: the usual length is that of the last hundred steps.
PACE = 0.01
LIMIT = 4.0


class UsualNorm:
    """Cuts a gradient whose norm is more than four times the geometric mean of those before it.

    Attributes
    ----------
    log_usual : float or None
        Logarithm of that mean; None before the first gradient.

    References
    ----------
    Pascanu, Mikolov, Bengio, "On the difficulty of training recurrent neural networks", ICML 2013 (clipping norms, to a
    fixed length).

    Examples
    --------
    >>> import torch
    >>> weight, norms = torch.nn.Parameter(torch.zeros(1)), UsualNorm()
    >>> for length in (1.0, 1.0, 100.0):
    ...     weight.grad = torch.tensor([length])
    ...     norms.clip(weight)
    >>> weight.grad
    tensor([4.])
    """

    def __init__(self) -> None:
        self.log_usual: float | None = None

    def clip(self, vector: Tensor) -> None:
        """Cut the gradient of a parameter, in place, where it is too long."""
        if vector.grad is None:
            return
        norm = float(vector.grad.norm())
        if not 0 < norm < math.inf:
            return
        log_norm = math.log(norm)
        if self.log_usual is None:
            self.log_usual = log_norm
        log_limit = self.log_usual + math.log(LIMIT)
        if log_norm > log_limit:
            vector.grad.mul_(math.exp(log_limit - log_norm))
            log_norm = log_limit
        self.log_usual += PACE * (log_norm - self.log_usual)

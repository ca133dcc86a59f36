"""Diagonal normal distributions by means and log-variances, computed safely in single precision."""

from __future__ import annotations

import math

import torch
from torch import Tensor


def full_precision(like: Tensor) -> torch.autocast:
    """Make a context in which products on the tensor's device are taken in the precision of their factors.

    Examples
    --------
    >>> import torch
    >>> x = torch.ones(2, 2)
    >>> with torch.autocast("cpu", dtype=torch.bfloat16):
    ...     reduced = x @ x
    ...     with full_precision(x):
    ...         exact = x @ x
    >>> reduced.dtype, exact.dtype
    (torch.bfloat16, torch.float32)
    """
    return torch.autocast(like.device.type, enabled=False)


def widen(outputs: Tensor) -> Tensor:
    """Return outputs of half precision in single precision, and all others as they are.

    Examples
    --------
    >>> import torch
    >>> widen(torch.ones(1, dtype=torch.bfloat16)).dtype, widen(torch.ones(1).double()).dtype
    (torch.float32, torch.float64)
    """
    return outputs.float() if outputs.dtype in (torch.bfloat16, torch.float16) else outputs


# Wide enough for any posterior that helps, tight enough that exp() neither over- nor underflows in float32.
LOG_VAR_BOUND = 12.0
LOG_2PI = math.log(2 * math.pi)


def split_moments(outputs: Tensor) -> tuple[Tensor, Tensor]:
    """Return the means and log-variances, each of shape (n_rows, n), from outputs of shape (n_rows, 2 n) of a network.

    Examples
    --------
    >>> import torch
    >>> mean, log_var = split_moments(torch.tensor([[1.0, 50.0]]))
    >>> mean.tolist(), log_var.tolist()
    ([[1.0]], [[12.0]])
    """
    mean, log_var = widen(outputs).chunk(2, dim=1)
    return mean, log_var.clamp(-LOG_VAR_BOUND, LOG_VAR_BOUND)


def draw_normal(mean: Tensor, log_var: Tensor, generator: torch.Generator) -> Tensor:
    """Draw a number from each normal, shape of `mean`.

    Examples
    --------
    >>> import torch
    >>> draw_normal(torch.ones(2), torch.full((2,), -80.0), torch.Generator()).tolist()
    [1.0, 1.0]
    """
    noise = torch.randn(mean.shape, generator=generator).to(mean)
    return mean + noise * (0.5 * log_var).exp()


def normal_log_prob(z: Tensor, mean: Tensor | float = 0.0, log_var: Tensor | None = None) -> Tensor:
    """Return the log-density of each number under a normal, by default the standard one, in nats.

    Examples
    --------
    >>> import torch
    >>> round(float(normal_log_prob(torch.tensor(0.0))), 4)
    -0.9189
    """
    if log_var is None:
        return -0.5 * ((z - mean).square() + LOG_2PI)
    return -0.5 * ((z - mean).square() * (-log_var).exp() + log_var + LOG_2PI)


def normal_kl_divergence(mean: Tensor, log_var: Tensor) -> Tensor:
    """Return KL(N(mean, exp(log_var)) || N(0, 1)) of each number in nats.

    Examples
    --------
    >>> import torch
    >>> normal_kl_divergence(torch.tensor([0.0, 2.0]), torch.zeros(2)).tolist()
    [0.0, 2.0]
    """
    return 0.5 * (log_var.exp() + mean.square() - 1 - log_var)

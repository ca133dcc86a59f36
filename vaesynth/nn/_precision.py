"""What stays in single precision where networks run in half of it: see `torch.autocast`."""

from __future__ import annotations

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

"""Functions of many rows, applied to a few at a time."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from vaesynth._threads import single_thread
from vaesynth.nn import Rows

# Rows at once: more take memory and gain no time.
CHUNK = 1024


@torch.no_grad()
def map_chunks(
    function: Callable[[Any], Any], data: Rows | Tensor, device: torch.device | str
) -> Any:
    """Apply a function to chunks on the device, and put the results together on the CPU.

    Examples
    --------
    >>> import torch
    >>> map_chunks(lambda part: 2 * part, torch.arange(3), "cpu").tolist()
    [0, 2, 4]
    """
    n_rows = data.n_rows if isinstance(data, Rows) else len(data)
    parts = []
    with single_thread():
        for start in range(0, n_rows, CHUNK):
            chunk = slice(start, start + CHUNK)
            part = data.take(chunk) if isinstance(data, Rows) else data[chunk]
            parts.append(move(function(move(part, device)), "cpu"))
    return Rows.concatenate(parts) if isinstance(parts[0], Rows) else torch.cat(parts)


def move(data: Any, device: torch.device | str) -> Any:
    """Put rows or a tensor on a device."""
    if isinstance(data, Rows):
        return Rows(*(tensor.to(device) for tensor in data))
    return data.to(device)

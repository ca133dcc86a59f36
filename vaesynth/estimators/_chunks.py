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
    function: Callable[..., Any],
    data: Rows | Tensor,
    device: torch.device | str,
    *others: Rows | Tensor,
) -> Any:
    """Apply a function to chunks of rows on the device, and put the results together on the CPU.

    Examples
    --------
    >>> import torch
    >>> map_chunks(lambda part: 2 * part, torch.arange(3), "cpu").tolist()
    [0, 2, 4]
    """
    parts = []
    with single_thread():
        for start in range(0, _count(data), CHUNK):
            chunks = [_cut(rows, slice(start, start + CHUNK)) for rows in (data, *others)]
            parts.append(move(function(*(move(chunk, device) for chunk in chunks)), "cpu"))
    return Rows.concatenate(parts) if isinstance(parts[0], Rows) else torch.cat(parts)


def move(data: Any, device: torch.device | str) -> Any:
    """Put rows or a tensor on a device.

    Examples
    --------
    >>> import torch
    >>> move(torch.zeros(2), "cpu").device
    device(type='cpu')
    """
    if isinstance(data, Rows):
        return Rows(*(tensor.to(device) for tensor in data))
    return data.to(device)


def _count(data: Rows | Tensor) -> int:
    return data.n_rows if isinstance(data, Rows) else len(data)


def _cut(data: Rows | Tensor, chunk: slice) -> Rows | Tensor:
    return data.take(chunk) if isinstance(data, Rows) else data[chunk]

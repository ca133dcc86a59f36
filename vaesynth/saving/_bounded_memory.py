"""Networks that are built on a file's word take no more memory than the file gives reason for."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_iter, tree_map_only

# A network that is built takes its weights, which the file has, and passing values of their size.
BYTES_OF_ANY_NETWORK = 2**25
BYTES_PER_SAVED_BYTE = 16
# What an operation costs besides its result: without it, a loop of a billion small ones would be for nothing.
BYTES_PER_OPERATION = 2**11


@contextmanager
def bounded_memory(n_saved: int) -> Iterator[None]:
    """Raise a ValueError before torch allocates more than weights of so many bytes give reason for.

    Parameters
    ----------
    n_saved : int
        Bytes of the arrays of the file.

    Examples
    --------
    >>> import torch
    >>> with bounded_memory(1000):
    ...     torch.nn.Linear(10**6, 10**6)
    Traceback (most recent call last):
    ...
    ValueError: networks must be as large as the weights that the file has, got sizes of more than 33,570,432 bytes
    """
    with _BoundedMemory(BYTES_OF_ANY_NETWORK + BYTES_PER_SAVED_BYTE * n_saved):
        yield


class _BoundedMemory(TorchDispatchMode):
    """Asks of each operation what it will allocate, before it does."""

    def __init__(self, n_bytes: int) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.bound, self.left = n_bytes, n_bytes

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        """Run an operation if there is memory left for it."""
        kwargs = kwargs or {}
        self.left -= BYTES_PER_OPERATION
        if not func.is_view and not func._schema.is_mutable:
            self.left -= _count_bytes(func, args, kwargs)
        if self.left < 0:
            raise ValueError(
                "networks must be as large as the weights that the file has, got sizes of more than "
                f"{self.bound:,} bytes"
            )
        return func(*args, **kwargs)


def _count_bytes(func: Any, args: Any, kwargs: dict[str, Any]) -> int:
    """Return how much an operation will allocate, told by its run without data."""
    if func is torch.ops.aten.repeat_interleave.Tensor:  # the size of the result is in the data
        return 8 * int(args[0].sum())
    without_data = tree_map_only(
        Tensor, lambda x: torch.empty_like(x, device="meta"), (args, kwargs)
    )
    args, kwargs = without_data
    if any(argument.name == "device" for argument in func._schema.arguments):
        kwargs = {**kwargs, "device": torch.device("meta")}
    try:
        results = func(*args, **kwargs)
    except (NotImplementedError, RuntimeError):
        # Such as `nonzero`: never larger than what it is told by, of which there is enough.
        return sum(8 * max(1, x.ndim) * x.numel() for x in tree_iter(args) if isinstance(x, Tensor))
    return sum(x.numel() * x.itemsize for x in tree_iter(results) if isinstance(x, Tensor))

"""One thread for every sum whose order decides the result."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager


@contextmanager
def single_thread() -> Iterator[None]:
    """Run torch on one thread, so that sums have one order and the same seed gives the same numbers.

    The matrices of these networks are too small for a second thread within one product to pay; more threads serve
    whole chunks of rows instead.
    """
    import torch

    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)


@contextmanager
def thread_pool(n_threads: int) -> Iterator[ThreadPoolExecutor | None]:
    """Threads that each run torch's operations alone; none where one thread is enough."""
    if n_threads == 1:
        yield None
        return
    import torch

    with ThreadPoolExecutor(n_threads, initializer=torch.set_num_threads, initargs=(1,)) as pool:
        yield pool

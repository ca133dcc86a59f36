"""One thread for whatever could come out otherwise on several."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import cache

from threadpoolctl import ThreadpoolController


@contextmanager
def single_thread() -> Iterator[None]:
    """Run torch and scikit-learn on one thread, so that the same seed gives the same numbers.

    Sums then have one order, and of neighbours at the same distance the same one is found. The matrices of these
    networks are too small for a second thread within one product to pay; more threads serve whole chunks of rows
    instead.
    """
    import torch

    before = torch.get_num_threads()
    with _controller().limit(limits=1):
        torch.set_num_threads(1)
        try:
            yield
        finally:
            torch.set_num_threads(before)


@contextmanager
def thread_pool(n_threads: int) -> Iterator[ThreadPoolExecutor | None]:
    """Threads that each run torch and scikit-learn alone; none where one thread is enough."""
    if n_threads == 1:
        yield None
        return
    with ThreadPoolExecutor(n_threads, initializer=_work_alone) as pool:
        yield pool


def _work_alone() -> None:
    """Let the calling thread start no further ones."""
    import torch

    torch.set_num_threads(1)
    _controller().limit(limits=1, user_api="openmp")


@cache
def _controller() -> ThreadpoolController:
    # Looking for the libraries takes milliseconds, so that it is done once, when all of them are loaded.
    import sklearn.neighbors  # noqa: F401
    import torch  # noqa: F401

    return ThreadpoolController()

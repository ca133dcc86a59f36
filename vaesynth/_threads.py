"""One thread for whatever could come out otherwise on several."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import cache
from threading import Lock

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
    # OpenMP has a limit for each thread that calls it, BLAS one for all of them.
    with _blas_limit, _controller("openmp").limit(limits=1):
        torch.set_num_threads(1)
        try:
            yield
        finally:
            torch.set_num_threads(before)


class _BlasLimit:
    """One thread for BLAS while any thread is inside: the first to enter sets the limit, the last to leave lifts it."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._n_inside = 0
        self._before: list[int] = []

    def __enter__(self) -> None:
        with self._lock:
            if self._n_inside == 0:
                libraries = _controller("blas").lib_controllers
                self._before = [library.num_threads for library in libraries]
                self._set([1] * len(libraries))
            self._n_inside += 1

    def __exit__(self, *_: object) -> None:
        with self._lock:
            self._n_inside -= 1
            if self._n_inside == 0:
                self._set(self._before)

    @staticmethod
    def _set(numbers: list[int]) -> None:
        for library, number in zip(_controller("blas").lib_controllers, numbers, strict=True):
            # From 3.8 on threadpoolctl lets only that thread set the number which has set it first.
            getattr(library, "_real_set_num_threads", library.set_num_threads)(number)


_blas_limit = _BlasLimit()


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
    _controller("openmp").limit(limits=1)


@cache
def _controller(user_api: str) -> ThreadpoolController:
    """Return what sets the threads of the libraries of one kind, and of no others when it sets them back."""
    # Looking for the libraries takes milliseconds, so that it is done once, when all of them are loaded.
    import sklearn.neighbors  # noqa: F401
    import torch  # noqa: F401

    return ThreadpoolController().select(user_api=user_api)

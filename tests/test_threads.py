"""Threads: scikit-learn's find any of the neighbours at the same distance, and BLAS rounds as they share a product."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import torch
from sklearn.neighbors import NearestNeighbors
from threadpoolctl import threadpool_info, threadpool_limits

from vaesynth._threads import single_thread, thread_pool


def count_threads():
    return {pool["num_threads"] for pool in threadpool_info()}, torch.get_num_threads()


def find_neighbors():
    points = np.random.default_rng(0).integers(0, 3, size=(700, 3)).astype(np.float32)
    search = NearestNeighbors(n_neighbors=5, algorithm="brute").fit(points)
    return search.kneighbors(points, return_distance=False)


def test_every_library_works_on_one_thread_and_then_as_before():
    torch.get_num_threads()  # when first asked, torch sets the number
    with threadpool_limits(3):
        before = count_threads()
        with single_thread():
            assert count_threads() == ({1}, 1)
        assert count_threads() == before


def test_the_limit_holds_until_the_last_thread_is_done():
    with threadpool_limits(3):
        before = count_threads()[0]
        first, second = single_thread(), single_thread()
        first.__enter__()
        with ThreadPoolExecutor(1) as other:
            other.submit(second.__enter__).result()
            first.__exit__(None, None, None)
            assert other.submit(count_threads).result() == ({1}, 1)
            other.submit(second.__exit__, None, None, None).result()
        assert count_threads()[0] == before


def test_workers_find_the_neighbors_that_one_thread_finds():
    with threadpool_limits(1):
        alone = find_neighbors()
    with threadpool_limits(3), single_thread(), thread_pool(2) as pool:
        for found in [find_neighbors(), *pool.map(lambda _: find_neighbors(), range(4))]:
            np.testing.assert_array_equal(found, alone)

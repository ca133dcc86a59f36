import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
import scipy.sparse as sp
from hypothesis import given
from hypothesis import strategies as st

from vaesynth.streaming import rechunk


@given(st.lists(st.integers(0, 9), max_size=12), st.integers(1, 20))
def test_rows_stay_in_order_whatever_the_sizes(sizes, n_rows):
    numbers = np.arange(sum(sizes))
    parts = [part.reshape(-1, 1) for part in np.split(numbers, np.cumsum(sizes)[:-1])]
    chunks = list(rechunk(parts if sizes else [], n_rows))
    assert np.concatenate([np.empty((0, 1)), *chunks]).ravel().tolist() == numbers.tolist()
    assert all(len(chunk) == n_rows for chunk in chunks[:-1])
    assert all(0 < len(chunk) <= n_rows for chunk in chunks)


@pytest.mark.parametrize(
    "container",
    [pd.DataFrame, np.asarray, np.ndarray.tolist, sp.csr_array, sp.coo_matrix, pa.array],
    ids=lambda container: container.__name__,
)
def test_containers_stay(container):
    table = np.arange(20.0).reshape(10, 2)
    if container is pa.array:
        parts = [pa.table({"a": part[:, 0], "b": part[:, 1]}) for part in (table[:7], table[7:])]
        assert [len(chunk) for chunk in rechunk(parts, 4)] == [4, 4, 2]
        return
    parts = [container(table[:7]), container(table[7:])]
    chunks = list(rechunk(parts, 4))
    assert all(type(chunk) is type(parts[0]) for chunk in chunks)
    dense = [chunk.toarray() if sp.issparse(chunk) else np.asarray(chunk) for chunk in chunks]
    np.testing.assert_array_equal(np.concatenate(dense), table)

"""The nearest row is the one that brute force finds."""

import numpy as np
import pandas as pd
import pytest

from vaesynth.metrics import nearest_real_rows


def test_a_copy_is_nearest_to_its_original(mixed):
    picked = [3, 17, 255]
    assert nearest_real_rows(mixed, mixed.iloc[picked]).tolist() == picked


def test_one_changed_cell_is_nearer_than_two():
    real = pd.DataFrame({"a": list("xyz"), "b": list("uvw"), "c": list("rrs")})
    synthetic = pd.DataFrame({"a": ["y"], "b": ["u"], "c": ["r"]})
    assert nearest_real_rows(real, synthetic).tolist() in ([0], [1])
    assert nearest_real_rows(real, pd.DataFrame({"a": ["z"], "b": ["w"], "c": ["r"]})).tolist() == [
        2
    ]


def test_ranks_decide_among_numbers():
    rng = np.random.default_rng(0)
    real, synthetic = rng.exponential(size=(60, 1)) ** 5, rng.exponential(size=(9, 1)) ** 5
    ranks = np.searchsorted(np.sort(real[:, 0]), synthetic[:, 0])
    order = np.argsort(real[:, 0])
    for found, rank in zip(nearest_real_rows(real, synthetic), ranks, strict=True):
        assert found in order[max(0, rank - 1) : rank + 1]


def test_other_columns_are_refused():
    with pytest.raises(ValueError, match="columns"):
        nearest_real_rows(pd.DataFrame({"a": [1]}), pd.DataFrame({"b": [1]}))

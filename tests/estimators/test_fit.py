"""One fit: what it holds out, and that a split keeps the rows it is given."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from vaesynth.estimators import Fit, hold_out, hold_out_by_class
from vaesynth.nn import Rows


def generator(seed=0):
    return torch.Generator().manual_seed(seed)


@given(n_rows=st.integers(1, 200), share=st.floats(0, 0.9))
def test_every_row_is_kept_or_held_out(n_rows, share):
    kept, held_out = hold_out(n_rows, share, generator())
    held = [] if held_out is None else held_out.tolist()
    assert sorted(kept.tolist() + held) == list(range(n_rows))
    assert len(held) == int(n_rows * share)


@given(codes=st.lists(st.integers(0, 3), min_size=1, max_size=120), share=st.floats(0.01, 0.9))
def test_each_class_of_ten_rows_gives_its_share(codes, share):
    codes = np.array(codes)
    kept, held_out = hold_out_by_class(codes, share, generator())
    held = np.array([], dtype=int) if held_out is None else held_out.numpy()
    np.testing.assert_array_equal(np.sort(np.r_[kept.numpy(), held]), np.arange(len(codes)))
    for label in range(4):
        n_rows = int((codes == label).sum())
        assert (codes[held] == label).sum() == (int(n_rows * share) if n_rows >= 10 else 0)


def test_a_share_of_none_draws_nothing():
    source = generator()
    kept, held_out = hold_out_by_class(np.zeros(30, dtype=np.int64), 0.0, source)
    assert held_out is None
    assert kept.tolist() == list(range(30))
    assert torch.equal(source.get_state(), generator().get_state())


@pytest.mark.parametrize("held_out", [None, torch.tensor([4, 1])])
def test_a_split_has_the_rows_in_the_order_of_their_positions(held_out):
    fit = Fit.begin(torch.device("cpu"), seed=0)
    values = np.arange(5.0).reshape(-1, 1)
    data = fit.put(
        Rows.from_arrays(values, np.zeros((5, 0))), np.array([0, 1, 0, 1, 0]), np.arange(5.0)
    )
    split = fit.split(data, torch.tensor([3, 0, 2]), held_out)
    assert split.kept.rows.values.flatten().tolist() == [3, 0, 2]
    assert split.kept.y.tolist() == [1, 0, 0]
    assert split.kept.weight.tolist() == [3, 0, 2]
    if held_out is None:
        assert split.held_out is None
    else:
        assert split.held_out.rows.values.flatten().tolist() == [4, 1]

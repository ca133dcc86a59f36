"""Rows to tensors and back."""

import numpy as np
import torch

from vaesynth.nn import Rows


def test_arrays_come_back_with_their_gaps():
    values = np.array([[1.5, np.nan], [np.nan, -2.0]], np.float32)
    codes = np.array([[1], [0]])
    back_values, back_codes = Rows.from_arrays(values, codes).to_arrays()
    np.testing.assert_array_equal(back_values, values)
    np.testing.assert_array_equal(back_codes, codes)


def test_read_only_arrays_are_taken():
    values = np.zeros((2, 1), np.float32)
    values.setflags(write=False)
    assert Rows.from_arrays(values, np.zeros((2, 0))).n_rows == 2


def test_take_and_concatenate_are_inverse():
    rows = Rows.from_arrays(np.arange(6.0).reshape(3, 2), np.arange(3)[:, None])
    again = Rows.concatenate([rows.take(slice(0, 1)), rows.take(torch.tensor([1, 2]))])
    for left, right in zip(again, rows, strict=True):
        assert torch.equal(left, right)


def test_a_mask_takes_the_rows_that_it_marks():
    rows = Rows(torch.arange(3.0)[:, None], torch.ones(3, 1), torch.tensor([[0], [1], [2]]))
    mask = torch.tensor([True, False, True])
    for taken, positions in zip(rows.take(mask), rows.take(torch.tensor([0, 2])), strict=True):
        assert torch.equal(taken, positions)

"""Layers: equal to their dense definition, and private in their randomness."""

import numpy as np
import torch
from torch import nn

from vaesynth.nn import MLP, RowEmbedding, Rows


def test_row_embedding_equals_a_dense_layer_on_one_hot_codes():
    generator = torch.Generator().manual_seed(0)
    layer = RowEmbedding(2, [3, 5], 7, generator)
    rows = Rows.from_arrays(
        np.array([[1.0, np.nan], [0.5, -2.0]], np.float32), np.array([[2, 4], [0, 1]])
    )
    one_hot = torch.cat(
        [nn.functional.one_hot(rows.codes[:, c], k) for c, k in ((0, 3), (1, 5))], 1
    )
    dense = rows.values @ layer.dense.weight.T + layer.dense.bias + one_hot.float() @ layer.table
    torch.testing.assert_close(layer(rows), dense)


def test_weights_come_from_the_generator_alone():
    state = torch.random.get_rng_state()
    first = MLP([3, 4, 2], torch.Generator().manual_seed(5))
    second = MLP([3, 4, 2], torch.Generator().manual_seed(5))
    assert torch.equal(torch.random.get_rng_state(), state)
    for left, right in zip(first.parameters(), second.parameters(), strict=True):
        assert torch.equal(left, right)


def test_initial_outputs_are_of_order_one():
    network = MLP([50, 64, 64, 10], torch.Generator().manual_seed(0))
    inputs = torch.randn(1000, 50, generator=torch.Generator().manual_seed(1))
    assert 0.05 < network(inputs).std() < 1

"""Layers in whole numbers, against arithmetic with integers and against the networks they stand for."""

import numpy as np
import pytest
import torch

from vaesynth.applications._compression._fixed_point import (
    ACTIVATION_STEPS,
    ACTIVATION_UNIT,
    EXACT,
    FixedPointLayer,
    FixedPointNetwork,
    exact_products,
)
from vaesynth.nn import MLP, linear


def make_layer(n_inputs=300, n_outputs=50, bound=255):
    generator = torch.Generator().manual_seed(0)
    bounds = np.full(n_inputs, float(bound))
    return FixedPointLayer.of(linear(n_inputs, n_outputs, generator), 1 / bounds, bounds)


def test_sums_are_those_of_integers():
    layer = make_layer()
    inputs = torch.randint(256, (300, 400), generator=torch.Generator().manual_seed(1))
    whole = layer.weight.numpy().astype(np.int64) @ inputs.numpy()
    whole = whole + layer.bias.numpy().astype(np.int64)[:, None]
    assert np.array_equal(layer._sum(inputs.float()).numpy().astype(np.int64), whole)


def test_no_sum_needs_more_than_24_bits():
    layer = make_layer()
    most = layer.weight.long().abs().sum(1) * 255 + layer.bias.long().abs()
    assert most.max() < EXACT
    assert most.min() > EXACT / 4  # and the bits are used


@pytest.mark.parametrize("n_threads", [1, 2])
def test_the_number_of_threads_changes_no_bit(n_threads):
    layer, before = make_layer(), torch.get_num_threads()
    inputs = torch.randint(256, (300, 3000), generator=torch.Generator().manual_seed(1)).float()
    expected = torch.cat([layer(part) for part in inputs.split(7, dim=1)], dim=1)
    torch.set_num_threads(n_threads)
    try:
        assert torch.equal(layer(inputs), expected)
    finally:
        torch.set_num_threads(before)


def test_a_rounded_network_is_close_to_the_trained_one():
    network = MLP([20, 64, 64, 5], torch.Generator().manual_seed(0), "relu6")
    rounded = FixedPointNetwork.of(network, np.full(20, 1 / 255), np.full(20, 255.0))
    levels = torch.randint(256, (100, 20), generator=torch.Generator().manual_seed(1)).float()
    with torch.no_grad():
        expected = network(levels / 255).t()
    assert (rounded(levels.t()) - expected).abs().max() < 0.01


def test_activations_are_whole_and_bounded():
    layer = make_layer(bound=3)
    inputs = torch.full((300, 1), 3.0)
    steps = layer.activate(inputs)
    assert torch.equal(steps, steps.round())
    assert steps.min() >= 0
    assert steps.max() <= ACTIVATION_STEPS
    assert torch.allclose(steps * ACTIVATION_UNIT, layer(inputs).clamp(0, 6), atol=ACTIVATION_UNIT)


def test_every_place_has_its_bias():
    more = np.arange(6.0).reshape(3, 2)
    layer = FixedPointLayer.of(torch.nn.Linear(1, 2), np.ones(1), np.ones(1), more)
    outputs = layer(torch.zeros(3, 1, 4))
    differences = (outputs[1:, :, 0] - outputs[:-1, :, 0]).numpy()
    assert np.allclose(differences, 2.0, atol=1e-5)


def test_products_are_exact_whatever_the_user_allows():
    torch.set_float32_matmul_precision("medium")
    try:
        with exact_products():
            assert torch.get_float32_matmul_precision() == "highest"
        assert torch.get_float32_matmul_precision() == "medium"
    finally:
        torch.set_float32_matmul_precision("highest")

"""What a part knows of its derivative is what autograd finds through a call of the part."""

import pytest
import torch
from torch import nn

from vaesynth.nn import ClassShift, DenseDecoder, DenseEncoder, RowEmbedding, RowHead, Rows

N_ROWS, N_CLASSES = 6, 3
CELLS = {
    "numbers and codes": (2, [3, 4]),
    "numbers": (2, []),
    "codes": (0, [3, 70]),
    "none": (0, []),
}


@pytest.fixture
def generator():
    return torch.Generator().manual_seed(0)


@pytest.fixture
def y():
    return torch.tensor([0, 1, 1, 0, 1, 1])  # no row of the last class


def indicators(y):
    return nn.functional.one_hot(y, N_CLASSES).double()


def make_rows(n_values, cardinalities, generator):
    values = torch.randn(N_ROWS, n_values, generator=generator).double()
    present = (torch.rand(values.shape, generator=generator) < 0.7).double()
    codes = [torch.randint(0, n, (N_ROWS, 1), generator=generator) for n in cardinalities]
    none = torch.zeros(N_ROWS, 0, dtype=torch.int64)
    return Rows(values * present, present, torch.cat([none, *codes], dim=1))


def assert_derivative(part, outputs, ours, generator, inputs=()):
    """Compare with the gradients of the weights, and of the inputs, by autograd.

    `ours` takes the gradient of the outputs and returns that of each weight by weight, after those of the inputs.
    """
    of_outputs = torch.randn(outputs.shape, generator=generator).double()
    weights = list(part.parameters())
    expected = torch.autograd.grad(
        outputs, [*inputs, *weights], of_outputs, allow_unused=True, materialize_grads=True
    )
    with torch.no_grad():
        *of_inputs, of_weights = ours(of_outputs)
    assert of_weights.keys() == set(weights)
    found = [*of_inputs, *(of_weights[weight] for weight in weights)]
    for gradient, wanted in zip(found, expected, strict=True):
        torch.testing.assert_close(gradient, wanted)


@pytest.mark.parametrize("cells", CELLS)
def test_of_the_sum_of_embeddings(cells, generator):
    layer = RowEmbedding(*CELLS[cells], 5, generator).double()
    rows = make_rows(*CELLS[cells], generator)
    with torch.no_grad():
        features, levels = layer.evaluate(rows)
    torch.testing.assert_close(features, layer(rows))
    if list(layer.parameters()):
        assert_derivative(
            layer, layer(rows), lambda of: [layer.gradient(rows, levels, of)], generator
        )


def test_of_the_shift_by_class(generator, y):
    layer = ClassShift(N_CLASSES, 4, generator).double()
    features, of_class = torch.randn(N_ROWS, 4, generator=generator).double(), indicators(y)
    shifted = layer(features, y)
    assert_derivative(layer, shifted, lambda of: [layer.gradient(of_class, of)], generator)
    with torch.no_grad():
        torch.testing.assert_close(layer.evaluate(features, of_class), shifted)
    assert ClassShift(1, 4, generator).gradient(of_class, features) == {}


def test_of_the_encoder(generator, y):
    network = DenseEncoder(2, [3], N_CLASSES, [5, 4], 3, generator).double()
    rows, of_class = make_rows(2, [3], generator), indicators(y)
    with torch.no_grad():
        outputs, kept = network.evaluate(rows, of_class)
    torch.testing.assert_close(outputs, network(rows, y))
    assert_derivative(
        network,
        network(rows, y),
        lambda of: [network.gradient(rows, of_class, kept, of)],
        generator,
    )


def test_of_the_decoder(generator, y):
    network = DenseDecoder(2, N_CLASSES, [5, 4], 3, generator).double()
    z, of_class = torch.randn(N_ROWS, 2, generator=generator).double(), indicators(y)
    with torch.no_grad():
        outputs, kept = network.evaluate(z, of_class)
    torch.testing.assert_close(outputs, network(z, y))
    z.requires_grad_()
    assert_derivative(
        network, network(z, y), lambda of: network.gradient(z, of_class, kept, of), generator, [z]
    )


def test_only_networks_of_the_known_activation_say_so(generator):
    for activation, known in (("silu", True), ("tanh", False)):
        assert DenseEncoder(1, [], 1, [4], 2, generator, activation).knows_gradient is known
        assert DenseDecoder(2, 1, [4], 1, generator, activation).knows_gradient is known


@pytest.mark.parametrize("cells", CELLS)
def test_of_the_likelihood_of_rows(cells, generator):
    head = RowHead(*CELLS[cells]).double()
    rows = make_rows(*CELLS[cells], generator)
    with torch.no_grad():
        head.numbers.raw_scale.normal_(generator=generator)
        outputs = torch.randn(N_ROWS, head.n_outputs, generator=generator).double()
        log_prob, kept = head.evaluate(outputs, rows)
    outputs.requires_grad_()
    torch.testing.assert_close(log_prob, head.log_prob(outputs, rows))
    assert_derivative(
        head,
        head.log_prob(outputs, rows),
        lambda of: head.gradient(rows, kept, of),
        generator,
        [outputs],
    )

"""Encoders and decoders: shapes, what they depend on, gradients everywhere."""

import pytest
import torch

from vaesynth.nn import ConvDecoder, ConvEncoder, DenseDecoder, DenseEncoder, PatchGrid, Rows

SHAPE = (3, 9, 7)
N_VALUES = 3 * 9 * 7
N_ROWS = 6


def seeded(seed=0):
    return torch.Generator().manual_seed(seed)


def make_encoder(kind, n_classes=2):
    if kind == "dense":
        return DenseEncoder(N_VALUES, [], n_classes, [16, 8], 4, seeded())
    return ConvEncoder(PatchGrid(SHAPE, 2), 8, n_classes, 4, seeded())


def make_decoder(kind, n_classes=2):
    if kind == "dense":
        return DenseDecoder(4, n_classes, [8, 16], N_VALUES, seeded())
    return ConvDecoder(PatchGrid(SHAPE, 2), 8, n_classes, 4, seeded())


@pytest.fixture
def rows():
    values = torch.rand((N_ROWS, N_VALUES), generator=seeded(1))
    return Rows(values, torch.ones_like(values), torch.zeros((N_ROWS, 0), dtype=torch.int64))


@pytest.mark.parametrize("kind", ["dense", "conv"])
def test_each_row_is_encoded_and_decoded_by_itself(kind, rows):
    encoder, decoder = make_encoder(kind), make_decoder(kind)
    y = torch.arange(N_ROWS) % 2
    encoded = encoder(rows, y)
    decoded = decoder(encoded, y)
    assert encoded.shape == (N_ROWS, 4)
    assert decoded.shape == (N_ROWS, N_VALUES)
    alone = encoder(rows.take(slice(2, 3)), y[2:3])
    torch.testing.assert_close(alone, encoded[2:3])
    torch.testing.assert_close(decoder(encoded[2:3], y[2:3]), decoded[2:3])


@pytest.mark.parametrize("kind", ["dense", "conv"])
def test_every_parameter_gets_a_gradient(kind, rows):
    encoder, decoder = make_encoder(kind), make_decoder(kind)
    y = torch.arange(N_ROWS) % 2
    # Shifts of the classes begin at zero and pass gradients on all the same.
    loss = (decoder(encoder(rows, y), y) - rows.values).square().sum()
    named = [*encoder.named_parameters(), *decoder.named_parameters()]
    gradients = torch.autograd.grad(loss, [parameter for _, parameter in named])
    assert [name for (name, _), g in zip(named, gradients, strict=True) if not g.any()] == []


@pytest.mark.parametrize("kind", ["dense", "conv"])
def test_the_class_matters_where_there_are_classes(kind, rows):
    first, second = torch.zeros(N_ROWS, dtype=torch.int64), torch.ones(N_ROWS, dtype=torch.int64)
    for module, data in (
        (make_encoder(kind), rows),
        (make_decoder(kind), torch.randn((N_ROWS, 4), generator=seeded(2))),
    ):
        with torch.no_grad():
            for name, parameter in module.named_parameters():
                if "shift" in name:
                    parameter.copy_(torch.randn(parameter.shape, generator=seeded(3)))
        assert not torch.equal(module(data, first), module(data, second))
    without = make_encoder(kind, n_classes=1)
    assert all(parameter.numel() for parameter in without.parameters())


@pytest.mark.parametrize("kind", ["dense", "conv"])
def test_weights_come_from_the_generator_alone(kind):
    before = torch.random.get_rng_state()
    first, second = make_decoder(kind), make_decoder(kind)
    assert torch.equal(before, torch.random.get_rng_state())
    for ours, theirs in zip(first.parameters(), second.parameters(), strict=True):
        assert torch.equal(ours, theirs)

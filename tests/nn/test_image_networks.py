"""Networks with latents on a grid: shapes, gradients, and that a position sees its surroundings alone."""

import pytest
import torch

from vaesynth.nn import PatchGrid, Rows, SpatialDecoder, SpatialEncoder


def make_networks(shape=(1, 28, 28), patch_size=4, n_classes=1):
    generator = torch.Generator().manual_seed(0)
    patches = PatchGrid(shape, patch_size)
    encoder = SpatialEncoder(patches, 8, n_classes, 6, 2, generator)
    return encoder, SpatialDecoder(patches, 8, n_classes, 3, 2, generator)


def make_rows(shape, n_rows=3):
    n_values = shape[0] * shape[1] * shape[2]
    values = torch.rand(n_rows, n_values, generator=torch.Generator().manual_seed(1))
    return Rows(values, torch.ones(n_rows, n_values), torch.zeros(n_rows, 0, dtype=torch.int64))


@pytest.mark.parametrize("shape", [(1, 28, 28), (3, 9, 14)], ids=str)
def test_shapes(shape):
    encoder, decoder = make_networks(shape)
    rows, y = make_rows(shape), torch.zeros(3, dtype=torch.int64)
    moments = encoder(rows, y)
    positions = -(-shape[1] // 4) * -(-shape[2] // 4)
    assert moments.shape == (3, 6 * positions)
    assert decoder(moments.chunk(2, 1)[0], y).shape == rows.values.shape


def test_every_parameter_gets_a_gradient():
    encoder, decoder = make_networks(n_classes=2)
    rows, y = make_rows((1, 28, 28)), torch.tensor([0, 1, 1])
    decoder(encoder(rows, y).chunk(2, 1)[0], y).square().sum().backward()
    for network in (encoder, decoder):
        for name, parameter in network.named_parameters():
            assert parameter.grad.abs().sum() > 0, name


@pytest.mark.slow
def test_a_corner_does_not_see_the_opposite_one():
    encoder, _ = make_networks()
    y = torch.zeros(1, dtype=torch.int64)
    image = torch.zeros(1, 784)
    other = image.view(1, 28, 28).clone()
    other[:, -4:, -4:] = 1
    rows = Rows(image, torch.ones(1, 784), torch.zeros(1, 0, dtype=torch.int64))
    first = encoder(rows, y).view(6, 7, 7)
    second = encoder(rows._replace(values=other.view(1, -1)), y).view(6, 7, 7)
    assert torch.equal(first[:, 0, 0], second[:, 0, 0])
    assert not torch.equal(first[:, 6, 6], second[:, 6, 6])


def test_networks_begin_by_handing_pixels_through():
    generator = torch.Generator().manual_seed(0)
    patches = PatchGrid((1, 28, 28), 4)
    encoder = SpatialEncoder(patches, 8, 1, 32, 2, generator)
    decoder = SpatialDecoder(patches, 8, 1, 16, 2, generator)
    rows, y = make_rows((1, 28, 28)), torch.zeros(3, dtype=torch.int64)
    with torch.no_grad():
        for network in (encoder, decoder):
            network.blocks[-1].weight.zero_()
            network.blocks[-1].bias.zero_()
        mean, log_var = encoder(rows, y).chunk(2, 1)
        torch.testing.assert_close(decoder(mean, y), rows.values)
    assert (log_var == -4).all()

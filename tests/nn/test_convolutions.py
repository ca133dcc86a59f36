"""Patches come back as the image; convolutions are torch's."""

import pytest
import torch

from vaesynth.nn import PatchGrid, ResidualBlock, convolution


@pytest.mark.parametrize("shape", [(1, 28, 28), (3, 9, 7), (2, 5, 5)])
@pytest.mark.parametrize("size", [1, 2, 4])
def test_patches_come_back_as_the_image(shape, size):
    patches = PatchGrid(shape, size)
    images = torch.rand((4, shape[0] * shape[1] * shape[2]), generator=torch.Generator())
    split = patches.split(images)
    assert split.shape == (4, patches.n_channels, *patches.grid)
    assert torch.equal(patches.join(split), images)


def test_a_patch_holds_neighbouring_pixels():
    image = torch.arange(16.0)[None]
    assert PatchGrid((1, 4, 4), 2).split(image)[0, :, 0, 1].tolist() == [2, 3, 6, 7]


@torch.no_grad()
def test_a_residual_block_begins_near_its_input():
    block = ResidualBlock(8, torch.Generator().manual_seed(0))
    x = torch.randn((2, 8, 5, 5), generator=torch.Generator().manual_seed(1))
    assert block(x).shape == x.shape
    assert float((block(x) - x).abs().mean()) < float(x.abs().mean())


@torch.no_grad()
def test_equal_generators_give_equal_weights_of_torchs_scale():
    first, second = (convolution(16, 8, 3, torch.Generator().manual_seed(4)) for _ in range(2))
    assert torch.equal(first.weight, second.weight)
    oracle = torch.nn.Conv2d(16, 8, 3)
    assert float(first.weight.std()) == pytest.approx(float(oracle.weight.std()), rel=0.1)

"""Images as grids of patches, and convolutions whose weights come from a given generator."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from vaesynth.nn._networks._layers import ACTIVATIONS


class PatchGrid:
    """Images as grids of square patches, padded at the right and the bottom where patches do not fit.

    Parameters
    ----------
    image_shape : tuple of int
        Channels, height and width.
    patch_size : int
        Side of a patch, which becomes one position of the grid.

    Examples
    --------
    >>> PatchGrid((1, 28, 28), 4).grid
    (7, 7)
    """

    def __init__(self, image_shape: tuple[int, int, int], patch_size: int) -> None:
        self.image_shape = image_shape
        self.patch_size = patch_size
        channels, height, width = image_shape
        self.grid = (-(-height // patch_size), -(-width // patch_size))
        self.n_channels = channels * patch_size**2

    def split(self, values: Tensor) -> Tensor:
        """Map flat images of shape (n_rows, n_values) to patches of shape ``(n_rows, n_channels, *grid)``."""
        _, height, width = self.image_shape
        size = self.patch_size
        margin = (0, self.grid[1] * size - width, 0, self.grid[0] * size - height)
        images = nn.functional.pad(values.view(-1, *self.image_shape), margin)
        return nn.functional.pixel_unshuffle(images, size)

    def join(self, patches: Tensor) -> Tensor:
        """Map patches to flat images."""
        _, height, width = self.image_shape
        images = nn.functional.pixel_shuffle(patches, self.patch_size)
        return images[:, :, :height, :width].flatten(1)


def convolution(n_inputs: int, n_outputs: int, size: int, generator: torch.Generator) -> nn.Conv2d:
    """Return a square convolution that keeps height and width, its weights drawn from `generator`.

    Examples
    --------
    >>> import torch
    >>> convolution(1, 3, 5, torch.Generator().manual_seed(0))(torch.zeros(2, 1, 8, 8)).shape
    torch.Size([2, 3, 8, 8])
    """
    layer: nn.Conv2d = nn.utils.skip_init(nn.Conv2d, n_inputs, n_outputs, size, padding=size // 2)
    bound = (n_inputs * size**2) ** -0.5
    for parameter in layer.parameters():
        nn.init.uniform_(parameter, -bound, bound, generator=generator)
    return layer


class ResidualBlock(nn.Module):
    """``x + f(x)`` with a 3 × 3 and a 1 × 1 convolution in f.

    Parameters
    ----------
    width : int
        Channels.
    generator : torch.Generator
        Source of the initial weights.
    activation : {"silu", "relu", "tanh"}, default="silu"
        Activation before each convolution.

    Examples
    --------
    >>> import torch
    >>> ResidualBlock(4, torch.Generator().manual_seed(0))(torch.zeros(2, 4, 5, 5)).shape
    torch.Size([2, 4, 5, 5])
    """

    def __init__(self, width: int, generator: torch.Generator, activation: str = "silu") -> None:
        super().__init__()
        self.branch = nn.Sequential(
            ACTIVATIONS[activation](),
            convolution(width, width, 3, generator),
            ACTIVATIONS[activation](),
            convolution(width, width, 1, generator),
        )

    def forward(self, x: Tensor) -> Tensor:
        """Map a tensor of shape (n_rows, width, height, width) to a tensor of the same shape."""
        change: Tensor = self.branch(x)
        return x + change

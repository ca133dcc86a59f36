"""The pixels of an image, or codes of a grid, that are known when one is coded after the other."""

from __future__ import annotations

import torch
from torch import Tensor


def raster_order(shape: tuple[int, int, int]) -> Tensor:
    """Return the positions of a flat image in the order of coding: row by row, the channels of a pixel together.

    Parameters
    ----------
    shape : tuple of int
        Channels, height and width.

    Returns
    -------
    Tensor of shape (n_sites,), int64

    Examples
    --------
    >>> raster_order((2, 1, 3)).tolist()
    [0, 3, 1, 4, 2, 5]
    """
    channels, height, width = shape
    return torch.arange(channels * height * width).view(channels, -1).t().flatten()


def earlier_sites(shape: tuple[int, int, int], reach: int, n_mirrored: int = 0) -> Tensor:
    """Return the positions around each site that come before it in the order of coding.

    Parameters
    ----------
    shape : tuple of int
        Channels, height and width.
    reach : int
        Rows above, and columns to either side, that belong to the surroundings.
    n_mirrored : int, default=0
        An odd number of pixels of the same row, around the pixel mirrored at the vertical axis, that are also included,
        because objects in the middle of an image are often symmetric.

    Returns
    -------
    Tensor of shape (n_sites, n_inputs), int64
        In the order of :func:`raster_order`; the number of sites where a place lies outside or comes later.

    Examples
    --------
    >>> earlier_sites((1, 2, 2), reach=1).tolist()
    [[4, 4, 4, 4], [4, 4, 4, 0], [4, 0, 1, 4], [0, 1, 4, 2]]
    """
    channels, height, width = shape
    steps = [(-dy, dx) for dy in range(reach, 0, -1) for dx in range(-reach, reach + 1)]
    steps += [(0, -dx) for dx in range(reach, 0, -1)]
    pixel = torch.arange(height * width)
    row, column = pixel // width, pixel % width
    places = [_shift(row + dy, column + dx, height, width) for dy, dx in steps]
    mirrored = range(-(n_mirrored // 2), n_mirrored - n_mirrored // 2)
    places += [_shift(row, width - 1 - column + dx, height, width) for dx in mirrored]
    around = torch.stack(places, dim=1)
    around = torch.where(around < pixel[:, None], around, -1)
    return _with_channels(around, channels)


def _shift(row: Tensor, column: Tensor, height: int, width: int) -> Tensor:
    """Return the numbers of pixels, -1 for those outside."""
    inside = (row >= 0) & (row < height) & (column >= 0) & (column < width)
    return torch.where(inside, row * width + column, -1)


def _with_channels(around: Tensor, channels: int) -> Tensor:
    """Return for each channel of each pixel all channels of the pixels around and the pixel's own earlier ones."""
    n_pixels = len(around)
    n_sites = n_pixels * channels
    plane = torch.arange(channels) * n_pixels
    of_others = torch.where(around[..., None] < 0, n_sites, around[..., None] + plane)
    of_others = of_others.flatten(1).repeat_interleave(channels, dim=0)
    own = torch.arange(n_pixels)[:, None, None] + plane[:-1]
    is_earlier = torch.arange(channels - 1) < torch.arange(channels)[:, None]
    of_own = torch.where(is_earlier, own, n_sites).flatten(0, 1)
    return torch.cat([of_others, of_own], dim=1)

"""Many images as one picture."""

from __future__ import annotations

from typing import Any

import numpy as np

from vaesynth.plotting._display import AxesDisplay

GAP = 1


class MosaicDisplay(AxesDisplay):
    """Base of the displays of images in rows and columns, drawn on one pair of axes."""

    ax_: Any
    figure_: Any
    im_: Any

    def _plot_mosaic(self, images: np.ndarray, n_cols: int, ax: Any, **imshow_kwargs: Any) -> None:
        ax = self._take_axes(ax, (n_cols, -(-len(images) // n_cols)))
        low, high = brightness_range(images)
        options = {"cmap": "gray", "vmin": low, "vmax": high, **imshow_kwargs}
        self.im_ = ax.imshow(make_mosaic(images, n_cols), **options)
        ax.set_xticks([])
        ax.set_yticks([])


def make_mosaic(images: np.ndarray, n_cols: int) -> np.ndarray:
    """Put images side by side, `n_cols` in a row, with a gap of one pixel between them.

    Parameters
    ----------
    images : ndarray of shape (n_images, height, width) or (n_images, n_channels, height, width)
        One or three channels.
    n_cols : int
        Images in a row.

    Returns
    -------
    ndarray of float, shape (n_rows * (height + 1) - 1, n_cols * (width + 1) - 1) or the same with three channels last
        NaN in the gaps of grey images; colours between 0 and 1, white in the gaps.

    Examples
    --------
    >>> import numpy as np
    >>> make_mosaic(np.zeros((3, 4, 4)), 2).shape
    (9, 9)
    """
    bricks = _channels_last(images)
    n_images, height, width, n_channels = bricks.shape
    if n_channels not in (1, 3):
        raise ValueError(f"images must have one or three channels to be drawn, got {n_channels}")
    if n_channels == 3:
        low, high = brightness_range(images)
        bricks = ((bricks - low) / (high - low)).clip(0, 1)
    n_rows = -(-n_images // n_cols)
    empty = np.nan if n_channels == 1 else 1.0
    wall = np.full((n_rows * n_cols, height + GAP, width + GAP, n_channels), empty)
    wall[:n_images, :height, :width] = bricks
    wall = wall.reshape(n_rows, n_cols, *wall.shape[1:]).swapaxes(1, 2)
    flat = wall.reshape(n_rows * (height + GAP), n_cols * (width + GAP), n_channels)
    return flat[:-GAP, :-GAP].squeeze(2) if n_channels == 1 else flat[:-GAP, :-GAP]


def brightness_range(images: np.ndarray) -> tuple[float, float]:
    """Return the values of black and white: 0 and 255 for bytes, else 0 and 1 or what lies beyond them.

    Examples
    --------
    >>> import numpy as np
    >>> brightness_range(np.zeros(2, np.uint8)), brightness_range(np.array([-1.0, 0.5]))
    ((0.0, 255.0), (-1.0, 1.0))
    """
    if images.dtype == np.uint8:
        return 0.0, 255.0
    return float(min(0, images.min())), float(max(1, images.max()))


def check_images(images: Any) -> np.ndarray:
    """Return the images as an array, once they are found to be images.

    Raises
    ------
    ValueError
        If they are not of shape (n_images, height, width) or (n_images, n_channels, height, width), or none.

    Examples
    --------
    >>> import numpy as np
    >>> check_images(np.zeros((2, 8, 8))).shape
    (2, 8, 8)
    """
    array = np.asarray(images)
    if array.ndim not in (3, 4) or len(array) == 0:
        raise ValueError(
            "images must have shape (n_images, height, width) or (n_images, n_channels, height, width), "
            f"got {array.shape}"
        )
    return array


def _channels_last(images: np.ndarray) -> np.ndarray:
    bricks = images[:, None] if images.ndim == 3 else images
    return np.moveaxis(bricks.astype(float), 1, 3)

"""Images of simple shapes whose factors of variation are known."""

from __future__ import annotations

import numbers
from typing import Any

import numpy as np

from vaesynth._sklearn import Interval, validate_params
from vaesynth._validation import draw_seed

N_LEVELS = (3, 5, 8, 8, 8)
_SCALES = np.linspace(0.26, 0.42, N_LEVELS[1])  # half the height of a shape; an image is 2 high
# Half a turn, ends excluded: no shape looks the same at two of these angles, and the range is not a closed circle, so
# one latent can represent it.
_ANGLES = np.pi * (np.arange(N_LEVELS[2]) + 0.5) / N_LEVELS[2] - np.pi / 2
_PLACES = np.linspace(-0.35, 0.35, N_LEVELS[3])


@validate_params(
    {
        "n_samples": [Interval(numbers.Integral, 1, None, closed="left")],
        "image_size": [Interval(numbers.Integral, 8, None, closed="left")],
        "random_state": ["random_state"],
    },
    prefer_skip_nested_validation=True,
)
def make_shapes(
    n_samples: int = 1000, *, image_size: int = 28, random_state: Any = None
) -> tuple[np.ndarray, np.ndarray]:
    """Draw images of one white shape each, and the five factors that made them.

    The factors are drawn independently and uniformly over their levels. They are the ground truth against which
    :mod:`vaesynth.metrics` measures how well latents are disentangled.

    Parameters
    ----------
    n_samples : int, default=1000
        Number of images.
    image_size : int, default=28
        Height and width in pixels, at least 8.
    random_state : int, RandomState instance or None, default=None
        Source of the factors.

    Returns
    -------
    images : ndarray of uint8, shape (n_samples, image_size, image_size)
        Grey values from 0 (ground) to 255 (shape), with smooth edges.
    factors : ndarray of int64, shape (n_samples, 5)
        Levels, counted from 0: shape (triangle, half disc, arrow), scale (5), orientation (8 angles within half a
        turn), x (8) and y (8).

    Examples
    --------
    >>> from vaesynth.datasets import make_shapes
    >>> images, factors = make_shapes(100, random_state=0)
    >>> images.shape, factors.max(axis=0)
    ((100, 28, 28), array([2, 4, 7, 7, 7]))
    """
    random = np.random.default_rng(draw_seed(random_state))
    factors = random.integers(0, N_LEVELS, size=(n_samples, len(N_LEVELS)))
    blocks = np.array_split(factors, max(1, n_samples // 1000))
    return np.concatenate([_draw(block, image_size) for block in blocks]), factors


def _draw(factors: np.ndarray, size: int) -> np.ndarray:
    """Draw images of the given factors."""
    kind, scale, angle, x, y = factors.T
    grid = (np.arange(size) + 0.5) * 2 / size - 1
    dx = grid[None, None, :] - _PLACES[x][:, None, None]
    dy = grid[None, :, None] - _PLACES[y][:, None, None]
    cosine, sine = (f(_ANGLES[angle])[:, None, None] for f in (np.cos, np.sin))
    radius = _SCALES[scale][:, None, None]
    u, v = (cosine * dx + sine * dy) / radius, (cosine * dy - sine * dx) / radius
    depth = np.empty(u.shape)
    for code, shape in enumerate((_triangle, _half_disc, _arrow)):
        of_kind = kind == code
        depth[of_kind] = shape(u[of_kind], v[of_kind])
    # `depth * radius` is the distance inside the edge; the edge is one pixel wide.
    cover = np.clip(depth * radius * size / 2 + 0.5, 0, 1)
    return np.round(255 * cover).astype(np.uint8)


def _triangle(u: np.ndarray, v: np.ndarray) -> np.ndarray:
    """Return the depth inside a slim triangle that points along -v, in units of its half height."""
    slope = np.hypot(2, 0.8)
    return np.minimum(1 - v, (0.8 * (v + 1) - 2 * np.abs(u)) / slope)


def _half_disc(u: np.ndarray, v: np.ndarray) -> np.ndarray:
    """Return the depth inside a half disc whose flat side looks along +v."""
    return np.minimum(1.15 - np.hypot(u, v - 0.5), 0.5 - v)


def _arrow(u: np.ndarray, v: np.ndarray) -> np.ndarray:
    """Return the depth inside an arrow along -v: a head and a shaft."""
    head = np.minimum(-0.1 - v, (v + 1 - np.abs(u)) / np.sqrt(2))
    shaft = np.minimum(0.3 - np.abs(u), np.minimum(1 - v, v + 0.5))
    return np.maximum(head, shaft)

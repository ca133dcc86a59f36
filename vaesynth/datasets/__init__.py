"""Image data sets: read from the system, downloaded or generated."""

from vaesynth.datasets._fashion_mnist import fetch_fashion_mnist
from vaesynth.datasets._shapes import make_shapes

__all__ = ["fetch_fashion_mnist", "make_shapes"]

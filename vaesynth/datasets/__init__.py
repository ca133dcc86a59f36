"""Data sets: a table inside the package, images read from the system, downloaded or generated."""

from vaesynth.datasets._attrition import load_attrition
from vaesynth.datasets._fashion_mnist import fetch_fashion_mnist
from vaesynth.datasets._shapes import make_shapes

__all__ = ["fetch_fashion_mnist", "load_attrition", "make_shapes"]

"""A relevance of numeric targets that exists for any target with two values."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class AboveMedian:
    """Takes what lies above the median as rare; its name, unlike that of a function, has no address in it."""

    def __call__(self, y):
        return (y > np.min(y)) * (y >= np.median(y)) * 1.0


above_median = AboveMedian()

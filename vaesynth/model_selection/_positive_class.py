"""Which of two classes a threshold and a score are about."""

import numpy as np
from numpy.typing import ArrayLike


def positive_position(y: ArrayLike) -> int:
    """Give the position of the positive class among the two sorted labels.

    Parameters
    ----------
    y : array-like of shape (n_samples,)
        Labels of two classes.

    Returns
    -------
    position : {0, 1}
        That of the rarer class; 1 if both are as frequent.
    """
    counts = np.unique(np.asarray(y), return_counts=True)[1]
    return 0 if counts[0] < counts[1] else 1

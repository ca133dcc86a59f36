"""Which real row is nearest to a synthetic one."""

from __future__ import annotations

from typing import Any

import numpy as np

from vaesynth.metrics._row_encoding import encode_rows, nearest_positions


def nearest_real_rows(real: Any, synthetic: Any, *, categorical_features: Any = None) -> np.ndarray:
    """Find the real row nearest to each synthetic one.

    Distances are as in `closest_record_share`.

    Parameters
    ----------
    real : table of shape (n_real, n_features)
        Real rows.
    synthetic : table of shape (n_synthetic, n_features)
        Generated rows with the same columns.
    categorical_features : array-like, optional
        Labels, positions or a mask of columns of numbers that are categories; others go by their type.

    Returns
    -------
    ndarray of int, shape (n_synthetic,)
        Positions in `real`.

    Raises
    ------
    ValueError
        If a table is empty or the columns differ.

    Examples
    --------
    >>> import numpy as np
    >>> from vaesynth.metrics import nearest_real_rows
    >>> nearest_real_rows(np.array([[0.0], [5.0], [9.0]]), np.array([[8.0], [1.0]])).tolist()
    [2, 0]
    """
    points = encode_rows([real, synthetic], 1, categorical_features)
    return nearest_positions(points[1], points[0])[:, 0]

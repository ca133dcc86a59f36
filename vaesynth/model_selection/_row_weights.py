"""Which weight a resampled row carries."""

from typing import Any

import numpy as np
from imblearn.over_sampling.base import BaseOverSampler
from numpy.typing import ArrayLike, NDArray


def weights_after_resampling(
    sampler: Any, sample_weight: ArrayLike, y: NDArray, y_resampled: ArrayLike
) -> NDArray[np.float64]:
    """Carry the weights of real rows over to the rows that a fitted sampler returned.

    A real row keeps its weight, wherever and however often the sampler put it. A synthetic row
    weighs as much as the average real row of its class, so that the balance between classes that
    the sampler was asked for is the one that the classifier sees.

    Parameters
    ----------
    sampler : object
        A sampler after ``fit_resample``.

    sample_weight : array-like of shape (n_samples,)
        Weights of the rows that the sampler was given.

    y : ndarray of shape (n_samples,)
        Labels of the rows that the sampler was given.

    y_resampled : array-like of shape (n_resampled,)
        Labels of the rows that the sampler returned.

    Returns
    -------
    weights : ndarray of shape (n_resampled,)
        The weight of each returned row.

    Raises
    ------
    ValueError
        If there is not one weight per row, or the sampler does not tell which of its rows are real.
    """
    weights = np.asarray(sample_weight, dtype=np.float64)
    if weights.shape != (len(y),):
        raise ValueError(
            f"`sample_weight` must have shape ({len(y)},), one weight per row of X, "
            f"got {weights.shape}"
        )
    labels = np.asarray(y_resampled)
    is_synthetic = _synthetic_mask(sampler, len(y), len(labels))
    if is_synthetic is None:
        return weights[sampler.sample_indices_]
    carried = np.empty(len(labels))
    carried[~is_synthetic] = weights
    for label in np.unique(labels[is_synthetic]):
        carried[is_synthetic & (labels == label)] = weights[y == label].mean()
    return carried


def _synthetic_mask(sampler: Any, n_samples: int, n_resampled: int) -> NDArray[np.bool_] | None:
    """Mark the rows without an original; None where the sampler gives the index of each row."""
    if hasattr(sampler, "synthetic_mask_"):
        return np.asarray(sampler.synthetic_mask_, dtype=bool)
    if hasattr(sampler, "sample_indices_"):
        return None
    if isinstance(sampler, BaseOverSampler):
        # imbalanced-learn's over-samplers return every original row, in order, before the new ones.
        return np.arange(n_resampled) >= n_samples
    raise ValueError(
        "`sample_weight` can only follow the rows through a sampler that tells which rows it "
        "returns (`synthetic_mask_` or `sample_indices_`) or is one of imbalanced-learn's "
        f"over-samplers, got {type(sampler).__name__}"
    )

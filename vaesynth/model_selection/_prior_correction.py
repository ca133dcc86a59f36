"""Probabilities under the class shares of the real rows instead of the resampled ones."""

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import logsumexp


def class_shares(y: ArrayLike, classes: NDArray, weights: Any = None) -> NDArray[np.float64]:
    """Give the share of each class among rows.

    Parameters
    ----------
    y : array-like of shape (n_samples,)
        Labels, all of them in `classes`.

    classes : ndarray of shape (n_classes,)
        The labels, sorted.

    weights : array-like of shape (n_samples,), optional
        Weights of the rows.

    Returns
    -------
    shares : ndarray of shape (n_classes,)
        They sum to 1.
    """
    totals = np.bincount(np.searchsorted(classes, np.asarray(y)), weights, len(classes))
    return totals / totals.sum()


def correct_log_probabilities(
    probabilities: NDArray, log_ratio: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Move class probabilities from one set of class shares to another.

    If resampling leaves the distribution of the rows of each class as it was, Bayes' rule gives
    p(k | x) ∝ p_resampled(k | x) · π_k / π_resampled,k, where π are the class shares.

    Parameters
    ----------
    probabilities : ndarray of shape (n_samples, n_classes)
        Probabilities of a classifier fitted on resampled rows.

    log_ratio : ndarray of shape (n_classes,)
        Logarithm of π_k / π_resampled,k.

    Returns
    -------
    log_probabilities : ndarray of shape (n_samples, n_classes)
        Natural logarithms; -inf where the probability is 0.

    References
    ----------
    Saerens, Latinne, Decaestecker, "Adjusting the Outputs of a Classifier to New a Priori
    Probabilities: A Simple Procedure", Neural Computation 14 (2002), equation 2.4.
    """
    with np.errstate(divide="ignore"):
        shifted = np.log(np.asarray(probabilities, dtype=np.float64)) + log_ratio
    return shifted - logsumexp(shifted, axis=1, keepdims=True)

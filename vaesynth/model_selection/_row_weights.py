"""Weights of resampled rows."""

from __future__ import annotations

from inspect import signature
from typing import Any

import numpy as np
from imblearn.over_sampling.base import BaseOverSampler
from numpy.typing import ArrayLike
from sklearn import get_config
from sklearn.pipeline import Pipeline
from sklearn.utils.validation import has_fit_parameter

# Share of the weight of a class that its new rows have at real class shares. New rows lie where the class prevails: a
# larger share changes probabilities, and a smaller one does not help trees (docs/benchmarks/tried.md).
SYNTHETIC_SHARE = 0.15


def weights_after_resampling(
    sampler: Any,
    sample_weight: ArrayLike,
    y: np.ndarray,
    y_resampled: ArrayLike,
    synthetic_weight: float = 1.0,
) -> np.ndarray:
    """Carry the weights of real rows over to the rows that a fitted sampler returned.

    A real row keeps its weight, wherever the sampler put it. A synthetic row weighs
    `synthetic_weight` times as much as the average real row of its class, so that by default the
    balance between classes that the sampler was asked for is the one that the classifier sees. A
    copy that an over-sampler made weighs `synthetic_weight` times as much as its original.

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
    synthetic_weight : float, default=1.0
        Weight of a synthetic row in units of the mean weight of the real rows of its class.

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
    is_synthetic = synthetic_rows(sampler, len(y), len(labels))
    if hasattr(sampler, "sample_indices_") and not hasattr(sampler, "synthetic_mask_"):
        carried = weights[sampler.sample_indices_]
    else:
        carried = np.empty(len(labels))
        carried[~is_synthetic] = weights
        for label in np.unique(labels[is_synthetic]):
            carried[is_synthetic & (labels == label)] = weights[y == label].mean()
    carried[is_synthetic] *= synthetic_weight
    return carried


def weights_at_real_shares(
    sampler: Any, sample_weight: ArrayLike, y: np.ndarray, y_resampled: ArrayLike
) -> np.ndarray:
    """Weigh resampled rows such that every class weighs as much as its real rows did.

    In a class with synthetic rows they weigh `SYNTHETIC_SHARE` of it and the real ones the rest. New
    rows then smooth what is learned of their class and make it no more frequent.

    Parameters
    ----------
    sampler, sample_weight, y, y_resampled
        As in :func:`weights_after_resampling`.

    Returns
    -------
    weights : ndarray of shape (n_resampled,)
        The weight of each returned row.

    Raises
    ------
    ValueError
        As in :func:`weights_after_resampling`.
    """
    weights = weights_after_resampling(sampler, sample_weight, y, y_resampled)
    given, labels = np.asarray(sample_weight, dtype=np.float64), np.asarray(y_resampled)
    is_synthetic = synthetic_rows(sampler, len(y), len(labels))
    for label in np.unique(labels):
        total = given[y == label].sum()
        parts = [rows & (labels == label) for rows in (is_synthetic, ~is_synthetic)]
        shares = zip(parts, (SYNTHETIC_SHARE, 1 - SYNTHETIC_SHARE), strict=True)
        filled = [(rows, share) for rows, share in shares if weights[rows].sum() > 0]
        whole = sum(share for _, share in filled)
        for rows, share in filled:
            weights[rows] *= total * share / whole / weights[rows].sum()
    return weights


def tells_synthetic_rows(sampler: Any) -> bool:
    """Return whether :func:`synthetic_rows` can mark the rows that a fitted sampler added."""
    told = hasattr(sampler, "synthetic_mask_") or hasattr(sampler, "sample_indices_")
    return told or isinstance(sampler, BaseOverSampler)


def synthetic_rows(sampler: Any, n_samples: int, n_resampled: int) -> np.ndarray:
    """Mark the rows that a fitted sampler added.

    Parameters
    ----------
    sampler : object
        A sampler after ``fit_resample``.
    n_samples, n_resampled : int
        Number of rows that it was given and that it returned.

    Returns
    -------
    mask : ndarray of bool, shape (n_resampled,)
        True for generated rows and for the copies that an over-sampler appended.

    Raises
    ------
    ValueError
        If the sampler does not tell.
    """
    if hasattr(sampler, "synthetic_mask_"):
        return np.asarray(sampler.synthetic_mask_, dtype=bool)
    if isinstance(sampler, BaseOverSampler):
        # imbalanced-learn's over-samplers return every original row, in order, before the new ones.
        return np.arange(n_resampled) >= n_samples
    if tells_synthetic_rows(sampler):
        return np.zeros(n_resampled, dtype=bool)
    raise ValueError(
        "weights can only follow the rows through a sampler that tells which rows it "
        "returns (`synthetic_mask_` or `sample_indices_`) or is one of imbalanced-learn's "
        f"over-samplers, got {type(sampler).__name__}"
    )


def weight_parameter(classifier: Any) -> str | None:
    """Name the argument by which the `fit` of a classifier takes weights of rows.

    Parameters
    ----------
    classifier : classifier object
        A pipeline takes them for its last step, unless metadata routing is on.

    Returns
    -------
    name : str or None
        None where it takes no weights.
    """
    if has_fit_parameter(classifier, "sample_weight"):
        return "sample_weight"
    if isinstance(classifier, Pipeline) and not get_config()["enable_metadata_routing"]:
        name, last = classifier.steps[-1]
        inner = weight_parameter(last)
        return None if inner is None else f"{name}__{inner}"
    return None


def weights_for_parts(
    given: dict[str, Any], sampler: Any, classifier: Any
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return `sample_weight` to the sampler, the classifier or both, whichever takes it.

    Parameters
    ----------
    given : dict
        `sample_weight`, or nothing.
    sampler : sampler object or "passthrough"
        Takes it if its `fit_resample` names it.
    classifier : classifier object
        Takes it if its `fit` does, by :func:`weight_parameter`.

    Returns
    -------
    to_sampler, to_classifier : dict
        What each of them gets.

    Raises
    ------
    TypeError
        If there are weights and neither takes them.
    """
    sampler_takes_it = (
        sampler != "passthrough" and "sample_weight" in signature(sampler.fit_resample).parameters
    )
    classifier_takes_it = weight_parameter(classifier) is not None
    if given and not (sampler_takes_it or classifier_takes_it):
        raise TypeError(
            "`sample_weight` must be accepted by the sampler or the classifier, "
            f"got {sampler!r} and {classifier!r}, which both lack it"
        )
    return (given if sampler_takes_it else {}), (dict(given) if classifier_takes_it else {})

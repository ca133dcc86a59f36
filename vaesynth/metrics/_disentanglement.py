"""Measures of how well latents separate known factors."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from scipy.stats import entropy
from sklearn.base import clone
from sklearn.ensemble import RandomForestClassifier
from sklearn.metrics import mutual_info_score
from sklearn.model_selection import train_test_split
from sklearn.utils import check_array, check_consistent_length


def mutual_information_gap(latents: Any, factors: Any, n_bins: int = 20) -> float:
    """Compute the gap in information between a factor's two best latents, over its entropy; mean over factors.

    Parameters
    ----------
    latents : array-like of shape (n_samples, n_latents)
        Latents, such as posterior means; at least two.
    factors : array-like of shape (n_samples, n_factors)
        Levels of the factors that made the samples.
    n_bins : int, default=20
        Bins of equal width into which each latent is cut.

    Returns
    -------
    float
        Between 0 and 1; 1 if one latent determines each factor and the other latents say nothing about it.

    Raises
    ------
    ValueError
        If there are fewer than two latents, or lengths differ.

    References
    ----------
    Chen et al., "Isolating Sources of Disentanglement in Variational Autoencoders", NeurIPS 2018.

    Examples
    --------
    >>> import numpy as np
    >>> factors = np.random.default_rng(0).integers(0, 4, size=(2000, 2))
    >>> mutual_information_gap(factors[:, ::-1] * 2.5, factors) > 0.99
    True
    """
    points, levels = _check_inputs(latents, factors)
    if points.shape[1] < 2:
        raise ValueError(f"there must be at least two latents, got {points.shape[1]}")
    binned = np.stack([_cut(column, n_bins) for column in points.T], axis=1)
    gaps = []
    for factor in levels.T:
        told = np.sort([mutual_info_score(factor, column) for column in binned.T])
        gaps.append((told[-1] - told[-2]) / entropy(np.unique(factor, return_counts=True)[1]))
    return float(np.mean(gaps))


class DCI(NamedTuple):
    """Disentanglement, completeness and informativeness, each between 0 and 1, 1 the best.

    Attributes
    ----------
    disentanglement : float
        How nearly each latent serves one factor, weighted by how much it serves.
    completeness : float
        How nearly each factor is served by one latent, weighted by how much the latents tell of it.
    informativeness : float
        Mean accuracy with which the latents tell the factors of samples held out.

    Examples
    --------
    >>> DCI(0.8, 0.7, 0.95).completeness
    0.7
    """

    disentanglement: float
    completeness: float
    informativeness: float


def dci_disentanglement(
    latents: Any, factors: Any, *, estimator: Any = None, random_state: int = 0
) -> DCI:
    """Compute disentanglement, completeness and informativeness of latents from classifiers of each factor.

    Parameters
    ----------
    latents : array-like of shape (n_samples, n_latents)
        Latents, such as posterior means.
    factors : array-like of shape (n_samples, n_factors)
        Levels of the factors that made the samples.
    estimator : classifier with ``feature_importances_``, optional
        What tells each factor from the latents; by default a random forest of 100 trees of depth 10 that may look at
        all latents at each split.
    random_state : int, default=0
        Seed of the default classifier and of the fifth of the samples that is held out.

    Returns
    -------
    DCI

    Raises
    ------
    ValueError
        If lengths differ.

    References
    ----------
    Eastwood, Williams, "A Framework for the Quantitative Evaluation of Disentangled Representations", ICLR 2018.

    Examples
    --------
    >>> import numpy as np
    >>> factors = np.random.default_rng(0).integers(0, 4, size=(1000, 2))
    >>> min(dci_disentanglement(factors[:, ::-1] * 2.5, factors)) > 0.97
    True
    """
    points, levels = _check_inputs(latents, factors)
    if estimator is None:
        # Splits on few latents would spread importance over redundant and uninformative latents.
        estimator = RandomForestClassifier(
            max_depth=10, max_features=None, random_state=random_state
        )
    split = train_test_split(points, levels, test_size=0.2, random_state=random_state)
    told, unseen, labels, unseen_labels = split
    importances, accuracies = [], []
    for label, unseen_label in zip(labels.T, unseen_labels.T, strict=True):
        classifier = clone(estimator).fit(told, label)
        importances.append(classifier.feature_importances_)
        accuracies.append(classifier.score(unseen, unseen_label))
    matrix = np.stack(importances, axis=1)  # (n_latents, n_factors)
    return DCI(_concentration(matrix), _concentration(matrix.T), float(np.mean(accuracies)))


def _concentration(importances: np.ndarray) -> float:
    """Average 1 less the entropy of a row's shares (to the base of their number), weighted by the row's sum."""
    weight = importances.sum(axis=1)
    used = weight > 0
    if importances.shape[1] == 1 or not used.any():
        return float(used.any())
    spread = entropy(importances[used], axis=1) / np.log(importances.shape[1])
    return float(np.average(1 - spread, weights=weight[used]))


def _cut(column: np.ndarray, n_bins: int) -> np.ndarray:
    edges = np.histogram_bin_edges(column, n_bins)
    return np.digitize(column, edges[1:-1])


def _check_inputs(latents: Any, factors: Any) -> tuple[np.ndarray, np.ndarray]:
    points = check_array(latents, dtype=np.float64)
    levels = check_array(factors, dtype=None)
    check_consistent_length(points, levels)
    return points, levels

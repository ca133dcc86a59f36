"""Features of images by a classifier, and the distance between two samples by their means and covariances."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from sklearn.base import clone
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.utils import check_array

from vaesynth.metrics._row_encoding import encode_columns
from vaesynth.tabular import SharedColumn

# More levels than histograms have bins go as numbers.
_MAX_LEVELS = 255


def make_features(
    columns: Sequence[SharedColumn], classifier: Any, random_state: Any
) -> tuple[list[np.ndarray], Any]:
    """Return the features of the rows of each table, and the classifier to train on them.

    The default, histogram-based gradient boosting, takes cells as they are, categories as codes and missing numbers as
    one below all others: it cannot bin a column of NaN alone, which any part of the rows may have. Any other classifier
    gets the points of `encode_columns`.
    """
    if classifier is not None:
        return encode_columns(columns), clone(classifier)
    cells = zip(*(_cells(column) for column in columns), strict=True)
    is_category = [not column.is_number and column.n_levels < _MAX_LEVELS for column in columns]
    boosting = HistGradientBoostingClassifier(
        categorical_features=is_category, random_state=random_state
    )
    return [np.column_stack(parts) for parts in cells], boosting


def _cells(column: SharedColumn) -> list[np.ndarray]:
    if column.is_number:
        known = np.concatenate(column.parts)
        lowest = np.min(known[np.isfinite(known)], initial=0.0)
        below = lowest - 1 - abs(lowest)
        return [np.where(np.isnan(part), below, part) for part in column.parts]
    return [np.where(part < 0, np.nan, part) for part in column.parts]


def frechet_distance(real: Any, generated: Any) -> float:
    r"""Compute the Fréchet distance between the normal distributions with the moments of two samples.

    .. math:: \|\mu_1 - \mu_2\|^2 + \operatorname{tr}(\Sigma_1 + \Sigma_2 - 2 (\Sigma_1 \Sigma_2)^{1/2})

    On the features of a classifier of images it is what is known as the Fréchet inception distance; figures compare
    only where features and sample sizes are the same.

    Parameters
    ----------
    real : array-like of shape (n_real, n_features)
        Features of real rows.
    generated : array-like of shape (n_generated, n_features)
        Features of generated rows.

    Returns
    -------
    float
        Squared units of the features; 0 for equal moments.

    Raises
    ------
    ValueError
        If the numbers of features differ, or a sample has fewer than two rows.

    References
    ----------
    Dowson, Landau, "The Fréchet Distance between Multivariate Normal Distributions", Journal of Multivariate
    Analysis 12, 1982; Heusel et al., "GANs Trained by a Two Time-Scale Update Rule Converge to a Local Nash
    Equilibrium", NeurIPS 2017.

    Examples
    --------
    >>> import numpy as np
    >>> rng = np.random.default_rng(0)
    >>> real = rng.normal(size=(500, 3))
    >>> round(frechet_distance(real, real + 2), 6)
    12.0
    """
    first, second = (
        check_array(sample, dtype=np.float64, ensure_min_samples=2) for sample in (real, generated)
    )
    if first.shape[1] != second.shape[1]:
        raise ValueError(
            f"both samples must have the same features, got {first.shape[1]} and {second.shape[1]}"
        )
    shift = np.square(first.mean(0) - second.mean(0)).sum()
    covariances = [np.atleast_2d(np.cov(sample.T)) for sample in (first, second)]
    # The eigenvalues of a product of two covariances are not negative, but for rounding.
    product = np.linalg.eigvals(covariances[0] @ covariances[1]).real.clip(min=0)
    return float(shift + np.trace(covariances[0] + covariances[1]) - 2 * np.sqrt(product).sum())

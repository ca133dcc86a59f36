"""Directions of the latent space in which an attribute of the rows grows."""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn.linear_model import LogisticRegression, RidgeCV

METHODS = ("auto", "mean_difference", "logistic", "regression")
_PENALTIES = tuple(np.logspace(-3, 3, 13))


def find_direction(points: np.ndarray, y: Any, positive: Any, method: str) -> np.ndarray:
    """Direction in which an attribute grows, of the length of one step.

    Parameters
    ----------
    points : ndarray of shape (n_samples, n_latents)
        Latent points of rows.
    y : array-like of shape (n_samples,)
        Labels, or numbers for "regression".
    positive : label or None
        The class to go to; all others are the class to come from. None takes the last of two classes.
    method : {"auto", "mean_difference", "logistic", "regression"}
        See `LatentDesigner.attribute_direction`.

    Returns
    -------
    ndarray of shape (n_latents,)
    """
    target = np.asarray(y)
    if method not in METHODS:
        raise ValueError(f"`method` must be one of {list(METHODS)}, got {method!r}")
    if target.shape != (len(points),):
        raise ValueError(f"`y` must have shape ({len(points)},), got {target.shape}")
    if method == "auto":
        has_steps = target.dtype.kind in "iuf" and len(np.unique(target)) > 2
        method = "regression" if has_steps and positive is None else "mean_difference"
    if method == "regression":
        return _of_regression(points, target)
    is_positive = _choose_class(target, positive)
    difference = points[is_positive].mean(axis=0) - points[~is_positive].mean(axis=0)
    return (
        difference if method == "mean_difference" else _of_logistic(points, is_positive, difference)
    )


def _choose_class(target: np.ndarray, positive: Any) -> np.ndarray:
    classes = np.unique(target)
    if positive is None:
        if len(classes) != 2:
            raise ValueError(
                f"`positive` must be given unless `y` has two classes, got {len(classes)} classes"
            )
        positive = classes[1]
    is_positive = target == positive
    if is_positive.all() or not is_positive.any():
        raise ValueError(
            f"`y` must have rows of class {positive!r} and rows of others, got classes {classes.tolist()}"
        )
    return is_positive


def _of_logistic(points: np.ndarray, is_positive: np.ndarray, difference: np.ndarray) -> np.ndarray:
    """Give the normal of the separating plane; a step is as long as the classes' means are apart along it."""
    model = LogisticRegression(class_weight="balanced", max_iter=1000).fit(points, is_positive)
    normal = model.coef_[0] / np.linalg.norm(model.coef_[0])
    return normal * abs(difference @ normal)


def _of_regression(points: np.ndarray, target: np.ndarray) -> np.ndarray:
    """Gradient of a ridge regression; a step raises its prediction by 1."""
    try:
        numbers = target.astype(float)
    except (TypeError, ValueError) as error:
        raise ValueError(f"`y` must be numbers for a regression, got {target.dtype}") from error
    if not np.isfinite(numbers).all():
        raise ValueError("`y` must be finite for a regression, got NaN or infinity")
    slope = RidgeCV(alphas=_PENALTIES).fit(points, numbers).coef_
    steepness = slope @ slope
    if steepness <= 1e-12 * numbers.var():
        raise ValueError(
            f"`y` must depend on the latents for a regression, got a slope of {np.sqrt(steepness):.3g}"
        )
    return slope / steepness

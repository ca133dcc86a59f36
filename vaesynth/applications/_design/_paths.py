"""Paths between latent points, steps along one latent, and directions in which an attribute of the rows grows."""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn.linear_model import LogisticRegression, RidgeCV

METHODS = ("auto", "mean_difference", "logistic", "regression")
_PENALTIES = tuple(np.logspace(-3, 3, 13))
# Below this angle the great circle is a straight line to the last digit, and its formula divides by zero.
_SMALLEST_ANGLE = 1e-6


def interpolate_points(start: np.ndarray, end: np.ndarray, n_steps: Any, path: str) -> np.ndarray:
    """Return points from `start` to `end`, both included.

    Parameters
    ----------
    start, end : ndarray of shape (n_paths, n_latents)
        Ends of the paths.
    n_steps : int
        Points of a path.
    path : {"linear", "spherical"}
        Straight lines, or arcs of great circles whose radius goes evenly from that of one end to the other's.

    Returns
    -------
    ndarray of shape (n_paths * n_steps, n_latents)
        All points of the first path first.
    """
    if not isinstance(n_steps, int | np.integer) or n_steps < 2:
        raise ValueError(f"`n_steps` must be an integer of at least 2, got {n_steps!r}")
    if path not in _PATHS:
        raise ValueError(f"`path` must be one of {sorted(_PATHS)}, got {path!r}")
    if start.shape != end.shape:
        raise ValueError(
            f"there must be as many starts as ends, got {len(start)} starts and {len(end)} ends"
        )
    shares = np.linspace(0, 1, n_steps)[None, :, None]
    points = _PATHS[path](start[:, None, :], end[:, None, :], shares)
    return points.reshape(-1, start.shape[1])


def traverse_points(points: np.ndarray, latent: Any, values: Any) -> np.ndarray:
    """Return each point with one latent set to each of some values, shape (n_points * n_values, n_latents)."""
    n_latents = points.shape[1]
    if not isinstance(latent, int | np.integer) or not 0 <= latent < n_latents:
        raise ValueError(f"`latent` must be an integer from 0 to {n_latents - 1}, got {latent!r}")
    values = np.asarray(values, dtype=float)
    if values.ndim != 1 or not len(values) or not np.isfinite(values).all():
        raise ValueError(f"`values` must be one or more finite numbers in a row, got {values}")
    moved = np.repeat(points, len(values), axis=0)
    moved[:, latent] = np.tile(values, len(points))
    return moved


def _linear(start: np.ndarray, end: np.ndarray, shares: np.ndarray) -> np.ndarray:
    return start + shares * (end - start)


def _spherical(start: np.ndarray, end: np.ndarray, shares: np.ndarray) -> np.ndarray:
    # Shoemake, "Animating Rotation with Quaternion Curves", SIGGRAPH 1985; as White, "Sampling Generative
    # Networks", 2016, uses it for latents.
    radii = [np.linalg.norm(point, axis=-1, keepdims=True) for point in (start, end)]
    if min(radius.min() for radius in radii) == 0:
        raise ValueError("a spherical path must have ends away from the origin, got an end at 0")
    first, second = start / radii[0], end / radii[1]
    angle = np.arccos(np.clip((first * second).sum(-1, keepdims=True), -1, 1))
    if angle.max() > np.pi - _SMALLEST_ANGLE:
        raise ValueError(
            "a spherical path must have ends that are not opposite, got an angle of 180 degrees"
        )
    safe = np.maximum(angle, _SMALLEST_ANGLE)
    arc = np.sin((1 - shares) * safe) * first + np.sin(shares * safe) * second
    return arc / np.sin(safe) * _linear(radii[0], radii[1], shares)


_PATHS = {"linear": _linear, "spherical": _spherical}


def find_direction(points: np.ndarray, y: Any, positive: Any, method: str) -> np.ndarray:
    """Return the direction in which an attribute grows, of the length of one step.

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
    """Return the normal of the separating plane; a step is as long as the means of the classes are apart along it."""
    model = LogisticRegression(class_weight="balanced", max_iter=1000).fit(points, is_positive)
    normal = model.coef_[0] / np.linalg.norm(model.coef_[0])
    return normal * abs(difference @ normal)


def _of_regression(points: np.ndarray, target: np.ndarray) -> np.ndarray:
    """Return the gradient of a ridge regression; a step raises its prediction by 1."""
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

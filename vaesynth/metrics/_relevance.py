"""How much each value of a numeric target matters, and the squared error of predictions where it does."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from sklearn.utils import check_array, column_or_1d
from sklearn.utils.validation import check_consistent_length

# Whiskers reach as far beyond the quartiles, in interquartile ranges, as in Tukey's box plot.
WHISKER = 1.5


@dataclass(frozen=True)
class BoxPlotRelevance:
    r"""Relevance of the values of a numeric target: 0 at the median, 1 at both bounds and beyond.

    Between the median m and a bound b it is :math:`3 t^2 - 2 t^3` with :math:`t = (y - m) / (b - m)`. This is the
    monotone cubic through the two points that is flat at both.

    Parameters
    ----------
    lower : float
        Values from here downwards have a relevance of 1; minus infinity where no low value matters.
    median : float
        The value of relevance 0.
    upper : float
        Values from here upwards have a relevance of 1; infinity where no high value matters.

    References
    ----------
    Ribeiro, Moniz, "Imbalanced regression and extreme value prediction", Machine Learning 109 (2020).

    Examples
    --------
    >>> from vaesynth.metrics import BoxPlotRelevance
    >>> relevance = BoxPlotRelevance.of([1, 2, 3, 4, 5, 6, 7, 30])
    >>> relevance
    BoxPlotRelevance(lower=-inf, median=4.5, upper=7.0)
    >>> relevance([1, 4.5, 5.75, 30])
    array([0. , 0. , 0.5, 1. ])
    """

    lower: float
    median: float
    upper: float

    @classmethod
    def of(cls, y: Any) -> Self:
        """Return the relevance of a target by the box-plot rule.

        A bound is the last value within 1.5 interquartile ranges of the quartile, the end of a box plot's whisker. A
        side without a value beyond its whisker has no bound.

        Parameters
        ----------
        y : array-like of shape (n_samples,)
            The target.

        Raises
        ------
        ValueError
            If no value lies beyond a whisker.
        """
        y = read_numbers(y)
        first, median, third = np.quantile(y, [0.25, 0.5, 0.75]).tolist()
        reach = WHISKER * (third - first)
        inside = y[(y >= first - reach) & (y <= third + reach)]
        lower, upper = float(inside.min()), float(inside.max())
        has_low, has_high = bool(y.min() < lower), bool(y.max() > upper)
        if not (has_low or has_high):
            raise ValueError(
                "the box-plot rule must find values of the target beyond a whisker, got none outside "
                f"[{first - reach:g}, {third + reach:g}]; say which values matter by bounds, as (None, {third:g}) for "
                "those from the third quartile up"
            )
        return cls(lower if has_low else -np.inf, median, upper if has_high else np.inf)

    @classmethod
    def between(cls, y: Any, bounds: Sequence[float | None]) -> Self:
        """Return the relevance with bounds that are given, and the median of the target.

        Parameters
        ----------
        y : array-like of shape (n_samples,)
            The target.
        bounds : pair of float or None
            The lower and the upper bound; None where the side does not matter.

        Raises
        ------
        ValueError
            If there are not two bounds, both are None, or the median does not lie between them.
        """
        if len(bounds) != 2 or all(bound is None for bound in bounds):
            raise ValueError(
                f"`relevance` must be two bounds, of which one may be None, got {bounds!r}"
            )
        median = float(np.median(read_numbers(y)))
        lower = -np.inf if bounds[0] is None else float(bounds[0])
        upper = np.inf if bounds[1] is None else float(bounds[1])
        if not lower <= median <= upper:
            raise ValueError(
                f"the median of the target must lie between the bounds of `relevance`, got {median:g} and {bounds!r}"
            )
        return cls(lower, median, upper)

    def __call__(self, y: Any) -> np.ndarray:
        """Return the relevance of values, shape (n_samples,)."""
        y = read_numbers(y)
        return np.maximum(self._rise(y, self.lower, -1), self._rise(y, self.upper, 1))

    def _rise(self, y: np.ndarray, bound: float, direction: int) -> np.ndarray:
        if bound == self.median:
            # The cubic has no width: a value is at the median or beyond it.
            return (direction * (y - bound) > 0).astype(np.float64)
        t = np.clip((y - self.median) / (bound - self.median), 0.0, 1.0)
        return t**2 * (3 - 2 * t)


def make_relevance(relevance: Any, y: Any) -> Callable[[Any], np.ndarray]:
    """Return the relevance that a user asks for: "auto", a callable, or bounds.

    Examples
    --------
    >>> make_relevance((None, 8.0), [1, 2, 3, 9])
    BoxPlotRelevance(lower=-inf, median=2.5, upper=8.0)
    """
    if callable(relevance):
        return relevance
    if isinstance(relevance, str):
        return BoxPlotRelevance.of(y)
    return BoxPlotRelevance.between(y, relevance)


def relevance_of(relevance: Callable[[Any], np.ndarray], y: np.ndarray) -> np.ndarray:
    """Return the relevance of each value, once the function is found to give numbers from 0 to 1.

    Raises
    ------
    ValueError
        If it gives another number of them, or one that is not in the range [0, 1].
    """
    found = np.asarray(relevance(y), dtype=np.float64)
    if found.shape != y.shape:
        raise ValueError(
            f"`relevance` must return one number for each value, shape {y.shape}, got {found.shape}"
        )
    if not ((found >= 0) & (found <= 1)).all():
        raise ValueError(
            f"`relevance` must return numbers from 0 to 1, got {found.min():g} to {found.max():g}"
        )
    return found


def squared_error_relevance_area(y_true: Any, y_pred: Any, *, relevance: Any = "auto") -> float:
    r"""Compute SERA: the squared errors of predictions, each times the relevance of the true value.

    SERA is the area under the curve of :math:`\sum_{i: \phi(y_i) \geq t} (\hat y_i - y_i)^2` for t from 0 to 1. An
    error is in this sum up to :math:`t = \phi(y_i)`, so the area is exactly
    :math:`\sum_i \phi(y_i) (\hat y_i - y_i)^2`.

    Parameters
    ----------
    y_true : array-like of shape (n_samples,)
        True values.
    y_pred : array-like of shape (n_samples,)
        Predictions.
    relevance : "auto", callable or pair of float, default="auto"
        How much a value matters. "auto" is the box-plot rule on `y_true`, see `BoxPlotRelevance`; with a pair of
        bounds, one of which may be None, the values beyond have a relevance of 1; a callable takes the values and
        returns numbers from 0 to 1. To compare folds, give all of them one relevance: ``BoxPlotRelevance.of(y)``.

    Returns
    -------
    float
        At least 0, in squared units of the target; lower is better. It grows with the number of rows.

    Raises
    ------
    ValueError
        If an array is not finite or not as long as the other, or the relevance is refused.

    References
    ----------
    Ribeiro, Moniz, "Imbalanced regression and extreme value prediction", Machine Learning 109 (2020).

    Examples
    --------
    >>> from vaesynth.metrics import squared_error_relevance_area
    >>> squared_error_relevance_area([1, 2, 3, 9], [1, 2, 5, 7], relevance=(None, 8))
    4.093163035311796
    """
    y_true, y_pred = read_numbers(y_true), read_numbers(y_pred)
    check_consistent_length(y_true, y_pred)
    weight = relevance_of(make_relevance(relevance, y_true), y_true)
    return float(np.sum(weight * (y_pred - y_true) ** 2))


def read_numbers(y: Any) -> np.ndarray:
    """Return a target as finite numbers, shape (n_samples,).

    Raises
    ------
    ValueError
        If it has another shape, no value, or one that is no finite number.
    """
    column = column_or_1d(y, warn=True)
    numbers: np.ndarray = check_array(
        column, ensure_2d=False, dtype=np.float64, input_name="y", ensure_min_samples=1
    )
    return numbers

"""Over-sampling of rows whose numeric target is rare."""

from __future__ import annotations

import numbers
from typing import Any, ClassVar

import numpy as np

from vaesynth._sklearn import Interval, StrOptions
from vaesynth.estimators import CVAE
from vaesynth.metrics import make_relevance, read_numbers, relevance_of
from vaesynth.over_sampling._joint_sampler import Group, JointSampler


class CVAERegressionSampler(JointSampler):
    """Over-sample rows in rare ranges of a numeric target with a conditional variational autoencoder.

    The model learns row and target as one table, so that a new row brings a target that goes with it. New rows are
    drawn between neighbours in a rare range, as `CVAESampler` draws those of a class.

    Parameters
    ----------
    model : CVAE or None, default=None
        The model with the parameters that it is to have, not fitted; what it leaves "auto" is chosen as in
        `CVAESampler`. Its classes are the ranges.
    relevance : "auto", callable or pair of float, default="auto"
        How much a value of the target matters, from 0 to 1. "auto" is the box-plot rule: 0 at the median, 1 at the ends
        of the whiskers and beyond, on the sides that have outliers. With a pair of bounds, one of which may be None,
        the values beyond have a relevance of 1. A callable takes the values and returns their relevance.
    threshold : float, default=0.8
        Least relevance of a rare value. Neighbouring rare values make a range.
    ratio : float, default=1.0
        Rows in rare ranges, real and new, for each other row. Each range gets new rows in proportion to its real ones.
    k_neighbors, noise_scale, n_candidates, selection_power
        As in `CVAESampler`. A candidate is judged by a forest that does not see the target.
    n_jobs, random_state, verbose
        As in `CVAESampler`.

    Attributes
    ----------
    sampling_strategy_ : dict
        New rows of each rare range, by its smallest and largest real value.
    model_ : CVAE
        The fitted model of row and target; its :meth:`~CVAE.sample` returns pairs of both.
    copy_report_ : CopyReport
        How many of the new rows equal a real row with its target, or nearly.
    target_name_, synthetic_mask_, parents_, n_features_in_, feature_names_in_
        As of `CVAESampler`.

    See Also
    --------
    vaesynth.ResampledRegressor : Resampling inside a plain scikit-learn pipeline.
    vaesynth.metrics.squared_error_relevance_area : Errors by the relevance of the true value.

    Notes
    -----
    It can be a step of an imbalanced-learn pipeline, before a regressor. New targets keep to the observed bounds and
    decimals.

    References
    ----------
    Ribeiro, Moniz, "Imbalanced regression and extreme value prediction", Machine Learning 109 (2020).

    Torgo, Ribeiro, Pfahringer, Branco, "SMOTE for Regression", EPIA 2013.

    Examples
    --------
    >>> import numpy as np
    >>> from vaesynth import CVAERegressionSampler
    >>> rng = np.random.default_rng(0)
    >>> X = rng.normal(size=(200, 3))
    >>> y = np.exp(X[:, 0] + rng.normal(0, 0.1, 200))
    >>> sampler = CVAERegressionSampler(random_state=0)
    >>> X_res, y_res = sampler.fit_resample(X, y)
    >>> len(y), len(y_res), (y > 3).mean() < 0.15, (y_res > 3).mean() > 0.4
    (200, 348, np.True_, np.True_)
    """

    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {
        **JointSampler._parameter_constraints,
        "relevance": [StrOptions({"auto"}), callable, "array-like"],
        "threshold": [Interval(numbers.Real, 0, 1, closed="right")],
        "ratio": [Interval(numbers.Real, 0, None, closed="neither")],
    }
    _has_labels = False

    def __init__(
        self,
        *,
        model: CVAE | None = None,
        relevance: Any = "auto",
        threshold: float = 0.8,
        ratio: float = 1.0,
        k_neighbors: int = 10,
        noise_scale: float = 1.0,
        n_candidates: int | str = "auto",
        selection_power: float = 1.5,
        n_jobs: int | None = None,
        random_state: Any = None,
        verbose: bool | int = False,
    ) -> None:
        super().__init__(
            model=model,
            ratio=ratio,
            k_neighbors=k_neighbors,
            noise_scale=noise_scale,
            n_candidates=n_candidates,
            selection_power=selection_power,
            n_jobs=n_jobs,
            random_state=random_state,
            verbose=verbose,
        )
        self.relevance = relevance
        self.threshold = threshold

    def _divide(self, y: Any) -> list[Group]:
        y = read_numbers(y)
        if (y == y[0]).all():
            raise ValueError(
                f"the target must have at least 2 distinct values, got {y[0]:g} alone in n_samples = {len(y)}"
            )
        relevance = relevance_of(make_relevance(self.relevance, y), y)
        is_rare = relevance >= self.threshold
        if is_rare.all() or not is_rare.any():
            raise ValueError(
                f"`relevance` must reach the threshold of {self.threshold} in some rows and not in all, got it in "
                f"{is_rare.sum()} of {len(y)} rows; the relevance goes from {relevance.min():g} to {relevance.max():g}"
            )
        ranges = _rare_ranges(y, is_rare)
        sizes = np.array([len(rows) for rows in ranges])
        n_new = max(0, round(self.ratio * (~is_rare).sum()) - int(sizes.sum()))
        # Rounded sums of shares add up to the number of new rows; rounded shares need not.
        ends = np.round(np.cumsum(sizes) * n_new / sizes.sum()).astype(int)
        return [
            Group((float(y[rows].min()), float(y[rows].max())), rows, int(number))
            for rows, number in zip(ranges, np.diff(ends, prepend=0), strict=True)
        ]


def _rare_ranges(y: np.ndarray, is_rare: np.ndarray) -> list[np.ndarray]:
    """Return the positions of the rows of each range of rare values, the lowest range first.

    Examples
    --------
    >>> import numpy as np
    >>> _rare_ranges(np.array([9, 1, 5, 8]), np.array([True, True, False, True]))
    [array([1]), array([3, 0])]
    """
    order = np.argsort(y, kind="stable")
    starts = np.flatnonzero(np.diff(is_rare[order].astype(int))) + 1
    return [run for run in np.split(order, starts) if is_rare[run[0]]]

"""Calibration curves: whether predicted probabilities agree with observed shares."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Self

import numpy as np
from sklearn.calibration import calibration_curve

from vaesynth.plotting._display import AxesDisplay


class CalibrationCurvesDisplay(AxesDisplay):
    """Observed share against predicted probability, one curve for each way to train.

    Parameters
    ----------
    curves : mapping of str to (ndarray of shape (n_points,), ndarray of shape (n_points,))
        Mean predicted probability and observed share of each bin, by the name of the curve.

    Attributes
    ----------
    ax_, figure_ : Axes, Figure
        What was drawn, after :meth:`plot`.
    lines_ : list of Line2D
        One line for each curve.

    See Also
    --------
    sklearn.calibration.CalibrationDisplay : One curve at a time.

    Examples
    --------
    >>> import numpy as np
    >>> from vaesynth.plotting import CalibrationCurvesDisplay
    >>> rng = np.random.default_rng(0)
    >>> honest = rng.uniform(size=1000)
    >>> happened = rng.uniform(size=1000) < honest
    >>> predictions = {"honest": (happened, honest), "too high": (happened, honest**0.5)}
    >>> display = CalibrationCurvesDisplay.from_predictions(predictions, n_bins=5)
    >>> [len(predicted) for predicted, _ in display.curves.values()]
    [5, 5]
    """

    def __init__(self, curves: Mapping[str, tuple[np.ndarray, np.ndarray]]) -> None:
        self.curves = dict(curves)
        if not self.curves:
            raise ValueError("there must be at least one curve, got none")

    @classmethod
    def from_predictions(
        cls,
        predictions: Mapping[str, tuple[Any, Any]],
        *,
        n_bins: int = 10,
        ax: Any = None,
        **line_kwargs: Any,
    ) -> Self:
        """Cut predictions into bins of equally many rows and plot the curves.

        Parameters
        ----------
        predictions : mapping of str to (array-like of shape (n_samples,), array-like of shape (n_samples,))
            Whether each row is of the class, and the probability that was predicted, by the name of the curve.
        n_bins : int, default=10
            Bins of a curve; fewer where probabilities repeat.
        ax : Axes, optional
            Where to plot; a new figure by default.
        **line_kwargs : dict
            Passed to ``Axes.plot``.

        Returns
        -------
        CalibrationCurvesDisplay
        """
        curves = {}
        for name, (is_of_class, probability) in predictions.items():
            observed, predicted = calibration_curve(
                np.asarray(is_of_class, dtype=bool),
                np.asarray(probability, dtype=float),
                n_bins=n_bins,
                strategy="quantile",
            )
            curves[name] = (predicted, observed)
        return cls(curves).plot(ax=ax, **line_kwargs)

    def plot(self, *, ax: Any = None, **line_kwargs: Any) -> Self:
        """Plot the curves; parameters as in :meth:`from_predictions`."""
        ax = self._take_axes(ax)
        ax.plot([0, 1], [0, 1], color="grey", linestyle=":", label="perfect")
        self.lines_ = []
        for (name, (predicted, observed)), marker in zip(
            self.curves.items(), "osD^vPX*<>" * len(self.curves), strict=False
        ):
            options = {"marker": marker, "markersize": 4, **line_kwargs}
            self.lines_ += ax.plot(predicted, observed, label=name, **options)
        ax.set(
            xlabel="predicted probability",
            ylabel="observed share",
            xlim=(-0.02, 1.02),
            ylim=(-0.02, 1.02),
            aspect="equal",
        )
        ax.legend(fontsize="small")
        return self

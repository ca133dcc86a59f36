from types import SimpleNamespace

import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest

from vaesynth.plotting import ContributionsDisplay, OutlierScoresDisplay

mpl.use("agg")
from matplotlib import pyplot


@pytest.fixture(autouse=True)
def _close_figures():
    yield
    pyplot.close("all")


def make_detector():
    """Make what a display asks a detector for."""
    return SimpleNamespace(
        calibration_scores_=np.linspace(-3, 0, 30),
        offset_=-2.5,
        score_samples=np.asarray,
        feature_contributions=lambda _: pd.DataFrame([[-0.5, 2.0, -7.0]], columns=["a", "b", "c"]),
    )


def test_both_histograms_count_all_rows_in_the_same_bins():
    judged = [-500.0, -4.0, -1.0]
    display = OutlierScoresDisplay.from_estimator(make_detector(), judged, density=False)
    heights = [[bar.get_height() for bar in bars] for bars in display.histograms_]
    assert [sum(of_bars) for of_bars in heights] == [30, 3]
    assert len(heights[0]) == len(heights[1]) == 40
    assert display.ax_.lines[0].get_xdata()[0] == -2.5


def test_a_threshold_that_is_not_finite_is_not_drawn():
    display = OutlierScoresDisplay(np.array([]), np.array([1.0, 2.0]), -np.inf).plot()
    assert len(display.histograms_) == 1
    assert len(display.ax_.lines) == 0


def test_contributions_come_in_the_order_of_their_size():
    axes = pyplot.subplots()[1]
    display = ContributionsDisplay.from_estimator(make_detector(), None, n_columns=2, ax=axes)
    assert display.ax_ is axes
    assert [label.get_text() for label in axes.get_yticklabels()] == ["c", "b"]
    assert [bar.get_width() for bar in display.bars_] == [-7.0, 2.0]


def test_what_cannot_be_drawn_is_refused():
    with pytest.raises(ValueError, match="there must be a score to draw, got none"):
        OutlierScoresDisplay(np.array([]), np.array([]), 0.0)
    with pytest.raises(ValueError, match="must have a column, got none"):
        ContributionsDisplay(pd.Series(dtype=float))
    with pytest.raises(ValueError, match="`n_columns` must be at least 1, got 0"):
        ContributionsDisplay(pd.Series({"a": 1.0})).plot(n_columns=0)

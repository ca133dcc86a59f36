"""Displays of designed rows draw the cells that they are given."""

from types import SimpleNamespace

import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest

from vaesynth.plotting import RowChangesDisplay, RowPathDisplay

mpl.use("agg")
from matplotlib import pyplot

REAL = pd.DataFrame(
    {
        "age": [20.0, 30.0, 30.0, 40.0],
        "job": ["sales", "none", "sales", None],
        "since": pd.to_datetime(["2020-01-01", "2021-01-01", "2022-01-01", "2023-01-01"]),
        "flag": [True, False, True, True],
    }
)


@pytest.fixture(autouse=True)
def _close_figures():
    yield
    pyplot.close("all")


def texts(display):
    return [text.get_text() for text in display.ax_.texts if text.get_text()]


def test_a_path_has_a_line_for_each_column_and_a_place_for_each_step():
    display = RowPathDisplay(REAL).plot()
    assert [tick.get_text() for tick in display.ax_.get_yticklabels()] == list(REAL.columns)
    assert texts(display)[:4] == ["20", "30", "30", "40"]
    assert texts(display)[4:8] == ["sales", "none", "sales", "missing"]
    assert texts(display)[8] == "2020-01-01"
    assert texts(display)[12:] == ["True", "False", "True", "True"]


def test_colours_follow_numbers_and_changes_of_levels():
    strips = np.asarray(RowPathDisplay(REAL).plot().im_.get_array())
    darkness = -strips[..., 0]
    assert darkness[0, 0] < darkness[0, 1] == darkness[0, 2] < darkness[0, 3]
    flags = strips[3]
    np.testing.assert_array_equal(flags[0], flags[2])
    assert (flags[0] != flags[1]).any()


def test_a_path_that_does_not_change_has_one_colour():
    strips = np.asarray(RowPathDisplay(REAL.iloc[[0, 0]]).plot().im_.get_array())
    np.testing.assert_array_equal(strips[:, 0], strips[:, 1])


def test_a_path_is_asked_of_the_designer():
    def interpolate(start, end, *, n_steps, path, y):
        assert (n_steps, path, y) == (2, "spherical", "x")
        return pd.concat([start, end])

    designer = SimpleNamespace(interpolate=interpolate)
    ends = REAL.iloc[[0]], REAL.iloc[[3]]
    display = RowPathDisplay.from_estimator(designer, *ends, n_steps=2, path="spherical", y="x")
    pd.testing.assert_frame_equal(display.rows, REAL.iloc[[0, 3]].reset_index(drop=True))
    with pytest.raises(ValueError, match="a picture must have one path, got 4 starts"):
        RowPathDisplay.from_estimator(designer, REAL, REAL)
    with pytest.raises(ValueError, match="a path must have at least one row, got none"):
        RowPathDisplay(REAL.iloc[:0])


def test_changes_stand_at_their_shares_among_real_rows():
    after = REAL.iloc[[0]].assign(age=[40.0], job=["none"])
    display = RowChangesDisplay(REAL.iloc[[0]], after, REAL).plot()
    assert texts(display) == ["20 → 40", "sales → none", "2020-01-01", "True"]
    arrow = next(text for text in display.ax_.texts if not text.get_text())
    assert (arrow.xyann, arrow.xy) == ((0.125, 0), (0.875, 0))
    places = [points.get_offsets().tolist() for points in display.ax_.collections]
    assert places[0] == [[0.125, 0]]
    assert places[1] == []
    assert places[2] == [[0.125, 2]]


def test_counterfactuals_are_titled_by_their_labels():
    found = SimpleNamespace(
        originals=REAL.to_numpy()[:, :1].astype(float),
        rows=REAL.to_numpy()[::-1, :1].astype(float),
        labels_before=np.array(["poor"] * 4),
        labels=np.array(["rich"] * 4),
    )
    reference = found.originals
    display = RowChangesDisplay.from_counterfactuals(found, reference, 3)
    assert display.ax_.get_title(loc="left") == "poor → rich"
    assert texts(display) == ["40 → 20"]
    with pytest.raises(ValueError, match="`row` must be from 0 to 3, got 4"):
        RowChangesDisplay.from_counterfactuals(found, reference, 4)


def test_tables_that_do_not_fit_are_refused():
    with pytest.raises(ValueError, match="one row before and one after, got 4 and 1"):
        RowChangesDisplay(REAL, REAL.iloc[[0]], REAL)
    with pytest.raises(ValueError, match="all tables must have the columns"):
        RowChangesDisplay(REAL.iloc[[0]], REAL.iloc[[0]], REAL[["age"]])

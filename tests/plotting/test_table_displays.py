"""Displays of tables and of predictions draw the figures that were counted by other means."""

import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest

from vaesynth.plotting import (
    CalibrationCurvesDisplay,
    ColumnDistributionsDisplay,
    PairDifferencesDisplay,
)

mpl.use("agg")
from matplotlib import pyplot


@pytest.fixture(autouse=True)
def _close_figures():
    yield
    pyplot.close("all")


def bars_of(ax):
    """Return lengths of the bars by tick and label."""
    ticks = [tick.get_text() for tick in ax.get_yticklabels()]
    return {
        container.get_label(): dict(
            zip(ticks, [round(bar.get_width(), 6) for bar in container], strict=True)
        )
        for container in ax.containers
    }


def test_calibration_curves_are_shares_in_bins():
    rng = np.random.default_rng(0)
    probability = rng.uniform(size=1000)
    happened = rng.uniform(size=1000) < probability**2
    display = CalibrationCurvesDisplay.from_predictions({"a": (happened, probability)}, n_bins=4)
    order = np.argsort(probability)
    for part, x, y in zip(np.array_split(order, 4), *display.curves["a"], strict=True):
        assert x == pytest.approx(probability[part].mean(), abs=0.01)
        assert y == pytest.approx(happened[part].mean(), abs=0.01)
    np.testing.assert_array_equal(display.lines_[0].get_xydata().T, display.curves["a"])
    legend = [text.get_text() for text in display.ax_.get_legend().get_texts()]
    assert legend == ["perfect", "a"]


def test_bars_are_shares_of_levels():
    real = pd.DataFrame({"city": ["Rome", "Oslo", "Rome", None]})
    new = pd.DataFrame({"city": ["Bern", "Rome"]})
    display = ColumnDistributionsDisplay(real, new).plot()
    assert bars_of(display.axes_["city"]) == {
        "real": {"Rome": 0.5, "Oslo": 0.25, "missing": 0.25, "Bern": 0.0},
        "synthetic": {"Rome": 0.5, "Oslo": 0.0, "missing": 0.0, "Bern": 0.5},
    }


def test_few_numbers_stand_in_their_order_and_many_levels_are_joined():
    real = pd.DataFrame({"n": [3.0, 1.0, 3.0, np.nan], "word": list("abca")})
    new = pd.DataFrame({"n": [2.0, 1.0], "word": ["x", "a"]})
    display = ColumnDistributionsDisplay(real, new).plot()
    assert list(bars_of(display.axes_["n"])["real"]) == ["1", "2", "3", "missing"]
    many = pd.DataFrame({"word": [str(i) for i in range(30)] + ["0"]})
    bars = bars_of(ColumnDistributionsDisplay(many, many).plot().axes_["word"])["real"]
    assert len(bars) == 10
    assert bars["others"] == pytest.approx(21 / 31)


def test_histograms_are_shares_in_common_bins():
    rng = np.random.default_rng(0)
    real = pd.DataFrame({"x": rng.normal(size=900), "day": pd.date_range("2024", periods=900)})
    new = pd.DataFrame({"x": rng.normal(1, size=300), "day": pd.date_range("2025", periods=300)})
    display = ColumnDistributionsDisplay(real, new).plot()
    for name in ("x", "day"):
        old_steps, new_steps = display.axes_[name].patches
        np.testing.assert_array_equal(old_steps.get_data().edges, new_steps.get_data().edges)
        assert old_steps.get_data().values.sum() == pytest.approx(1)
        assert new_steps.get_data().values.sum() == pytest.approx(1)
    edges, steps = display.axes_["x"].patches[1].get_data().edges, display.axes_["x"].patches[1]
    inner = ((new["x"] >= edges[3]) & (new["x"] < edges[4])).mean()
    assert steps.get_data().values[3] == pytest.approx(inner)


def test_bins_of_whole_numbers_hold_as_many_each():
    real = pd.DataFrame({"n": np.repeat(np.arange(50), 10)})
    display = ColumnDistributionsDisplay(real, real).plot()
    steps = display.axes_["n"].patches[0].get_data()
    assert set(np.diff(steps.edges)) == {3.0}
    np.testing.assert_allclose(steps.values[:16], 0.06)
    assert steps.values.sum() == pytest.approx(1)


def test_names_are_not_formulas_and_titles_are_the_users():
    table = pd.DataFrame({"$x_1": ["$", "a$b$"], "y": [1, 2]})
    display = ColumnDistributionsDisplay(table, table, {"y": "why"}).plot(n_cols=1, legend=False)
    display.figure_.canvas.draw()
    assert [ax.get_title() for ax in display.axes_.values()] == ["$x_1", "why"]
    assert not display.figure_.legends


def test_the_square_shows_the_differences_of_a_mixed_table():
    long_name = "a very long name of a column"
    real = pd.DataFrame({"a": [1.5, 2.5, 8.5, 9.5], long_name: list("xxyy")})
    # Half of the pairs of cells are those of the real rows.
    display = PairDifferencesDisplay(real, real.assign(**{long_name: list("xyxy")})).plot()
    shown = display.im_.get_array().filled(np.nan)
    np.testing.assert_array_equal(shown, [[np.nan, 0.5], [0.5, np.nan]])
    assert display.im_.get_clim() == (0, 0.5)
    assert display.ax_.get_yticklabels()[1].get_text() == "a very long name …"


def test_of_many_names_some_are_left_out():
    table = np.random.default_rng(0).normal(size=(5, 100))
    names = [
        tick.get_text()
        for tick in PairDifferencesDisplay(table, table).plot().ax_.get_xticklabels()
    ]
    assert names == [str(position) for position in range(0, 100, 3)]


def test_what_cannot_be_drawn_is_refused():
    table = pd.DataFrame({"a": [1]})
    with pytest.raises(ValueError, match=r"must have the columns \['a'\], got \['b'\]"):
        ColumnDistributionsDisplay(table, pd.DataFrame({"b": [1]}))
    with pytest.raises(ValueError, match="1 real and 0 synthetic"):
        ColumnDistributionsDisplay(table, table.iloc[:0])
    with pytest.raises(ValueError, match="at least one curve"):
        CalibrationCurvesDisplay({})
    with pytest.raises(ValueError, match=r"the same columns \['a'\], got \['b'\]"):
        PairDifferencesDisplay(table, pd.DataFrame({"b": [1]}))

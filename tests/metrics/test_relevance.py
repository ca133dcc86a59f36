"""Relevance by the box plot, and squared errors by the area under the curve that defines them."""

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy.integrate import trapezoid
from scipy.interpolate import PchipInterpolator

from vaesynth.metrics import BoxPlotRelevance, squared_error_relevance_area

Y = np.random.default_rng(0).lognormal(size=300)


def test_a_curve_between_the_points_is_the_monotone_cubic():
    relevance = BoxPlotRelevance(-2.0, 1.0, 5.0)
    values = np.linspace(-4, 8, 101)
    cubic = PchipInterpolator([-4, -2, 1, 5, 8], [1, 1, 0, 1, 1])
    assert_allclose(relevance(values), cubic(values), atol=1e-12)


def test_bounds_are_the_ends_of_the_whiskers_that_matplotlib_draws():
    from matplotlib.cbook import boxplot_stats

    (stats,) = boxplot_stats(np.r_[Y, -50])
    relevance = BoxPlotRelevance.of(np.r_[Y, -50])
    assert relevance == BoxPlotRelevance(stats["whislo"], stats["med"], stats["whishi"])


def test_a_side_without_outliers_does_not_matter():
    relevance = BoxPlotRelevance.of(Y)
    assert relevance.lower == -np.inf
    assert relevance([0.0]) == 0


def test_where_most_values_are_one_all_others_matter():
    assert BoxPlotRelevance.of([0, 0, 0, 0, 1, -3])([-3, 0, 1]).tolist() == [1, 0, 1]


def test_the_area_is_the_integral_over_thresholds():
    predicted = Y + np.random.default_rng(1).normal(size=300)
    phi = BoxPlotRelevance.of(Y)(Y)
    thresholds = np.linspace(0, 1, 20_001)
    curve = [((predicted - Y)[phi >= t] ** 2).sum() for t in thresholds]
    # A trapezium is wrong by at most half a step times the height of the jumps within it.
    error = 0.5 * 5e-5 * ((predicted - Y) ** 2).sum()
    assert_allclose(
        squared_error_relevance_area(Y, predicted), trapezoid(curve, thresholds), atol=error
    )


@pytest.mark.parametrize("relevance", [(None, 2.0), [0.3, None], lambda y: (y > 2) * 1.0])
def test_relevance_is_given_in_three_ways(relevance):
    assert squared_error_relevance_area(Y, Y + 2, relevance=relevance) > 0


def test_the_error_is_that_of_rare_rows_alone_where_relevance_is_a_step():
    predicted = Y * 1.5
    area = squared_error_relevance_area(Y, predicted, relevance=lambda y: (y > 2) * 1.0)
    assert_allclose(area, ((0.5 * Y[Y > 2]) ** 2).sum())


@pytest.mark.parametrize(
    ("relevance", "message"),
    [
        ("auto", "got none outside"),
        ((None, None), "one may be None"),
        ((1.0, 2.0, 3.0), "two bounds"),
        ((50.0, None), "must lie between the bounds"),
        (lambda y: y, "from 0 to 1, got 0 to 9"),
        (lambda y: 0.5, "one number for each value"),
    ],
)
def test_what_is_no_relevance_is_refused(relevance, message):
    with pytest.raises(ValueError, match=message):
        squared_error_relevance_area(np.arange(10.0), np.arange(10.0), relevance=relevance)


def test_missing_values_are_refused():
    with pytest.raises(ValueError, match="NaN"):
        squared_error_relevance_area([1.0, np.nan], [1.0, 1.0])

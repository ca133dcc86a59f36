"""The display of rate and distortion measures through the public methods of a compressor."""

import matplotlib as mpl
import numpy as np
import pytest

from vaesynth.plotting import RateDistortionDisplay

mpl.use("agg")
from matplotlib import pyplot


@pytest.fixture(autouse=True)
def _close_figures():
    yield
    pyplot.close("all")


class Halving:
    """Stand for X by its half at the first quality, by itself plus one at the second."""

    n_qualities_ = 2

    def compress(self, X, quality):
        return (X // 2 if quality == 0 else X + 1).tobytes()[: X.size] + bytes(quality * X.size)

    def decompress(self, stream):
        return np.frombuffer(stream[:64], np.uint8).reshape(4, 4, 4)


def test_rates_and_decibels_are_those_of_the_streams():
    X = np.full((4, 4, 4), 100, np.uint8)
    display = RateDistortionDisplay.from_estimator(Halving(), X)
    expected = [[8, 20 * np.log10(255 / 50)], [16, 20 * np.log10(255)]]
    np.testing.assert_allclose(display.curves["Halving"], expected)
    np.testing.assert_allclose(display.lines_[0].get_xydata(), expected)
    assert display.ax_.get_xlabel() == "bits per pixel"


def test_floats_have_a_peak_of_one():
    class Shift(Halving):
        n_qualities_ = 1

        def compress(self, *_):
            return bytes(8)

        def decompress(self, _):
            return np.full((4, 4, 4), 0.6)

    display = RateDistortionDisplay.from_estimator(Shift(), np.full((4, 4, 4), 0.5))
    np.testing.assert_allclose(display.curves["Shift"], [[1, 20]])


def test_other_curves_are_drawn_beside_on_given_axes():
    _, ax = pyplot.subplots()
    X = np.zeros((4, 4, 4), np.uint8)
    display = RateDistortionDisplay.from_estimator(
        Halving(), X, others={"JPEG": [(1, 20), (2, 25)]}, ax=ax
    )
    assert display.ax_ is ax
    labels = [text.get_text() for text in ax.get_legend().get_texts()]
    assert labels == ["Halving", "JPEG"]


def test_a_curve_of_another_shape_is_refused():
    with pytest.raises(ValueError, match=r"must have shape \(n_points, 2\), got \(3,\) for 'JPEG'"):
        RateDistortionDisplay({"JPEG": [1, 2, 3]})

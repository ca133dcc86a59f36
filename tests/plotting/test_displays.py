"""Displays draw what public methods give, on axes of the user's or their own."""

import sys

import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest
from matplotlib.colors import to_rgb

from vaesynth import CVAE, VAE, CVAESampler
from vaesynth.datasets import make_shapes
from vaesynth.plotting import (
    DenoisedImagesDisplay,
    GeneratedImagesDisplay,
    LatentMapDisplay,
    LatentTraversalDisplay,
    LossCurveDisplay,
    ReconstructionDisplay,
    ResamplerComparisonDisplay,
)

mpl.use("agg")
from matplotlib import pyplot

FAST = {
    "latent_dim": 3,
    "beta": 0.1,
    "max_iter": 80,
    "hidden_layer_sizes": (16,),
    "random_state": 0,
}


@pytest.fixture(autouse=True)
def _close_figures():
    yield
    pyplot.close("all")


@pytest.fixture(scope="module")
def shapes():
    images, factors = make_shapes(120, image_size=8, random_state=0)
    return images, np.array(["triangle", "disc", "arrow"])[factors[:, 0]]


@pytest.fixture(scope="module")
def vae(shapes):
    return VAE(**FAST).fit(shapes[0])


@pytest.fixture(scope="module")
def cvae(shapes):
    return CVAE(**{**FAST, "max_iter": 300}).fit(*shapes)


def test_generated_images_are_the_estimators_samples(vae):
    display = GeneratedImagesDisplay.from_estimator(vae, 6, random_state=1, n_cols=3)
    images = vae.sample(6, random_state=1)
    np.testing.assert_array_equal(display.images, images)
    drawn = display.im_.get_array()
    assert drawn.shape == (17, 26)
    np.testing.assert_array_equal(drawn[9:17, 9:17], images[4])
    assert display.im_.get_clim() == (0, 255)
    assert drawn.mask[8].all()


@pytest.mark.slow
def test_images_of_a_class_are_drawn(cvae):
    display = GeneratedImagesDisplay.from_estimator(cvae, 4, y="disc", random_state=1)
    np.testing.assert_array_equal(display.images, cvae.sample(4, y="disc", random_state=1))


def test_colour_images_keep_their_colours():
    images = np.zeros((2, 3, 4, 4))
    images[0, 0], images[1, 2] = 1, 0.5
    drawn = GeneratedImagesDisplay(images).plot().im_.get_array()
    assert drawn[0, 0].tolist() == [1, 0, 0]
    assert drawn[0, 5].tolist() == [0, 0, 0.5]
    assert drawn[0, 4].tolist() == [1, 1, 1]


def test_reconstructions_stand_below_their_originals(vae, shapes):
    axes = pyplot.subplots()[1]
    display = ReconstructionDisplay.from_estimator(vae, shapes[0][:5], ax=axes, cmap="viridis")
    drawn = display.im_.get_array()
    np.testing.assert_array_equal(drawn[:8, :8], shapes[0][0])
    np.testing.assert_array_equal(drawn[9:, 9:17], vae.reconstruct(shapes[0][:5])[1])
    assert display.ax_ is axes
    assert display.im_.get_cmap().name == "viridis"


def test_a_latent_map_has_a_colour_for_each_class(vae, shapes):
    images, labels = shapes
    encoded = vae.transform(images)
    display = LatentMapDisplay.from_estimator(vae, images, labels, latents=(2, 0), alpha=1)
    np.testing.assert_array_equal(display.points, encoded[:, [2, 0]])
    classes = [text.get_text() for text in display.ax_.get_legend().get_texts()]
    assert classes == ["arrow", "disc", "triangle"]
    offsets = [scatter.get_offsets() for scatter in display.scatters_]
    np.testing.assert_array_equal(offsets[1], encoded[labels == "disc"][:, [2, 0]])
    colours = {to_rgb(scatter.get_facecolor()[0]) for scatter in display.scatters_}
    assert len(colours) == 3
    assert display.ax_.get_xlabel() == "latent 2"


def test_a_latent_map_shows_the_latents_that_vary_most(vae, shapes):
    display = LatentMapDisplay.from_estimator(vae, shapes[0])
    least = int(vae.transform(shapes[0]).var(axis=0).argmin())
    assert set(display.latents) == {0, 1, 2} - {least}
    assert display.ax_.get_legend() is None


def test_twelve_classes_have_twelve_colours():
    points = np.zeros((12, 2))
    display = LatentMapDisplay(points, np.arange(12)).plot()
    assert len({tuple(scatter.get_facecolor()[0]) for scatter in display.scatters_}) == 12


def test_a_traversal_changes_one_latent_at_a_time(vae, cvae, shapes):
    display = LatentTraversalDisplay.from_estimator(
        vae, shapes[0][3], latents=[2, 0], values=[-1, 1]
    )
    start = vae.transform(shapes[0][3:4])
    changed = start.copy()
    changed[0, 0] = 1
    np.testing.assert_array_equal(display.images[3], vae.inverse_transform(changed)[0])
    assert [tick.get_text() for tick in display.ax_.get_yticklabels()] == ["2", "0"]
    assert [tick.get_text() for tick in display.ax_.get_xticklabels()] == ["-1", "1"]
    of_class = LatentTraversalDisplay.from_estimator(cvae, y="disc", values=[0])
    middle = cvae.inverse_transform(np.zeros((1, 3)), y=["disc"])[0]
    np.testing.assert_array_equal(of_class.images[2], middle)


def test_loss_curves_are_the_history(shapes):
    X = np.random.default_rng(0).normal(size=(60, 3))
    sampler = CVAESampler(
        model=CVAE(max_iter=6, early_stopping=True, n_iter_no_change=1), random_state=0
    )
    sampler.fit_resample(X, np.repeat([0, 1], [40, 20]))
    display = LossCurveDisplay.from_estimator(sampler)
    lines = {line.get_label(): line.get_ydata() for line in display.lines_}
    np.testing.assert_array_equal(
        lines["validation loss"], sampler.history_.terms["validation_loss"]
    )
    np.testing.assert_array_equal(lines["kl"], sampler.history_.terms["kl"])
    assert display.ax_.get_ylabel() == "nats per row"


def test_what_cannot_be_drawn_is_refused(vae, shapes):
    with pytest.raises(ValueError, match="must have shape"):
        GeneratedImagesDisplay(np.zeros((3, 4)))
    with pytest.raises(ValueError, match="one or three channels to be drawn, got 2"):
        GeneratedImagesDisplay(np.zeros((3, 2, 4, 4))).plot()
    with pytest.raises(ValueError, match="must have one shape"):
        ReconstructionDisplay(np.zeros((3, 4, 4)), np.zeros((2, 4, 4)))
    with pytest.raises(ValueError, match="two numbers from 0 to 2"):
        LatentMapDisplay.from_estimator(vae, shapes[0], latents=(0, 3))
    one = VAE(**{**FAST, "latent_dim": 1}).fit(shapes[0])
    with pytest.raises(ValueError, match="at least two latents, got 1"):
        LatentMapDisplay.from_estimator(one, shapes[0])
    with pytest.raises(ValueError, match="must have shape"):
        LatentMapDisplay(np.zeros(3))
    with pytest.raises(ValueError, match="a label for each of 3 points, got 2"):
        LatentMapDisplay(np.zeros((3, 2)), [0, 1])
    with pytest.raises(ValueError, match="an image for each of 2 latents and 2 values, got 3"):
        LatentTraversalDisplay(np.zeros((3, 4, 4)), [0, 1], [-1, 1])


def test_without_matplotlib_the_extra_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib.pyplot", None)
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    with pytest.raises(ImportError, match=r"vaesynth\[plot\]"):
        GeneratedImagesDisplay(np.zeros((3, 4, 4))).plot()


def test_intervals_of_a_comparison_are_drawn_where_they_are():
    columns = ["classifier", "sampler", "metric", "difference", "lower", "upper"]
    rows = [
        ["tree", "SMOTE", "f1", 0.05, 0.01, 0.08],
        ["tree", "random", "f1", -0.02, -0.06, 0.02],
        ["linear", "SMOTE", "f1", 0.0, -0.01, 0.03],
        ["linear", "SMOTE", "brier", 0.5, 0.4, 0.6],
    ]
    differences = pd.DataFrame(rows, columns=columns)
    display = ResamplerComparisonDisplay.from_differences(differences, "f1")
    assert [text.get_text() for text in display.ax_.get_yticklabels()] == ["SMOTE", "random"]
    assert [text.get_text() for text in display.ax_.get_legend().get_texts()] == ["tree", "linear"]
    segments = display.intervals_[0].lines[2][0].get_segments()
    np.testing.assert_allclose(
        [segment[:, 0] for segment in segments], [[0.01, 0.08], [-0.06, 0.02]]
    )
    axes = pyplot.subplots()[1]
    assert display.plot(ax=axes).ax_ is axes
    with pytest.raises(ValueError, match="`metric` must be one of"):
        ResamplerComparisonDisplay.from_differences(differences, "recall")
    with pytest.raises(ValueError, match=r"lacks \['upper'\]"):
        ResamplerComparisonDisplay.from_differences(differences.drop(columns="upper"), "f1")


class Halving:
    """A denoiser whose result is known."""

    def transform(self, X):
        return X / 2


def test_denoised_images_stand_below_the_noisy_ones():
    noisy, clean = np.full((3, 4, 5), 1.5), np.eye(4, 5)[None].repeat(3, axis=0)
    display = DenoisedImagesDisplay.from_estimator(Halving(), noisy, clean)
    drawn = display.im_.get_array()
    assert drawn.shape == (14, 17)
    assert (drawn[:4, :5] == 1.5).all()
    assert (drawn[5:9, :5] == 0.75).all()
    np.testing.assert_array_equal(drawn[10:, 12:], clean[2])
    assert display.im_.get_clim() == (0, 1)
    labels = [label.get_text() for label in display.ax_.get_yticklabels()]
    assert labels == ["noisy", "denoised", "clean"]
    assert display.ax_.get_yticks().tolist() == [2, 7, 12]
    without = DenoisedImagesDisplay(noisy, noisy / 2).plot()
    assert without.im_.get_array().shape == (9, 17)


def test_noisy_and_denoised_images_have_one_shape():
    with pytest.raises(ValueError, match="all images must have the shape of the noisy ones"):
        DenoisedImagesDisplay(np.zeros((2, 4, 4)), np.zeros((2, 4, 4)), np.zeros((2, 4, 5)))

"""Every page of the gallery runs, on fewer images than it shows."""

import runpy
from pathlib import Path

import matplotlib as mpl
import numpy as np
import pytest
from sklearn.utils import Bunch

from vaesynth import datasets
from vaesynth.estimators import _defaults

mpl.use("agg")
from matplotlib import pyplot

PAGES = sorted((Path(__file__).parents[1] / "docs" / "gallery").glob("plot_*.py"))


@pytest.fixture
def few_images(monkeypatch):
    def fetch(subset="train"):
        # Shapes in the size and with the labels of the clothes, so that the pages run without a download.
        images, factors = datasets.make_shapes(600, random_state=len(subset))
        names = np.array(["Ankle boot", "Bag", "Coat"])
        return Bunch(images=images, target=names[factors[:, 0]])

    monkeypatch.setattr(datasets, "fetch_fashion_mnist", fetch)
    monkeypatch.setattr(_defaults, "IMAGE_STEPS", 50)


@pytest.mark.usefixtures("few_images")
@pytest.mark.filterwarnings("ignore::vaesynth.PosteriorCollapseWarning")
@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_a_page_runs_and_draws(page):
    runpy.run_path(str(page))
    assert len(pyplot.get_fignums()) >= 1
    pyplot.close("all")

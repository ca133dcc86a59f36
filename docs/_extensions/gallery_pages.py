"""Which pages of the gallery are executed, and in which order they stand."""

import re
import warnings
from contextlib import ExitStack
from pathlib import Path

from sphinx.errors import ExtensionError
from sphinx.util import logging

GALLERY = Path(__file__).parents[1] / "gallery"
PICTURES = GALLERY.parent / "examples" / "images"
FASHION_MNIST = Path("/usr/share/datasets/fashion-mnist")
ORDER = (
    "fraud",
    "pipeline",
    "mixed_types",
    "multiclass",
    "report",
    "latent_map",
    "vqvae",
    "fashion_mnist_vae",
)

WARNING_FILTERS = ExitStack()


def needs_images(page: Path) -> bool:
    """Tell whether a page reads Fashion-MNIST."""
    return "fetch_fashion_mnist" in page.read_text(encoding="utf-8")


def pages_to_execute() -> str:
    """Give the pattern of the pages that can run here: without the images, those that need them are shown as text."""
    pages = sorted(GALLERY.glob("plot_*.py"))
    if not FASHION_MNIST.exists():
        missing = [page.name for page in pages if needs_images(page)]
        logging.getLogger(__name__).info(
            "Fashion-MNIST is not installed (make data): %s not run", ", ".join(missing)
        )
        pages = [page for page in pages if not needs_images(page)]
    return "|".join(re.escape(f"{page.name}") for page in pages)


EXECUTED_PAGES = pages_to_execute()


def page_order(file_name: str) -> tuple[int, str]:
    """Give the place of a page: as in `ORDER`, others after those by name."""
    topic = file_name.removeprefix("plot_").removesuffix(".py")
    return (ORDER.index(topic) if topic in ORDER else len(ORDER), topic)


def start_and_end_page(gallery_conf: dict, file_name: str, when: str) -> None:
    """Give every page the same look; a warning in it, or no picture, ends the build."""
    import matplotlib as mpl

    from vaesynth import PosteriorCollapseWarning

    WARNING_FILTERS.close()
    if when == "before":
        style = {"figure.dpi": 100, "savefig.bbox": "tight", "figure.autolayout": False}
        mpl.rcParams.update(style)
        WARNING_FILTERS.enter_context(warnings.catch_warnings(action="error"))
        # Pages about models that learn nothing show this one.
        warnings.simplefilter("default", PosteriorCollapseWarning)
    elif not PICTURES.joinpath(f"sphx_glr_{Path(file_name).stem}_001.png").exists():
        raise ExtensionError(f"{file_name} must draw a picture")

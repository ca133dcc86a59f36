"""Which pages of the gallery are executed, and in which order they stand."""

import re
from pathlib import Path

from sphinx.util import logging

GALLERY = Path(__file__).parents[1] / "gallery"
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


def needs_images(page: Path) -> bool:
    """Tell whether a page reads Fashion-MNIST."""
    return "fetch_fashion_mnist" in page.read_text()


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


def reset_style(gallery_conf: dict, file_name: str) -> None:
    """Give every page the same look."""
    import matplotlib as mpl

    mpl.rcParams.update({"figure.dpi": 100, "savefig.bbox": "tight", "figure.autolayout": False})

"""Pictures inside the page: each drawn once and kept in the smaller of two formats."""

from __future__ import annotations

import warnings
from base64 import b64encode
from dataclasses import dataclass
from io import BytesIO
from typing import Any

from vaesynth._optional import import_optional

DOTS_PER_INCH = 130
STYLE = {
    "font.size": 9,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.titlesize": 9,
    "svg.fonttype": "none",
    "svg.hashsalt": "vaesynth",
}


@dataclass(frozen=True)
class Picture:
    """A picture as the page needs it.

    Parameters
    ----------
    source : str
        The picture itself as a ``data:`` address.
    alt : str
        What it shows, for those who do not see it.
    caption : str
        What to look for.
    width, height : int
        Size in the page's pixels.
    """

    source: str
    alt: str
    caption: str
    width: int
    height: int


class Canvas:
    """An empty figure to draw on, which becomes a picture.

    Parameters
    ----------
    width, height : float
        In inches.

    Examples
    --------
    >>> canvas = Canvas(3, 2)
    >>> with canvas as figure:
    ...     _ = figure.subplots().plot([0, 1])
    >>> canvas.picture("a rising line", "How steep it is.").width
    288
    """

    def __init__(self, width: float, height: float) -> None:
        self._matplotlib = import_optional("matplotlib", "report")
        figures = import_optional("matplotlib.figure", "report")
        self._style = self._matplotlib.rc_context(STYLE)
        self.figure = figures.Figure(figsize=(width, height), layout="constrained")

    def __enter__(self) -> Any:
        self._style.__enter__()
        return self.figure

    def __exit__(self, *error: Any) -> None:
        self._style.__exit__(*error)

    def picture(self, alt: str, caption: str) -> Picture:
        """Return what was drawn as the smaller of an SVG and a PNG."""
        vector, raster = (
            self._save("svg", metadata={"Date": None}),
            self._save("png", dpi=DOTS_PER_INCH),
        )
        kind, data = ("svg+xml", vector) if len(vector) <= len(raster) else ("png", raster)
        width, height = self.figure.get_size_inches() * 96
        source = f"data:image/{kind};base64,{b64encode(data).decode()}"
        return Picture(source, alt, caption, round(width), round(height))

    def _save(self, file_format: str, **options: Any) -> bytes:
        buffer = BytesIO()
        with self._matplotlib.rc_context(STYLE), warnings.catch_warnings():
            # In an SVG the browser's own fonts draw the letters, which know more scripts than matplotlib's.
            warnings.filterwarnings("ignore", message="Glyph .* missing from")
            self.figure.savefig(buffer, format=file_format, **options)
        return buffer.getvalue()

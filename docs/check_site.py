"""Check the built site as it lies: every link inside it leads somewhere, and no page needs the network.

python docs/check_site.py docs/_build/html
"""

import sys
from collections.abc import Iterator
from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

LOADED = {("script", "src"), ("img", "src"), ("link", "href"), ("iframe", "src")}
# These say where a page would be, and load nothing.
NOT_LOADED = {"canonical", "author", "search", "index", "next", "prev"}


class Page(HTMLParser):
    """The links and the anchors of one page."""

    def __init__(self, file: Path) -> None:
        super().__init__()
        self.anchors: set[str] = set()
        self.links: list[tuple[str, bool]] = []
        self.feed(file.read_text(encoding="utf-8"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note what a tag links to, and its name."""
        found = {key: value for key, value in attrs if value}
        self.anchors.update(found[key] for key in ("id", "name") if key in found)
        loads = found.get("rel") not in NOT_LOADED
        for key in ("href", "src"):
            if key in found:
                self.links.append((found[key], (tag, key) in LOADED and loads))


@cache
def read(file: Path) -> Page:
    """Read a page once."""
    return Page(file)


def lacks(file: Path, anchor: str) -> bool:
    """Tell whether a page lacks an anchor."""
    return bool(anchor) and anchor not in read(file).anchors


def faults(file: Path) -> Iterator[str]:
    """Find the links of a page that lead nowhere, and what it loads from elsewhere."""
    for link, is_loaded in read(file).links:
        parts = urlsplit(link)
        if parts.scheme in ("http", "https") or link.startswith("//"):
            if is_loaded:
                yield f"loads {link}"
        elif not parts.scheme:
            target = (file.parent / unquote(parts.path)).resolve() if parts.path else file
            if not target.exists():
                yield f"links to {link}, which is not there"
            elif target.suffix == ".html" and lacks(target, unquote(parts.fragment)):
                yield f"links to {link}, which has no such place"


def main(folder: str) -> int:
    """Print every fault of a site and say whether there are any."""
    site = Path(folder).resolve()
    pages = sorted(page for page in site.rglob("*.html") if "_static" not in page.parts)
    found = [f"{page.name}: {fault}" for page in pages for fault in faults(page)]
    print("\n".join(found) or f"{len(pages)} pages, no broken link")
    return int(bool(found) or not pages)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))

"""Links of pages that are read in the repository too, turned to what stands for their targets on the site."""

import re
from pathlib import Path

from sphinx.application import Sphinx

LINK = re.compile(
    r"(?<!!)\[(?P<text>[^\]\n]*)\]\((?P<target>(?!https?:|#)[^)#\s]+)(?P<anchor>#[^)\s]*)?\)"
)
# Files of the repository that a page of the site includes.
PAGES = {
    "README.md": "index",
    "CHANGELOG.md": "changelog",
    "CONTRIBUTING.md": "contributing/index",
    "CODE_OF_CONDUCT.md": "contributing/conduct",
    "benchmarks/README.md": "benchmarks/commands",
}


def retarget(text: str, folder: Path, source: Path) -> str:
    """Turn the links of a text that stands in `folder`: to included files, to gallery pages, or, else, to no link."""
    root = source.parent

    def turn(link: re.Match) -> str:
        target = (folder / link["target"]).resolve()
        anchor = link["anchor"] or ""
        if not target.is_relative_to(root):
            return link[0]
        name = target.relative_to(root).as_posix()
        if name in PAGES:
            return f"[{link['text']}](/{PAGES[name]}.md{anchor})"
        if name.startswith("docs/gallery/"):
            return f"[{link['text']}](/examples/{target.stem}.rst)"
        if target.is_relative_to(source):
            return f"[{link['text']}](/{target.relative_to(source).as_posix()}{anchor})"
        return link["text"]

    return LINK.sub(turn, text)


def turn_page(app: Sphinx, docname: str, content: list[str]) -> None:
    """Turn the links of a Markdown page."""
    if app.env.doc2path(docname).suffix == ".md":
        folder = Path(app.srcdir, docname).parent
        content[0] = retarget(content[0], folder, Path(app.srcdir))


def turn_included(
    app: Sphinx, relative_path: Path, parent_docname: str, content: list[str]
) -> None:
    """Turn the links of a file that a page includes."""
    folder = Path(app.srcdir, relative_path).resolve().parent
    content[0] = retarget(content[0], folder, Path(app.srcdir))


def setup(app: Sphinx) -> dict[str, bool]:
    """Register with Sphinx."""
    app.connect("source-read", turn_page)
    app.connect("include-read", turn_included)
    return {"parallel_read_safe": True}

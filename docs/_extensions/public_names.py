"""The reference: a page for each room of the package, written from what it publishes, and links to its names."""

import ast
import importlib
import inspect
import re
from collections.abc import Iterable
from functools import cache
from pathlib import Path

from docutils import nodes
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.transforms import SphinxTransform

import vaesynth

PACKAGE = Path(vaesynth.__file__).parent
# What most readers come for, in their order; the rooms that are not named here are what these are built from.
FIRST = (
    "over_sampling",
    "estimators",
    "model_selection",
    "applications",
    "streaming",
    "distributed",
    "metrics",
    "plotting",
    "report",
    "datasets",
    "saving",
)
WARNINGS = ("ColumnWarning", "CopyWarning", "PosteriorCollapseWarning", "SingleRowWarning")


@cache
def public_names() -> dict[str, list[str]]:
    """List the names that each room with public names has, read from the files without importing them."""
    names = {}
    for file in sorted(PACKAGE.glob("*/__init__.py")):
        for node in ast.parse(file.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "__all__":
                names[file.parent.name] = ast.literal_eval(node.value)
    return names


def path_of(room: str, name: str) -> str:
    """Give the path under which a name is documented: the shortest that a user can import."""
    return f"vaesynth.{name}" if name in vaesynth.__all__ else f"vaesynth.{room}.{name}"


def documented(room: str) -> list[str]:
    """List the names of a room that have a page: all but plain constants."""
    module = importlib.import_module(f"vaesynth.{room}")
    return [
        name
        for name in public_names()[room]
        if inspect.isclass(getattr(module, name)) or inspect.isroutine(getattr(module, name))
    ]


def summary_of(room: str) -> str:
    """Give the first line of a room's docstring."""
    return (
        ast.get_docstring(ast.parse((PACKAGE / room / "__init__.py").read_text(encoding="utf-8")))
        or ""
    ).split("\n")[0]


def rooms() -> tuple[list[str], list[str]]:
    """List the rooms that most readers come for, and the others."""
    found = public_names()
    return [room for room in FIRST if room in found], [room for room in found if room not in FIRST]


def page(title: str, summary: str, paths: Iterable[str], end: str = "") -> str:
    """Write a page that lists names and leads to a page for each."""
    entries = "\n".join(f"   ~{path}" for path in paths)
    return (
        f"{title}\n{'=' * len(title)}\n\n{summary}\n\n"
        f".. autosummary::\n   :toctree: names\n   :nosignatures:\n\n{entries}\n{end}"
    )


def room_page(room: str) -> str:
    """Write the page of a room."""
    title = f"vaesynth.{room}"
    paths = [path_of(room, name) for name in documented(room)]
    return page(title, summary_of(room), paths, f"\n.. py:module:: {title}\n   :no-index-entry:\n")


def index_page() -> str:
    """Write the page that leads to the rooms."""
    first, others = rooms()
    parts = [
        "Reference\n=========\n\nEvery public name, by the room that it lives in. Names that one meets first can also "
        "be imported from ``vaesynth`` itself, and are documented there. Each has an example that the tests run.\n"
    ]
    for caption, chosen in (
        ("What users call", [*first, "warnings"]),
        ("What it is built from", others),
    ):
        entries = "\n".join(f"   {room}" for room in chosen)
        parts.append(
            f"{caption}\n{'-' * len(caption)}\n\n.. toctree::\n   :maxdepth: 2\n\n{entries}\n"
        )
    return "\n".join(parts)


def write_pages(app: Sphinx, config: object) -> None:
    """Write the pages of the reference, where their text has changed."""
    folder = Path(app.srcdir) / "reference"
    folder.mkdir(exist_ok=True)
    pages = {room: room_page(room) for part in rooms() for room in part}
    warnings = page(
        "Warnings", "What the package warns of.", (f"vaesynth.{name}" for name in WARNINGS)
    )
    for name, text in {**pages, "warnings": warnings, "index": index_page()}.items():
        write_if_changed(folder / f"{name}.rst", text)


def write_if_changed(file: Path, text: str) -> None:
    """Write a file that does not hold the text yet: Sphinx reads again what is newer than its last build."""
    if not file.exists() or file.read_text(encoding="utf-8") != text:
        file.write_text(text, encoding="utf-8")


@cache
def paths_by_name() -> dict[str, str]:
    """Give the documented path of every public name, and of it with its room."""
    paths = {}
    for room in (room for part in rooms() for room in part):
        for name in documented(room):
            paths[name] = paths[f"vaesynth.{name}"] = path_of(room, name)
            paths[f"vaesynth.{room}.{name}"] = path_of(room, name)
    return paths


class LinkPublicNames(SphinxTransform):
    """Make a link of every public name that stands alone in literal text."""

    default_priority = 400
    name = re.compile(r"[\w.]+")

    def apply(self, **kwargs: object) -> None:
        """Replace the literals of one document."""
        for literal in list(self.document.findall(nodes.literal)):
            text = literal.astext()
            path = paths_by_name().get(text.removesuffix("()"))
            if path is None or self.stands_in_a_link(literal):
                continue
            reference = addnodes.pending_xref(
                "", refdomain="py", reftype="obj", reftarget=path, refexplicit=True, refwarn=True
            )
            reference["refdoc"] = self.env.docname
            literal.replace_self(reference)
            reference += literal

    @staticmethod
    def stands_in_a_link(node: nodes.Node) -> bool:
        """Tell whether a node is part of a link or a title already."""
        while node is not None:
            if isinstance(node, (nodes.reference, addnodes.pending_xref, nodes.title)):
                return True
            node = node.parent
        return False


@cache
def defined_names() -> set[str]:
    """Collect the names of all functions and classes of the package, private files included."""
    found = set()
    for file in PACKAGE.rglob("*.py"):
        found.update(
            re.findall(r"^\s*(?:def|class) (\w+)", file.read_text(encoding="utf-8"), re.MULTILINE)
        )
    return found


def find_short_name(app: Sphinx, env: object, node: nodes.Element, child: nodes.Node) -> object:
    """Resolve a reference that names a class or a member of the class without the module, as docstrings do.

    What the package defines but does not publish is shown without a link; what it does not even define is an error.
    """
    target = node.get("reftarget", "").removeprefix("vaesynth.")
    first, _, rest = target.partition(".")
    owner = paths_by_name().get((node.get("py:class") or "").split(".")[-1], "")
    path = paths_by_name().get(first, "")
    candidates = (f"{path}.{rest}", path, f"{owner}.{target}")
    domain = env.get_domain("py")
    for candidate in candidates:
        if candidate in domain.objects:
            found = domain.objects[candidate]
            return nodes.reference(
                "",
                "",
                child,
                internal=True,
                refuri=app.builder.get_relative_uri(node["refdoc"], found.docname)
                + f"#{found.node_id}",
            )
    return child if target.split(".")[-1] in defined_names() else None


def setup(app: Sphinx) -> dict[str, bool]:
    """Register with Sphinx."""
    app.connect("config-inited", write_pages)  # before Sphinx looks for pages
    app.add_transform(LinkPublicNames)
    app.connect("missing-reference", find_short_name)
    return {"parallel_read_safe": True}

"""Docstrings as reStructuredText takes them."""

import re

from sphinx.application import Sphinx

# A word that ends in an underscore, as fitted attributes do, is the name of a link to reStructuredText.
FITTED = re.compile(r"(?<![`\w.])([A-Za-z]\w*)_(?![`\w])")


def escape_fitted_names(
    app: Sphinx, what: str, name: str, obj: object, options: object, lines: list[str]
) -> None:
    """Escape the trailing underscore of fitted attributes outside code."""
    for number, line in enumerate(lines):
        if not line.lstrip().startswith((">>>", "...")) and "``" not in line:
            lines[number] = FITTED.sub(r"\1\\_", line)


def skip_foreign_members(
    app: Sphinx, what: str, name: str, obj: object, skip: bool, options: object
) -> bool | None:
    """Leave out the methods that other packages give a class: their own pages explain them."""
    module = getattr(obj, "__module__", None) or "vaesynth"
    foreign = not module.startswith("vaesynth") and callable(obj)
    return True if foreign or name.endswith("_request") else None


def setup(app: Sphinx) -> dict[str, bool]:
    """Register with Sphinx."""
    app.connect("autodoc-process-docstring", escape_fitted_names, priority=900)
    app.connect("autodoc-skip-member", skip_foreign_members)
    return {"parallel_read_safe": True}

"""The code of Markdown pages, run while the site is built; what it prints and draws is set below it."""

import re
import warnings
from contextlib import chdir, redirect_stdout
from io import StringIO
from pathlib import Path
from tempfile import TemporaryDirectory

from docutils import nodes
from matplotlib import pyplot
from sphinx.application import Sphinx
from sphinx.errors import ExtensionError
from sphinx.transforms import SphinxTransform

FENCE = re.compile(r"^```python$", flags=re.MULTILINE)


class RunPage(SphinxTransform):
    """Run the Python blocks of a Markdown page from top to bottom as one script."""

    default_priority = 390

    def apply(self, **kwargs: object) -> None:
        """Run the blocks of one page and set what they draw below them."""
        docname = self.env.docname
        if self.env.doc2path(docname).suffix != ".md":
            return
        namespace = {"__name__": "__main__"}
        blocks = self.python_blocks()
        n_written = len(FENCE.findall(Path(self.env.doc2path(docname)).read_text(encoding="utf-8")))
        if len(blocks) < n_written:
            raise ExtensionError(f"{docname} must run {n_written} blocks, found {len(blocks)}")
        pyplot.close("all")
        with TemporaryDirectory() as folder, chdir(folder):
            for number, block in enumerate(blocks):
                printed = self.run(block.astext(), namespace)
                place = self.show_text(block, printed) if printed else block
                self.show_figures(place, f"{docname.replace('/', '-')}-{number}")

    def python_blocks(self) -> list[nodes.literal_block]:
        """List the blocks that the page marks as Python."""
        blocks = self.document.findall(nodes.literal_block)
        return [block for block in blocks if block.get("language") == "python"]

    def run(self, code: str, namespace: dict) -> str:
        """Run one block and give what it prints; a block that fails or warns ends the build."""
        printed = StringIO()
        try:
            with redirect_stdout(printed), warnings.catch_warnings(action="error"):
                exec(compile(code, self.env.docname, "exec"), namespace)
        except Exception as error:
            raise ExtensionError(f"code of {self.env.docname} fails:\n{code}\n{error!r}") from error
        return printed.getvalue().rstrip()

    def show_text(self, block: nodes.literal_block, printed: str) -> nodes.literal_block:
        """Put what a block has printed after it."""
        output = nodes.literal_block(printed, printed, language="text", classes=["output"])
        block.parent.insert(block.parent.index(block) + 1, output)
        return output

    def show_figures(self, place: nodes.literal_block, name: str) -> None:
        """Save the open figures and put them after a block."""
        for index, figure in enumerate(map(pyplot.figure, pyplot.get_fignums())):
            file = Path(self.app.srcdir, "drawn", f"{name}-{index}.png")
            file.parent.mkdir(exist_ok=True)
            figure.savefig(file, dpi=110, bbox_inches="tight")
            image = nodes.image(uri=f"/drawn/{file.name}", alt="What the code above draws")
            place.parent.insert(place.parent.index(place) + 1, image)
            place = image
        pyplot.close("all")


def setup(app: Sphinx) -> dict[str, bool]:
    """Register with Sphinx."""
    app.add_transform(RunPage)
    return {"parallel_read_safe": True}

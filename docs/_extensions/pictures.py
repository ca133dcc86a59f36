"""The code of Markdown pages, run while the site is built, and the pictures that it draws, set below it."""

from contextlib import chdir
from pathlib import Path
from tempfile import TemporaryDirectory

from docutils import nodes
from matplotlib import pyplot
from sphinx.application import Sphinx
from sphinx.errors import ExtensionError
from sphinx.transforms import SphinxTransform


class RunPage(SphinxTransform):
    """Run the Python blocks of a Markdown page from top to bottom as one script."""

    default_priority = 390

    def apply(self, **kwargs: object) -> None:
        """Run the blocks of one page and set what they draw below them."""
        docname = self.env.docname
        if self.env.doc2path(docname).suffix != ".md":
            return
        namespace = {"__name__": "__main__"}
        pyplot.close("all")
        with TemporaryDirectory() as folder, chdir(folder):
            for number, block in enumerate(self.python_blocks()):
                self.run(block.astext(), namespace)
                self.show_figures(block, f"{docname.replace('/', '-')}-{number}")

    def python_blocks(self) -> list[nodes.literal_block]:
        """List the blocks that the page marks as Python."""
        blocks = self.document.findall(nodes.literal_block)
        return [block for block in blocks if block.get("language") == "python"]

    def run(self, code: str, namespace: dict) -> None:
        """Run one block; a build with a block that fails is no site."""
        try:
            exec(compile(code, self.env.docname, "exec"), namespace)
        except Exception as error:
            raise ExtensionError(f"code of {self.env.docname} fails:\n{code}\n{error!r}") from error

    def show_figures(self, block: nodes.literal_block, name: str) -> None:
        """Save the open figures and put them after a block."""
        place = block
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

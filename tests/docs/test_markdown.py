"""Every page of the documentation runs as it stands, its blocks one after the other as one script."""

import re
from pathlib import Path

import matplotlib as mpl
import pytest

mpl.use("agg")
from matplotlib import pyplot

DOCS = Path(__file__).parents[2] / "docs"
BLOCK = re.compile(r"^```python\n(.*?)^```$", flags=re.DOTALL | re.MULTILINE)
GENERATED = ("_build", "examples", "reference")
PAGES = {
    page.relative_to(DOCS).as_posix(): BLOCK.findall(page.read_text())
    for page in sorted(DOCS.rglob("*.md"))
    if page.relative_to(DOCS).parts[0] not in GENERATED
}
WITH_CODE = [name for name, blocks in PAGES.items() if blocks]


def test_there_are_pages_with_code():
    assert {"start.md", "guide/how_it_works.md", "guide/when_not.md"} <= set(WITH_CODE)


@pytest.mark.parametrize("name", WITH_CODE)
def test_a_page_runs_from_top_to_bottom(name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    namespace = {"__name__": "__main__"}
    for number, block in enumerate(PAGES[name], start=1):
        exec(compile(block, f"{name}, block {number}", "exec"), namespace)
    pyplot.close("all")

"""The page of the guide on clusters runs from top to bottom, on the Ray of the tests."""

import re
from pathlib import Path

import pandas as pd
import pytest

PAGE = Path(__file__).parents[2] / "docs" / "guide" / "cluster.md"
# Marked ``py`` and not ``python``, by which the pages are found that need nothing but a Python.
BLOCKS = re.findall(
    r"^```py\n(.*?)^```$", PAGE.read_text(encoding="utf-8"), flags=re.DOTALL | re.MULTILINE
)


@pytest.mark.slow
@pytest.mark.xdist_group("ray")
@pytest.mark.usefixtures("cluster")
def test_the_page_runs(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    namespace = {}
    for number, block in enumerate(BLOCKS, start=1):
        exec(compile(block, f"{PAGE.name}, block {number}", "exec"), namespace)
    drawn = pd.read_parquet("frauds")
    assert drawn.columns.tolist() == ["amount", "country", "hour", "fraud"]
    assert drawn["fraud"].tolist() == ["yes"] * 4_000

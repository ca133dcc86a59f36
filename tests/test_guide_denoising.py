"""The guide to denoising and imputation runs from top to bottom."""

import re
from pathlib import Path

PAGE = Path(__file__).parent.parent / "docs" / "guide" / "denoising.md"


def test_the_page_runs():
    blocks = re.findall(r"^```python\n(.*?)^```$", PAGE.read_text(), re.DOTALL | re.MULTILINE)
    namespace = {}
    for block in blocks:
        exec(compile(block, PAGE.name, "exec"), namespace)
    assert len(namespace["tables"]) == 10

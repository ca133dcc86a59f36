"""The README says what is so: its code runs, its links lead to files that exist."""

import re
from pathlib import Path

import pandas as pd
import pytest
from sklearn.datasets import make_classification

from vaesynth import CVAESampler

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```python\n(.*?)^```$", README, flags=re.DOTALL | re.MULTILINE)
LOCAL_FILES = re.findall(r"\]\((?!https?:|#)([^)]+)\)", README)


@pytest.fixture(scope="module")
def table():
    X, y = make_classification(
        120, n_features=4, n_redundant=0, weights=[0.8], flip_y=0, random_state=0
    )
    return pd.DataFrame(X, columns=["age", "income", "visits", "score"]), pd.Series(y)


def test_the_first_lines_run_on_their_own():
    namespace = {}
    exec(compile(BLOCKS[0], "README.md", "exec"), namespace)
    X, X_res = namespace["X"], namespace["X_res"]
    pd.testing.assert_frame_equal(X_res.iloc[: len(X)], X)
    assert X_res.dtypes.equals(X.dtypes)
    assert namespace["y_res"].value_counts().nunique() == 1


@pytest.mark.slow
def test_the_other_blocks_run_on_any_table(table, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    namespace = {"CVAESampler": CVAESampler, **dict(zip(("X", "y"), table, strict=True))}
    assert BLOCKS[1:]
    for block in BLOCKS[1:]:
        exec(compile(block, "README.md", "exec"), namespace)


@pytest.mark.parametrize("name", LOCAL_FILES)
def test_links_lead_to_files(name):
    assert (ROOT / name).is_file()

"""The README says what is so: its code runs, its links lead to files that exist."""

import re
from pathlib import Path

import pandas as pd
import pytest
from sklearn.datasets import make_classification

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text()
BLOCKS = re.findall(r"^```python\n(.*?)^```$", README, flags=re.DOTALL | re.MULTILINE)
LOCAL_FILES = re.findall(r"\]\((?!https?:|#)([^)]+)\)", README)


@pytest.fixture(scope="module")
def table():
    X, y = make_classification(
        120, n_features=4, n_redundant=0, weights=[0.8], flip_y=0, random_state=0
    )
    return pd.DataFrame(X, columns=["age", "income", "visits", "score"]), pd.Series(y)


def test_every_code_block_runs(table, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    namespace = dict(zip(("X", "y"), table, strict=True))
    assert BLOCKS
    for block in BLOCKS:
        exec(compile(block, "README.md", "exec"), namespace)
    X = table[0]
    X_res, y_res = namespace["X_res"], namespace["y_res"]
    pd.testing.assert_frame_equal(X_res.iloc[: len(X)], X)
    assert X_res.dtypes.equals(X.dtypes)
    assert y_res.value_counts().nunique() == 1


@pytest.mark.parametrize("name", LOCAL_FILES)
def test_links_lead_to_files(name):
    assert (ROOT / name).is_file()

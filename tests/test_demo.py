"""The demonstration's parts, with quick samplers and few rows."""

import numpy as np
import pandas as pd
import pytest
from imblearn.over_sampling import SMOTE, RandomOverSampler
from sklearn.neighbors import KNeighborsClassifier

from vaesynth import demo


@pytest.fixture(scope="module")
def eights():
    return demo.load_eights()


def test_the_data(eights):
    X, y = eights
    assert X.shape == (1797, 64)
    assert set(X.dtypes) == {np.dtype("int64")}
    assert (X.min().min(), X.max().max()) == (0, 16)
    assert y.value_counts().to_dict() == {"other": 1623, "eight": 174}


def test_the_comparison_has_a_row_for_each_pair(eights):
    X, y = (part.iloc[:400] for part in eights)
    samplers = {"none": None, "random": RandomOverSampler(random_state=0)}
    table = demo.compare(X, y, samplers, {"nearest": KNeighborsClassifier(1)}, n_folds=2)
    assert list(table.index) == [("nearest", "none"), ("nearest", "random")]
    assert list(table.columns) == list(demo.METRICS)
    # Copies of rows change nothing for a single nearest neighbour.
    assert table.iloc[0].tolist() == table.iloc[1].tolist()


def test_copies_and_new_rows_are_told_apart(eights):
    X, y = eights
    report = demo.describe_rows(X, y, *RandomOverSampler(random_state=0).fit_resample(X, y))
    assert "1449 of 1449 new rows are copies of a real one" in report
    assert "column types kept: 64 of int64" in report
    made_up = X.iloc[:1].astype("float64") + 0.5
    report = demo.describe_rows(X, y, pd.concat([X, made_up]), pd.concat([y, y.iloc[:1]]))
    assert "0 of 1 new rows are copies" in report
    assert "column types CHANGED" in report


def test_the_picture_is_saved(eights, tmp_path):
    X, y = eights
    X_new, _ = SMOTE(random_state=0).fit_resample(X, y)
    path = tmp_path / "made" / "digits.png"
    assert demo.save_picture(X, y, X_new.iloc[len(X) :], path) == f"picture saved as {path}"
    assert path.read_bytes().startswith(b"\x89PNG")


def test_without_matplotlib_one_line_says_so(eights, tmp_path, monkeypatch):
    def missing(module, extra):
        raise ImportError(f"{module} is missing, see {extra}")

    monkeypatch.setattr(demo, "import_optional", missing)
    said = demo.save_picture(*eights, eights[0], tmp_path / "digits.png")
    assert said == "no picture: matplotlib.figure is missing, see plot"

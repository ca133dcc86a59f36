"""The demonstration's parts, with a quick sampler and few rows."""

import numpy as np
import pandas as pd
import pytest

from vaesynth import CVAE, CVAESampler, demo
from vaesynth.datasets import load_attrition


@pytest.fixture(scope="module")
def resampled():
    X, y = load_attrition(return_X_y=True)
    sampler = CVAESampler(model=CVAE(max_iter=1, hidden_layer_sizes=(4,)), random_state=0)
    return X, y, *sampler.fit_resample(X, y), sampler


def test_the_classifiers_read_the_table(resampled):
    X, y, *_ = resampled
    for classifier in demo.make_classifiers().values():
        proba = classifier.fit(X[:300], y[:300]).predict_proba(X[300:])
        assert proba.shape == (1170, 2)
        assert (proba.argmax(1) == (y[300:] == "yes")).mean() > 0.8


def test_real_and_new_rows_are_shown(resampled):
    X, y, X_new, y_new, sampler = resampled
    report = demo.describe_rows(X, y, X_new, y_new, sampler)
    assert "column types kept" in report
    assert f"{sampler.copy_report_.n_exact} of 996 new rows" in report
    for table, age in ((X[y == "yes"], 41), (X_new[1470:], X_new["age"].iloc[1470])):
        assert table["age"].iloc[0] == age
        assert str(age) in report
    report = demo.describe_rows(X, y, X_new.astype({"age": float}), y_new, sampler)
    assert "column types CHANGED" in report


def test_the_picture_is_saved(resampled, tmp_path):
    X, _, X_new, *_ = resampled
    path = tmp_path / "made" / "attrition.png"
    said = demo.save_picture(X, X_new[1470:], path)
    assert said == f"picture of real and new columns saved as {path}"
    assert path.read_bytes().startswith(b"\x89PNG")


def test_without_matplotlib_one_line_says_so(resampled, tmp_path, monkeypatch):
    def missing(self):
        raise ImportError("matplotlib is missing, see plot")

    monkeypatch.setattr("vaesynth.plotting.ColumnDistributionsDisplay.plot", missing)
    X, _, X_new, *_ = resampled
    said = demo.save_picture(X, X_new[1470:], tmp_path / "attrition.png")
    assert said == "no picture: matplotlib is missing, see plot"


def test_the_table_is_that_of_the_package():
    data = load_attrition()
    assert data.frame.columns[-1] == data.target.name == "attrition"
    pd.testing.assert_frame_equal(data.data, data.frame.drop(columns="attrition"))
    assert not data.frame.isna().to_numpy().any()
    kinds = data.data.dtypes.map(str).value_counts().to_dict()
    assert kinds == {"int64": 16, "category": 14}
    assert data.data["education"].cat.ordered
    assert data.data["education"].max() == "Doctor"
    assert not data.data["department"].cat.ordered
    # Sums that the file of the R package has.
    assert data.data["age"].sum() == 54_278
    assert data.data["monthly_income"].sum() == 9_559_309
    assert np.mean(data.target == "yes") == pytest.approx(237 / 1470)

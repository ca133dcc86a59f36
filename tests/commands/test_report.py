"""``vaesynth report`` answers in one file."""

import os
from functools import partial

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from vaesynth import model_selection
from vaesynth.commands._classifiers import make_classifiers, make_frame
from vaesynth.commands._report import sample_rows
from vaesynth.files import read_table

QUICK = ("--folds", 2, "--classifier", "logistic", "--seed", 0)


@pytest.mark.slow
def test_a_report_on_an_awkward_csv(run, csv, tmp_path):
    out = tmp_path / "report.html"
    result = run("report", csv, "-t", "fraud", "-o", out, *QUICK, "--title", "Fraud <here>")
    assert result.exit_code == 0, result.stderr
    assert "logistic regression" in result.stdout
    text = out.read_text(encoding="utf-8")
    for part in (
        "Fraud &lt;here&gt;",
        "Table: in.csv; class: fraud.",
        "größe",
        "prior corrected",
        "<dd>0</dd>",
    ):
        assert part in text
    assert "from a sample" not in text


@pytest.mark.slow
def test_a_large_table_is_sampled_and_the_report_says_so(run, csv, tmp_path, monkeypatch):
    with_copies = partial(model_selection.compare_resamplers, samplers=["random"])
    monkeypatch.setattr(model_selection, "compare_resamplers", with_copies)
    out = tmp_path / "report.html"
    result = run("report", csv, "-t", "fraud", "-o", out, *QUICK, "--max-rows", 60, "--quiet")
    assert (result.exit_code, result.stdout) == (0, ""), result.stderr
    text = out.read_text(encoding="utf-8")
    assert "The table has 120 rows. All figures are from a sample of 60 of them" in text


def test_what_is_refused(run, csv, tmp_path, fails):
    out = tmp_path / "report.html"
    base = ["report", csv, "-t", "fraud", "-o"]
    fails(run(*base, out, "--classifier", "oracle"), 2, "boosting, logistic, forest", "'oracle'")
    fails(run(*base, tmp_path / "report.csv"), 2, "must end in .html")
    fails(run(*base, out, "--folds", 1), 2, "--folds")
    fails(run(*base, out, "--folds", 100), 2, "24")
    fails(run("report", csv, "-t", "größe", "-o", out), 2, "every row must have a class")
    out.write_text("mine")
    fails(run(*base, out), 2, "--force")
    assert out.read_text() == "mine"
    assert sorted(os.listdir(tmp_path)) == ["in.csv", "report.html"]


def test_a_sample_keeps_the_shares():
    y = np.repeat([0, 1, 2], [900, 95, 5])
    kept = sample_rows(y, 100, 0)
    assert np.bincount(y[kept]).tolist() == [90, 10, 1]
    assert sample_rows(y, 1000, 0).tolist() == list(range(1000))
    assert sample_rows(y, 100, 0).tolist() != sample_rows(y, 100, 1).tolist()


@pytest.mark.parametrize("key", ["boosting", "logistic", "forest"])
def test_classifiers_take_any_table_and_what_they_have_not_seen(csv, key):
    X = make_frame(read_table(csv).cells.drop_columns(["fraud"]))
    y = np.arange(len(X)) % 3
    classifier = next(iter(make_classifiers(X, [key]).values())).fit(X, y)
    unseen = X.iloc[:5].copy()
    for name in ("code", "名前"):
        unseen[name] = pd.Categorical(["never seen"] * 5)
    unseen["nothing"] = 7.0
    probability = classifier.predict_proba(unseen)
    assert probability.shape == (5, 3)
    assert np.isfinite(probability).all()


def test_the_plain_form_of_a_table():
    cells = pa.table(
        {
            "n": [1, None],
            "d": pa.array([0, None], pa.date32()),
            "w": pa.array(["a", None]).dictionary_encode(),
            "nothing": pa.nulls(2),
            "cash": pa.array([1, 2], pa.decimal128(5, 2)),
            "t": pa.array([0, 1], pa.time32("s")),
        }
    )
    frame = make_frame(cells)
    assert [dtype.kind for dtype in frame.dtypes] == ["f", "M", "O", "f", "f", "O"]
    assert frame["w"].cat.categories.tolist() == ["a"]
    assert frame.isna().sum().tolist() == [1, 1, 1, 2, 0, 0]

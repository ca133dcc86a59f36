"""The benchmark of anomalies runs, resumes, packs and reports, on sets that are made here."""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from benchmarks.anomalies.candidates import choose_without_each
from benchmarks.anomalies.detectors import judge
from benchmarks.anomalies.splits import cut, cut_as_published, list_sets

for library in ("pyod", "tabulate"):
    pytest.importorskip(library, reason="needs the group bench")

ROOT = Path(__file__).parents[2]


def anomalies(*words):
    """Run the program as its user does."""
    command = [sys.executable, "-m", "benchmarks.anomalies", *map(str, words)]
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    done = subprocess.run(command, capture_output=True, text=True, env=environment, timeout=240)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture
def folder(tmp_path):
    """Two sets whose anomalies lie far off."""
    rng = np.random.default_rng(0)
    for name in ("first", "second"):
        X = rng.normal(size=(60, 3))
        X[50:] += 9
        np.savez(tmp_path / f"{name}.npz", X=X, y=np.repeat([0, 1], [50, 10]))
    return tmp_path


def test_it_runs_resumes_packs_and_reports(folder):
    results = folder / "results"
    methods = ("VAEOutlierDetector", "KNN", "candidates")
    words = ("run", results, "--data", folder, "--methods", *methods)
    assert anomalies(*words, "--seeds", 0).count(" s\n") == 6
    assert anomalies(*words, "--seeds", 0) == ""
    printed = anomalies("report", results, "--pack", folder / "all.json")
    for text in ("| KNN", "chosen without the set", "sets lost", "observed, mean"):
        assert text in printed
    packed = json.loads((folder / "all.json").read_text(encoding="utf-8"))
    of_detectors = [row for row in packed["results"] if "seconds_fit" in row]
    assert len(of_detectors) == 4
    assert all(row["roc_auc"] == 1 for row in of_detectors)
    assert all(row["n_training_rows"] == 25 for row in packed["results"])
    assert anomalies("report", folder / "all.json") == printed


def test_the_choice_for_a_set_does_not_look_at_it():
    rows = [
        {"set": name, "method": method, "roc_auc": value, "average_precision": value}
        for method, values in {"broad": (0.8, 0.8, 0.5), "narrow": (0.5, 0.5, 1.0)}.items()
        for name, value in zip("abc", values, strict=True)
    ]
    chosen = choose_without_each(pd.DataFrame(rows)).set_index("set")
    # Without c "broad" is better on both others, though "narrow" is best on c.
    assert chosen.loc["c", "method"] == "broad"
    assert chosen["roc_auc"].to_dict() == {"a": 0.5, "b": 0.5, "c": 0.5}
    assert chosen.loc[["a", "b"], "method"].tolist() == ["narrow", "narrow"]


def test_mixed_tables_give_the_rarest_class_for_anomalies(tmp_path):
    pytest.importorskip("pyarrow")
    (tmp_path / "mixed").mkdir()
    table = pd.DataFrame({"a": list("xyx") * 20, "target": [0] * 50 + [1] * 10})
    table["a"] = table["a"].astype("category")
    table.to_parquet(tmp_path / "mixed" / "small.parquet")
    manifest = {
        "name": ["small", "kept"],
        "kind": "mixed",
        "part": ["tune", "look"],
        "n_categorical": 1,
        "n_missing_cells": 0,
    }
    pd.DataFrame(manifest).to_csv(tmp_path / "manifest.csv", index=False)
    assert list_sets(tmp_path, "tune") == ["mixed/small"]
    with pytest.raises(SystemExit, match="nor a manifest"):
        list_sets(tmp_path, "tune", ["keel"])
    split = cut(tmp_path, "mixed/small", 0)
    assert (len(split.X_train), len(split.X_test), split.y_test.sum()) == (25, 35, 10)
    for name in ("VAEOutlierDetector", "KNN"):
        assert np.isfinite(judge(name, split, 0).scores).all()


def test_a_set_is_cut_as_for_published_figures(folder, tmp_path):
    split = cut_as_published(folder, "first", 0)
    # Sixty rows are drawn again until there are a thousand, so that rows to score equal learned ones.
    assert len(split.X_train) + len(split.X_test) == 1000
    assert abs(len(split.X_train) - (split.y_test == 0).sum()) <= 1
    assert split.X_test[split.y_test == 0].isin(split.X_train.to_numpy().ravel()).to_numpy().all()
    rows = np.arange(1500.0)[:, None]
    np.savez(tmp_path / "long.npz", X=rows, y=rows[:, 0] >= 1400)
    split = cut_as_published(tmp_path, "long", 0)
    # The first half of the normal rows, in their order.
    np.testing.assert_array_equal(split.X_train["x0"], np.arange(700))
    np.testing.assert_array_equal(split.X_test["x0"], np.arange(700, 1500))
    assert split.y_test.sum() == 100

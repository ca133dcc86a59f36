"""The benchmark of anomalies runs, resumes, packs and reports, on sets that are made here."""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

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
    words = ("run", results, "--data", folder, "--methods", "VAEOutlierDetector", "KNN")
    assert anomalies(*words, "--seeds", 0).count(" s\n") == 4
    assert anomalies(*words, "--seeds", 0) == ""
    printed = anomalies("report", results, "--pack", folder / "all.json")
    assert "| KNN" in printed
    packed = json.loads((folder / "all.json").read_text(encoding="utf-8"))
    assert len(packed["results"]) == 8  # three scores of one model, and one rival, on two sets
    assert all(row["roc_auc"] == 1 for row in packed["results"])
    assert all(row["n_training_rows"] == 25 for row in packed["results"])
    assert anomalies("report", folder / "all.json") == printed

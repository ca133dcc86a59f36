"""The benchmark of imputation runs, goes on where it stopped and reports, and its measures meet known values."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

pytest.importorskip("skimage", reason="needs the group bench")
pytest.importorskip("pywt", reason="needs the group bench")

from benchmarks.denoising.imputers import OneHotTable, impute, score

ROOT = Path(__file__).parents[2]


def make_table(n_rows=120):
    rng = np.random.default_rng(0)
    size = rng.normal(size=n_rows)
    colour = pd.Categorical(np.where(size > 0, "red", "blue"))
    return pd.DataFrame({"size": size, "twice": 2 * size, "colour": colour, "target": 0})


def test_tables_come_back_from_indicators():
    frame = make_table()
    table = OneHotTable(frame, ["colour"])
    encoded = table.encode(frame.mask(frame["size"] > 1))
    assert np.isnan(encoded).all(1).sum() == (frame["size"] > 1).sum()
    back = table.decode(table.encode(frame))
    np.testing.assert_allclose(back["size"], frame["size"])
    assert (back["colour"] == frame["colour"].astype(object)).all()


def test_errors_count_masked_cells_in_standard_deviations():
    frame = make_table()[["size", "colour"]]
    masked = np.zeros(frame.shape, bool)
    masked[:4] = True
    guess = frame.assign(size=frame["size"] + frame["size"].std(), colour="red")
    error, right = score(frame, guess, masked, ["colour"])
    assert error == pytest.approx(1)
    assert right == (frame["colour"][:4] == "red").mean()


def test_median_and_mode_are_those_of_the_columns():
    frame = make_table()[["size", "colour"]]
    gaps = frame.copy()
    gaps.loc[:9, ["size", "colour"]] = None
    completed = impute("median and mode", gaps, ["colour"], 0)
    np.testing.assert_allclose(completed["size"][:10], gaps["size"].median())
    assert set(completed["colour"][:10]) == {gaps["colour"].mode()[0]}


def test_a_run_goes_on_where_it_stopped(tmp_path):
    (tmp_path / "mixed").mkdir()
    make_table().to_parquet(tmp_path / "mixed" / "made.parquet")
    columns = {"name": "made", "kind": "mixed", "task": "binary", "family": "made", "easy": False}
    pd.DataFrame([columns]).to_csv(tmp_path / "manifest.csv", index=False)
    result = tmp_path / "result.json"
    command = [sys.executable, "-m", "benchmarks.denoising", "tables", "--tables", "made"]
    command += ["--data", tmp_path, "--seeds", "0", "--result", result]
    keep = ["--imputers", "median and mode", "IterativeImputer"]
    subprocess.run([*command, *keep[:2]], check=True, capture_output=True, cwd=ROOT)
    first = json.loads(result.read_text(encoding="utf-8"))["results"]
    printed = subprocess.run(
        [*command, *keep], check=True, capture_output=True, text=True, cwd=ROOT
    ).stdout
    both = json.loads(result.read_text(encoding="utf-8"))["results"]
    assert len(first) == 1
    assert len(both) == 2
    assert all(both[key] == first[key] for key in first)
    assert "made, RMSE" in printed

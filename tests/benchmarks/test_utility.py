"""The utility benchmark runs, resumes, packs and reports, on tables that are made here."""

import os
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

for library in ("scikit_posthocs", "smote_variants", "tabulate"):
    pytest.importorskip(library, reason="needs the group bench")

ROOT = Path(__file__).parents[2]
SAMPLERS = ["none", "random", "smote", "polynom-fit"]


def utility(*words):
    """Run the program as its user does."""
    command = [sys.executable, "-m", "benchmarks.utility", *map(str, words)]
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    done = subprocess.run(command, capture_output=True, text=True, env=environment, timeout=120)
    assert done.returncode == 0, done.stderr
    return done.stdout


def make_table(n_rows, seed):
    """Return a numeric and a categorical column that tell of the target, which is last."""
    generator = np.random.default_rng(seed)
    target = np.repeat([0, 1], [n_rows - n_rows // 5, n_rows // 5]).astype(np.int8)
    level = np.where(generator.random(n_rows) < 0.3 + 0.4 * target, "a", "b")
    frame = pd.DataFrame({"x": generator.normal(target, 1), "level": pd.Categorical(level)})
    frame.loc[0, "x"] = np.nan
    return frame.assign(target=target)


@pytest.fixture(scope="module")
def tables(tmp_path_factory):
    folder = tmp_path_factory.mktemp("tables")
    (folder / "keel").mkdir()
    rows = []
    for number in range(3):
        name, frame = f"made{number}", make_table(60 + 20 * number, seed=number)
        frame.to_parquet(folder / "keel" / f"{name}.parquet")
        described = {"name": name, "kind": "keel", "task": "binary", "n_rows": len(frame)}
        part = "look" if number == 2 else "tune"
        rows.append(described | {"family": name, "easy": False, "part": part})
    pd.DataFrame(rows).to_csv(folder / "manifest.csv", index=False)
    return folder


@pytest.fixture(scope="module")
def results(tables, tmp_path_factory):
    folder = tmp_path_factory.mktemp("results")
    run = ["run", folder, "--data", tables, "--folds", 2, "--classifiers", "lr", "tree"]
    utility(*run, "--samplers", *SAMPLERS[:-1])
    utility("pack", folder)
    utility(*run, "--samplers", *SAMPLERS)
    return folder


def test_only_missing_parts_are_computed(results):
    parts = {path.parent.name for path in (results / "parts").glob("*/*.parquet")}
    assert parts == {"polynom-fit"}
    packed = pd.read_parquet(results / "results.parquet")
    # tables × folds × classifiers
    assert packed.groupby("sampler", observed=True).size().to_dict() == dict.fromkeys(
        SAMPLERS[:-1], 3 * 2 * 2
    )
    assert packed["error"].isna().all()
    assert set(packed["run"]) <= {path.stem for path in (results / "runs").glob("*.json")}


def test_report_writes_document_pictures_and_readme(results, tables, tmp_path):
    for name in ("utility.md", "README.md"):
        (tmp_path / name).write_text(
            "before\n<!-- utility:begin -->\n<!-- utility:end -->\nafter\n"
        )
    places = ["--markdown", tmp_path, "--readme", tmp_path / "README.md"]
    utility("report", results, "--data", tables, "--reference", "smote", *places)
    document, readme = (
        (tmp_path / "utility.md").read_text(encoding="utf-8"),
        (tmp_path / "README.md").read_text(encoding="utf-8"),
    )
    assert document.startswith("before\n")
    assert document.endswith("\nafter\n")
    for picture in re.findall(r"\]\((.+?\.png)\)", document):
        assert (tmp_path / picture).read_bytes().startswith(b"\x89PNG")
    # Every number is recomputed from the raw rows: one family per table, so a plain mean of tables.
    raw = pd.concat(
        [pd.read_parquet(file) for file in [results / "results.parquet", *results.rglob("made*")]]
    )
    for sampler, own in raw.groupby("sampler"):
        expected = own.groupby("set")["average_precision"].mean().mean()
        row = next(line for line in document.splitlines() if line.startswith(f"| {sampler} "))
        assert float(row.split("|")[4]) == pytest.approx(expected, rel=1e-3)
    assert "SMOTE / SMOTENC" in readme

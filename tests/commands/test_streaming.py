"""Tables that are read and written in blocks."""

import json

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest

from vaesynth import load
from vaesynth.commands import _sample, _streaming


@pytest.fixture
def table():
    rng = np.random.default_rng(0)
    return pd.DataFrame(
        {
            "amount": rng.normal(size=300).round(2),
            "city": rng.choice(["Rome", "Oslo"], 300),
            "fraud": np.where(np.arange(300) % 10 == 0, 1, 0),
        }
    )


@pytest.fixture
def folder(table, tmp_path):
    folder = tmp_path / "parts"
    folder.mkdir()
    for start in (0, 120):
        part = table[start : start + 120] if start == 0 else table[start:]
        part.to_parquet(folder / f"{start:03d}.parquet", index=False)
    return folder


def test_a_folder_comes_back_in_one_file_with_rows_below(run, table, folder, tmp_path):
    out, model = tmp_path / "out.parquet", tmp_path / "model.safetensors"
    arguments = ["--target", "fraud", "-o", out, "--seed", 0, "--mark", "new", "--model", model]
    result = run("resample", folder, *arguments)
    assert result.exit_code == 0, result.stderr
    assert "is read in blocks; the model learns from at most 100,000 rows" in result.stdout
    assert "240 synthetic rows below 300 real ones" in result.stdout
    written = pd.read_parquet(out)
    pd.testing.assert_frame_equal(written[:300].drop(columns="new"), table)
    assert written["fraud"].value_counts().to_dict() == {0: 270, 1: 270}
    assert written["new"].sum() == 240
    assert len(load(model).sample(3, 1)) == 3


def test_a_large_file_is_read_in_blocks_and_a_small_one_is_not(run, folder, tmp_path, monkeypatch):
    small = folder / "000.parquet"
    arguments = ["--target", "fraud", "-o", tmp_path / "out.parquet"]
    assert "in blocks" not in run("resample", small, *arguments).stdout
    monkeypatch.setattr(_streaming, "STREAMED_MEBIBYTES", small.stat().st_size / 2**20)
    assert "in blocks" in run("resample", small, *arguments, "--force").stdout


def test_totals_are_read_for_the_classes_of_the_folder(run, folder, tmp_path):
    out = tmp_path / "out.parquet"
    arguments = ["--target", "fraud", "-o", out, "-q"]
    result = run("resample", folder, *arguments, "--strategy", json.dumps({"1": 45}))
    assert result.exit_code == 0, result.stderr
    assert result.stdout == ""
    assert pd.read_parquet(out)["fraud"].value_counts().to_dict() == {0: 270, 1: 45}


@pytest.mark.parametrize(
    ("output", "more", "rule"),
    [
        ("out.csv", [], "`--output` must end in .parquet for a table that is read in blocks"),
        ("out.parquet", ["--mark", "city"], "`mark` must be a new column, got 'city'"),
        ("out.parquet", ["--strategy", '{"2": 9}'], "the class must be one of '0', '1', got '2'"),
    ],
)
def test_what_is_refused(run, folder, tmp_path, output, more, rule):
    result = run("resample", folder, "--target", "fraud", "-o", tmp_path / output, *more)
    assert result.exit_code == 2
    assert rule in result.stderr
    assert not (tmp_path / output).exists()


def test_many_rows_are_drawn_in_parts(run, folder, tmp_path, monkeypatch):
    model = tmp_path / "model.safetensors"
    run("resample", folder, "-t", "fraud", "-o", tmp_path / "o.parquet", "--model", model, "-q")
    monkeypatch.setattr(_sample, "ROWS_IN_ONE_PART", 50)
    monkeypatch.setattr(_sample, "PART_ROWS", 40)
    for name in ("a", "b"):
        out = tmp_path / f"{name}.parquet"
        result = run("sample", model, "-n", 100, "-t", "fraud", "-o", out, "--seed", 3)
        assert result.exit_code == 0, result.stderr
    a, b = (pq.ParquetFile(tmp_path / f"{name}.parquet") for name in "ab")
    groups = [a.metadata.row_group(i).num_rows for i in range(a.metadata.num_row_groups)]
    assert groups == [40, 40, 10, 10]
    assert a.read().equals(b.read())
    parts = a.read().to_pandas()["amount"]
    assert not np.array_equal(parts[:40], parts[40:80])

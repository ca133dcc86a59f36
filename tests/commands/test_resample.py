"""``vaesynth resample`` gives back the file it got, with rows below; killed half-way it leaves the old one."""

import contextlib
import os
import signal
import sys
from pathlib import Path

import pandas as pd
import pytest

import vaesynth

SLOW_FIT = """
import time
from vaesynth.training import _loop
def epoch(self):
    print("half-way", flush=True)
    time.sleep(60)
_loop._Run.epoch = epoch
"""
SLOW_WRITING = """
import time, pathlib
def write_bytes(self, content):
    with self.open("wb") as file:
        file.write(content[:9])
        file.flush()
        print("half-way", flush=True)
        time.sleep(60)
pathlib.Path.write_bytes = write_bytes
"""


def test_a_csv_comes_back_with_rows_below(run, csv, frame, tmp_path):
    result = run("resample", csv, "--target", "fraud", "-o", tmp_path / "out.csv", "--seed", 0)
    assert result.exit_code == 0, result.stderr
    before, after = (pd.read_csv(tmp_path / name) for name in ("in.csv", "out.csv"))
    pd.testing.assert_frame_equal(after.iloc[:120], before)
    assert after.dtypes.equals(before.dtypes)
    assert after["fraud"].value_counts().to_dict() == {"no": 96, "yes": 96}
    # To the letter: nothing of a real row is spelled anew.
    text = pd.read_csv(tmp_path / "out.csv", dtype=str, na_filter=False)
    pd.testing.assert_frame_equal(text.iloc[:120], frame, check_dtype=False)
    assert "72 synthetic rows below 120 real ones" in result.stdout


def test_new_cells_are_spelled_like_the_old(run, csv, tmp_path):
    run("resample", csv, "--target", "fraud", "-o", tmp_path / "out.csv", "--seed", 0)
    new = pd.read_csv(tmp_path / "out.csv", dtype=str, na_filter=False).iloc[120:]
    patterns = {
        "naïve": r"\d+",
        "größe": r"(-?\d+\.\d{1,2})?",
        "code": r"0\d\d",
        "day": r"(202[345]-\d\d-\d\d)?",
        "seen at": r"202[345]-\d\d-\d\dT00:00:00",
        "flag": "true|false",
        "flag or not": "True|False|",
        "count": r"\d?",
        "price": r"\d+\.\d\d",
        "nothing": "",
    }
    for name, pattern in patterns.items():
        assert new[name].str.fullmatch(pattern).all(), name


@pytest.mark.parametrize("ending", ["parquet", "feather", "tsv.gz"])
def test_other_formats_and_a_mark(run, csv, tmp_path, ending):
    out = tmp_path / f"out.{ending}"
    result = run(
        "resample", csv, "--target", "fraud", "-o", out, "--seed", 0, "--mark", "synthetic"
    )
    assert result.exit_code == 0, result.stderr
    if ending == "tsv.gz":
        whole = pd.read_csv(out, sep="\t", dtype={"code": str})
    else:
        whole = pd.read_parquet(out) if ending == "parquet" else pd.read_feather(out)
        assert whole["count"].dropna().mod(1).eq(0).all()
        assert whole["day"].dropna().map(type).astype(str).str.contains("date").all()
    assert whole["synthetic"].tolist() == [False] * 120 + [True] * 72
    assert set(whole["code"]) <= {f"{code:03d}" for code in range(20)}


@pytest.mark.filterwarnings("ignore::vaesynth.ColumnWarning")
def test_a_typed_file_keeps_its_types(run, tmp_path, mixed):
    mixed["label"] = pd.Categorical(["rare"] * 40 + ["usual"] * 360)
    mixed.to_parquet(tmp_path / "in.parquet")
    result = run("resample", tmp_path / "in.parquet", "-t", "label", "-o", tmp_path / "out.parquet")
    assert result.exit_code == 0, result.stderr
    before, after = (pd.read_parquet(tmp_path / f"{name}.parquet") for name in ("in", "out"))
    pd.testing.assert_frame_equal(after.iloc[:400], before)
    assert after.dtypes.equals(before.dtypes)
    assert after["label"].value_counts().tolist() == [360, 360]


def test_the_seed_decides_the_bytes(run, csv, tmp_path):
    for name, seed in (("a", 1), ("b", 1), ("c", 2)):
        run(
            "resample",
            csv,
            "-t",
            "fraud",
            "-o",
            tmp_path / f"{name}.csv",
            "--seed",
            seed,
            "--quiet",
        )
    a, b, c = ((tmp_path / f"{name}.csv").read_bytes() for name in "abc")
    assert a == b
    assert a != c


@pytest.mark.parametrize(
    ("strategy", "n_yes"),
    [("minority", 96), ("0.5", 48), ('{"yes": 30}', 30), ("not minority", 24)],
)
def test_strategies(run, csv, tmp_path, strategy, n_yes):
    out = tmp_path / "out.csv"
    result = run("resample", csv, "-t", "fraud", "-o", out, "--strategy", strategy, "--seed", 0)
    assert result.exit_code == 0, result.stderr
    assert pd.read_csv(out)["fraud"].eq("yes").sum() == n_yes


def test_the_sampler_is_saved(run, csv, tmp_path):
    model = tmp_path / "model.safetensors"
    out = tmp_path / "out.csv"
    result = run(
        "resample", csv, "-t", "fraud", "-o", out, "--model", model, "--method", "prior", "--quiet"
    )
    assert (result.exit_code, result.stdout) == (0, "")
    sampler = vaesynth.load(model)
    assert sampler.sampling_method == "prior"
    assert sampler.sample(2, y="yes").num_rows == 2


@pytest.mark.parametrize(
    ("options", "parts"),
    [
        (["-t", "Fraud"], ["`--target`", "'Fraud'", "'fraud'"]),
        (["-t", "größe"], ["NaN", "every row must have a class"]),
        (["-t", "price"], ["whole numbers", "'price'", "--text-class"]),
        (["-t", "fraud", "--strategy", "most"], ["sampling_strategy", "most"]),
        (["-t", "fraud", "--strategy", '{"maybe": 9}'], ["'no', 'yes'", "'maybe'"]),
        (["-t", "fraud", "--strategy", '{"yes": 9'], ["`--strategy`", "JSON"]),
        (["-t", "fraud", "--strategy", '{"yes": 9}'], ["24 samples", "9 samples"]),
        (["-t", "fraud", "--method", "guess"], ["sampling_method", "guess"]),
        (["-t", "fraud", "--mark", "day"], ["`--mark`", "'day'"]),
        (["-t", "fraud", "--seed", "-1"], ["--seed", "0"]),
        (["-t", "fraud", "--colour"], ["--colour"]),
        ([], ["--target"]),
    ],
)
def test_what_is_refused(run, csv, tmp_path, fails, options, parts):
    result = run("resample", csv, "-o", tmp_path / "out.csv", *options)
    fails(result, 2, *parts)
    assert os.listdir(tmp_path) == ["in.csv"]


def test_files_are_not_overwritten_without_force(run, csv, tmp_path, fails):
    for name in ("out.csv", "model.safetensors"):
        (tmp_path / name).write_text("mine")
    model = ["--model", tmp_path / "model.safetensors"]
    base = ["resample", csv, "-t", "fraud"]
    fails(run(*base, "-o", tmp_path / "out.csv"), 2, "out.csv", "--force")
    fails(run(*base, "-o", tmp_path / "new.csv", *model), 2, "model.safetensors", "--force")
    fails(run(*base, "-o", csv), 2, "in.csv", "--force")
    fails(run(*base, "-o", tmp_path / "no" / "new.csv"), 2, "folder")
    fails(run(*base, "-o", tmp_path / "new.xlsx"), 2, ".parquet", "new.xlsx")
    fails(run(*base, "-o", model[1], *model, "--force"), 2, "must end in")
    assert (tmp_path / "out.csv").read_text() == "mine"
    assert run(*base, "-o", tmp_path / "out.csv", *model, "--force").exit_code == 0
    assert len(pd.read_csv(tmp_path / "out.csv")) == 192
    assert vaesynth.load(model[1]).n_features_in_ == 12


def test_a_fault_of_the_program_is_told_apart(run, csv, tmp_path, fails, monkeypatch):
    def fail(*_, **__):
        raise ZeroDivisionError("division by zero")

    monkeypatch.setattr(vaesynth.CVAESampler, "fit_resample", fail)
    out = tmp_path / "out.csv"
    fails(
        run("resample", csv, "-t", "fraud", "-o", out),
        1,
        "a fault of the program",
        "ZeroDivisionError",
    )
    monkeypatch.setenv("VAESYNTH_TRACEBACK", "1")
    assert "Traceback" in run("resample", csv, "-t", "fraud", "-o", out).stderr


def test_a_full_disk_is_said_in_one_line(run, csv, tmp_path, fails, monkeypatch):
    def fail(*_, **__):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", fail)
    fails(run("resample", csv, "-t", "fraud", "-o", tmp_path / "out.csv"), 1, "No space left")
    assert os.listdir(tmp_path) == ["in.csv"]


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no pseudo-terminals of this kind")
def test_a_terminal_sees_the_progress(start, csv, tmp_path):
    import termios

    ours, theirs = os.openpty()
    termios.tcsetwinsize(theirs, (24, 100))
    process = start("resample", csv, "-t", "fraud", "-o", tmp_path / "out.csv", stderr=theirs)
    os.close(theirs)
    seen = ""
    with contextlib.suppress(OSError):  # how a terminal ends
        while part := os.read(ours, 1 << 16):
            seen += part.decode()
    os.close(ours)
    process.communicate()
    assert process.returncode == 0
    assert "10/10" in seen
    assert "epoch" in seen


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="Windows ends processes without a signal")
@pytest.mark.parametrize(
    ("stage", "names"),
    [(SLOW_FIT, ("SIGTERM", "SIGKILL")), (SLOW_WRITING, ("SIGTERM", "SIGINT", "SIGKILL"))],
    ids=["fitting", "writing"],
)
def test_killed_half_way_the_old_output_is_intact(start, csv, tmp_path, stage, names):
    processes = {}
    for kind in (signal.Signals[name] for name in names):
        out = tmp_path / kind.name / "out.csv"
        out.parent.mkdir()
        out.write_text("old")
        processes[kind] = start("resample", csv, "-t", "fraud", "-o", out, "--force", before=stage)
    for kind, process in processes.items():
        assert process.stdout.readline() == "half-way\n", process.stderr.read()
        process.send_signal(kind)
        errors = process.communicate(timeout=120)[1]
        folder = tmp_path / kind.name
        assert (folder / "out.csv").read_text() == "old"
        if (
            kind == signal.SIGKILL
        ):  # nothing can be tidied up then, but no half file has the name of the target
            assert process.returncode == -kind
        else:
            assert process.returncode == 128 + kind
            assert os.listdir(folder) == ["out.csv"]
            assert "Traceback" not in errors

"""``vaesynth info`` says what is there."""

import torch


def test_the_installation(run):
    result = run("info")
    assert result.exit_code == 0
    for part in ("vaesynth", torch.__version__, "scikit-learn", "cpu"):
        assert part in result.stdout


def test_a_table(run, csv):
    result = run("info", csv, "--target", "fraud")
    lines = {
        line.split()[0]: line.split()[1:] for line in result.stdout.splitlines() if line.strip()
    }
    assert lines["120"] == ["rows,", "13", "columns"]
    assert lines["code"] == ["text", "category", "20", "0"]
    assert lines["naïve"][:2] == ["integer", "number"]
    assert lines["nothing"] == ["number", "nothing", "0", "120"]
    assert lines["yes"] == ["24", "0.2"]


def test_a_model(run, csv, tmp_path):
    model = tmp_path / "model.safetensors"
    run("resample", csv, "-t", "fraud", "-o", tmp_path / "out.csv", "--model", model, "--seed", 7)
    result = run("info", model)
    for part in ("CVAESampler", "größe", "random_state", "7", "no", "96"):
        assert part in result.stdout


def test_names_are_not_read_as_markup(run, tmp_path):
    (tmp_path / "in.csv").write_text("[red]x[/red],[/]\n1,2\n3,4\n")
    assert "[red]x[/red]" in run("info", tmp_path / "in.csv").stdout


def test_what_is_refused(run, csv, tmp_path, fails):
    fails(run("info", tmp_path / "no.csv"), 2, "no.csv")
    missing = run("info", csv, "-t", "none")
    fails(missing, 2, "'none'")
    assert missing.stdout == ""  # not a page of columns first
    fails(run("info", tmp_path / "no.safetensors"), 2, "no.safetensors")

"""`vaesynth sample` writes text as the file was written that `vaesynth resample --model` has read."""

import csv
import io
import re

import numpy as np
import pandas as pd
import pytest

from vaesynth import CVAESampler

N_ROWS = 60
RNG = np.random.default_rng(0)
RARE = np.arange(N_ROWS) % 4 == 0
DAYS = pd.Timestamp("2023-12-20 08:30") + pd.to_timedelta(RNG.integers(0, 400, N_ROWS), "D")
PRICES = np.round(RNG.exponential(9, N_ROWS), 2)
FLAGS = RNG.random(N_ROWS) < 0.5


def spelled(numbers, form=".2f", mark="."):
    return [format(number, form).replace(".", mark) for number in numbers]


# For each kind of file: its columns with the pattern that cells of new rows keep, and how it is laid out.
KINDS = {
    "of a spreadsheet": {
        "columns": {
            "price": (spelled(PRICES), r"\d+\.\d\d"),
            "paid": (np.where(FLAGS, "TRUE", "FALSE"), "TRUE|FALSE"),
            "day": (DAYS.strftime("%m/%d/%Y"), r"\d\d/\d\d/202[345]"),
            "n": (np.where(RARE, "#N/A", spelled(PRICES, ".0f")), r"\d+|#N/A"),
            "t": (np.where(RARE, "Yes", "No"), "Yes|No"),
        },
        "layout": {"sep": ",", "encoding": "utf-8-sig", "end": "\r\n"},
        "options": [],
    },
    "German": {
        "columns": {
            "größe": (spelled(PRICES, "+.3f", ","), r"\+\d+,\d{3}"),
            "tag": (DAYS.strftime("%Y%m%d"), r"202[345](0[1-9]|1[012])[0123]\d"),
            "code": (np.where(FLAGS, "007", "0100"), "007|0100"),
            "t": (np.where(RARE, "1", "0"), "0|1"),
        },
        "layout": {"sep": ";", "encoding": "latin-1", "end": "\n"},
        "options": ["--sep", ";", "--encoding", "latin-1", "--decimal", ","],
    },
    "of times between tabs": {
        "columns": {
            "when": (DAYS.strftime("%Y-%m-%dT%H:%M"), r"\d{4}-\d\d-\d\dT\d\d:\d\d"),
            "phone": ([f"+49{n}" for n in RNG.integers(100, 999, N_ROWS)], r"\+49?\d+"),
            "ok": (np.where(FLAGS, "true", np.where(RARE, "NA", "false")), "true|false|NA"),
            "t": (np.where(RARE, "TRUE", "FALSE"), "TRUE|FALSE"),
        },
        "layout": {"sep": "\t", "encoding": "utf-16", "end": "\r"},
        "options": ["--sep", "tab", "--encoding", "utf-16"],
    },
}


@pytest.fixture(autouse=True)
def _quick_fits(monkeypatch):
    """Let the command fit a small model: what is asked here is how its rows are spelled."""
    import vaesynth.over_sampling as room

    def small(self, X, y):
        from vaesynth import CVAE

        self.model = CVAE(max_iter=1, hidden_layer_sizes=(4,))
        return CVAESampler.fit_resample(self, X, y)

    quick = type("CVAESampler", (CVAESampler,), {"fit_resample": small})
    quick.__module__ = CVAESampler.__module__
    monkeypatch.setattr(room, "CVAESampler", quick)


@pytest.fixture
def fit(run, tmp_path):
    """Return a function that writes a text file and saves the sampler of it."""

    def fit_and_save(columns, layout, options=(), *, quoting=csv.QUOTE_MINIMAL):
        buffer = io.StringIO(newline="")
        writer = csv.writer(
            buffer, delimiter=layout["sep"], lineterminator=layout["end"], quoting=quoting
        )
        writer.writerow(columns)
        writer.writerows(zip(*(cells for cells, _ in columns.values()), strict=True))
        (tmp_path / "in.csv").write_bytes(buffer.getvalue().encode(layout["encoding"]))
        arguments = ["-t", "t", "-o", tmp_path / "more.csv", "--model", tmp_path / "model", "-q"]
        result = run("resample", tmp_path / "in.csv", *arguments, "--seed", 0, *options)
        assert result.exit_code == 0, result.stderr
        return tmp_path / "model"

    return fit_and_save


@pytest.mark.parametrize("kind", KINDS)
def test_new_cells_are_spelled_as_those_of_the_file(kind, fit, run, tmp_path):
    columns, layout = KINDS[kind]["columns"], KINDS[kind]["layout"]
    model = fit(columns, layout, KINDS[kind]["options"])
    result = run("sample", model, "-n", 50, "-o", tmp_path / "out.csv", "--seed", 0)
    assert result.exit_code == 0, result.stderr
    content, real = (tmp_path / "out.csv").read_bytes(), (tmp_path / "in.csv").read_bytes()
    header = layout["sep"].join(columns) + layout["end"]
    assert content.startswith(header.encode(layout["encoding"]))
    assert real.startswith(header.encode(layout["encoding"]))
    rows = content.decode(layout["encoding"]).split(layout["end"])[1:-1]
    assert len(rows) == 50
    for row in rows:
        cells = row.split(layout["sep"])
        for (_, pattern), cell in zip(columns.values(), cells, strict=True):
            assert re.fullmatch(pattern, cell), cell


@pytest.mark.parametrize("quoting", [csv.QUOTE_ALL, csv.QUOTE_NONNUMERIC, csv.QUOTE_MINIMAL])
def test_quotes_stand_where_they_stood(quoting, fit, run, tmp_path):
    columns = {"x": (PRICES.tolist(), ""), "t": (np.where(RARE, "yes", "no"), "")}
    model = fit(columns, KINDS["of a spreadsheet"]["layout"], quoting=quoting)
    run("sample", model, "-n", 5, "-o", tmp_path / "out.csv")
    rows = (tmp_path / "out.csv").read_text(encoding="utf-8-sig").splitlines()[1:]
    pattern = {
        csv.QUOTE_ALL: r'"[\d.]+","(yes|no)"',
        csv.QUOTE_NONNUMERIC: r'[\d.]+,"(yes|no)"',
        csv.QUOTE_MINIMAL: r"[\d.]+,(yes|no)",
    }[quoting]
    assert all(re.fullmatch(pattern, row) for row in rows)


@pytest.mark.parametrize(("ending", "sep"), [("tsv", "\t"), ("csv", ";"), ("tsv.gz", "\t")])
def test_files_of_other_names_have_the_same_cells(ending, sep, fit, run, tmp_path):
    model = fit(*KINDS["German"].values())
    out = tmp_path / f"out.{ending}"
    assert run("sample", model, "-n", 9, "-t", "klasse", "-o", out).exit_code == 0
    encoding = "latin-1" if ending == "csv" else "utf-8"
    rows = pd.read_csv(out, sep=sep, dtype=str, encoding=encoding)
    assert rows.columns.tolist() == ["größe", "tag", "code", "klasse"]
    assert rows["größe"].str.fullmatch(r"\+\d+,\d{3}").all()
    assert rows["klasse"].isin(["0", "1"]).all()


def test_classes_that_are_truth_values_keep_their_words_under_another_name(fit, run, tmp_path):
    model = fit(*KINDS["of times between tabs"].values())
    run("sample", model, "-n", 9, "-t", "class", "--class", "True", "-o", tmp_path / "out.csv")
    rows = pd.read_csv(tmp_path / "out.csv", sep="\t", dtype=str, encoding="utf-16")
    assert set(rows["class"]) == {"TRUE"}


def test_typed_rows_have_types(fit, run, tmp_path):
    model = fit(*KINDS["of a spreadsheet"].values())
    assert run("sample", model, "-n", 9, "-o", tmp_path / "out.parquet").exit_code == 0
    assert pd.read_parquet(tmp_path / "out.parquet")["price"].dtype == "float64"


def test_a_model_that_does_not_know_the_spelling_writes_plainly(fit, run, tmp_path):
    model = fit(*KINDS["German"].values())
    sampler = CVAESampler.load(model)
    del sampler.text_form_
    sampler.save(model)
    assert run("sample", model, "-n", 9, "-o", tmp_path / "out.csv").exit_code == 0
    rows = pd.read_csv(tmp_path / "out.csv")
    assert rows.columns.tolist() == ["größe", "tag", "code", "t"]
    assert rows["größe"].dtype == "float64"
    assert pd.to_datetime(rows["tag"], format="%Y-%m-%d").dt.year.between(2023, 2025).all()


def changed(part, value):
    """Return a change of one part of a form."""

    def change(form):
        *path, last = part
        for name in path:
            form = form[name]
        if value is None:
            del form[last]
        else:
            form[last] = value

    return change


FORGERIES = [
    lambda form: form.clear(),
    changed(["layout", "sep"], "ab"),
    changed(["layout", "sep"], '"'),
    changed(["layout", "line_end"], "x" * 1000),
    changed(["layout", "encoding", "name"], "rot13"),
    changed(["layout", "encoding", "mark"], b"abc"),
    changed(["layout", "encoding", "mark"], 10**12),
    changed(["layout", "encoding"], None),
    changed(["usual_sep"], None),
    changed(["columns"], [1]),
    changed(["columns", "tag"], {"wrong": 1}),
    changed(["columns", "größe", "decimals"], 10**9),
    changed(["columns", "größe", "decimals"], "2"),
    changed(["columns", "größe", "decimal"], "." * 10**6),
    changed(["columns", "größe", "missing"], "x" * 10**6),
    changed(["columns", "größe", "missing"], [1]),
    changed(["columns", "größe", "true"], "FALSE"),
    changed(["columns", "größe", "quoted"], 1),
    changed(["columns", "tag", "date_format"], "%Y" * 10**6),
]


def test_a_forged_form_is_refused(fit, run, tmp_path, fails):
    model = fit(*KINDS["German"].values())
    for change in FORGERIES:
        sampler = CVAESampler.load(model)
        change(sampler.text_form_)
        sampler.save(tmp_path / "forged")
        result = run("sample", tmp_path / "forged", "-n", 9, "-o", tmp_path / "out.csv")
        fails(result, 2, "model must be whole", "forged")
        assert len(result.stderr) < 1000
    assert not (tmp_path / "out.csv").exists()

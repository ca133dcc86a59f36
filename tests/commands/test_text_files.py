"""Text files of every kind come back byte for byte with rows below, or with one line that says what to do."""

import gzip

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

from vaesynth.commands import _tables, app
from vaesynth.files import read_table

N_ROWS = 60
RNG = np.random.default_rng(0)
CLASSES = np.repeat(["no", "yes"], [45, 15])


@pytest.fixture(autouse=True)
def _quick_fits(monkeypatch):
    """Let the command fit a small model: what is asked here is what becomes of the files."""
    import vaesynth.over_sampling as room

    class Quick(room.CVAESampler):
        def fit_resample(self, X, y):
            from vaesynth import CVAE

            self.model = CVAE(max_iter=1, hidden_layer_sizes=(4,))
            return super().fit_resample(X, y)

    monkeypatch.setattr(room, "CVAESampler", Quick)


def lines(columns, sep=","):
    """Return a table as the lines of a text file."""
    names = sep.join(columns)
    return [names, *(sep.join(row) for row in zip(*columns.values(), strict=True))]


def write(path, columns, sep=",", end="\n", encoding="utf-8"):
    content = end.join([*lines(columns, sep), ""]).encode(encoding)
    path.write_bytes(content)
    return content


def texts(values):
    return [str(value) for value in values]


NUMBERS = texts(RNG.normal(size=N_ROWS).round(2))
PHONES = [f"+4930{number}" for number in RNG.integers(10**6, 10**7, N_ROWS)]


def resample(run, tmp_path, *options, name="in.csv"):
    out = tmp_path / f"out{name.removeprefix('in')}"
    arguments = ["-t", "t", "-o", out, "--seed", 0, "-q", "--force", *options]
    result = run("resample", tmp_path / name, *arguments)
    assert result.exit_code == 0, result.stderr
    return out.read_bytes()


KINDS = {
    "a mark and line ends of Windows": ({"sep": ","}, "utf-8-sig", "\r\n", []),
    "semicolons": ({"sep": ";"}, "utf-8", "\n", ["--sep", ";"]),
    "Latin-1": ({"sep": ","}, "latin-1", "\n", ["--encoding", "latin-1"]),
    "UTF-16": ({"sep": "\t"}, "utf-16", "\r\n", ["--encoding", "utf-16", "--sep", "tab"]),
}


@pytest.mark.parametrize("kind", KINDS)
def test_real_rows_come_back_byte_for_byte(kind, run, tmp_path):
    options, encoding, end, arguments = KINDS[kind]
    columns = {"größe": NUMBERS, "ort": ["Köln", "Bern", "Zürich"] * 20, "t": CLASSES}
    content = write(tmp_path / "in.csv", columns, end=end, encoding=encoding, **options)
    written = resample(run, tmp_path, *arguments)
    assert written.startswith(content)
    frame = pd.read_csv(tmp_path / "out.csv", encoding=encoding, **options)
    assert frame["t"].value_counts().to_dict() == {"no": 45, "yes": 45}
    assert set(frame["ort"]) == {"Köln", "Bern", "Zürich"}


def test_a_decimal_comma(run, tmp_path):
    columns = {"x": [number.replace(".", ",") for number in NUMBERS], "t": CLASSES}
    content = write(tmp_path / "in.csv", columns, sep=";")
    written = resample(run, tmp_path, "--sep", ";", "--decimal", ",")
    assert written.startswith(content)
    assert pd.read_csv(tmp_path / "out.csv", sep=";", decimal=",")["x"].dtype == "float64"


def test_a_plus_sign_stays(run, tmp_path):
    write(tmp_path / "in.csv", {"phone": PHONES, "x": NUMBERS, "t": CLASSES})
    new = resample(run, tmp_path).decode().splitlines()[N_ROWS + 1 :]
    assert len(new) == 30
    assert all(row.startswith("+4930") for row in new)


def test_dates_in_whole_numbers_stay_dates(run, tmp_path):
    days = pd.Timestamp("2023-12-20") + pd.to_timedelta(RNG.integers(0, 400, N_ROWS), "D")
    write(tmp_path / "in.csv", {"day": days.strftime("%Y%m%d"), "x": NUMBERS, "t": CLASSES})
    resample(run, tmp_path)
    days = pd.read_csv(tmp_path / "out.csv", dtype=str)["day"]
    assert pd.to_datetime(days, format="%Y%m%d").between("2023-01-01", "2025-12-31").all()


def test_a_column_of_words_that_look_like_numbers(run, tmp_path):
    codes = texts(RNG.choice([7, 20240131, 99], N_ROWS))
    write(tmp_path / "in.csv", {"code": codes, "x": NUMBERS, "t": CLASSES})
    resample(run, tmp_path, "--categorical", "code")
    assert set(pd.read_csv(tmp_path / "out.csv", dtype=str)["code"]) == {"7", "20240131", "99"}


@pytest.mark.parametrize("word", ["None", "NA", "null", "nan"])
def test_a_class_may_have_any_name(word, run, tmp_path):
    write(tmp_path / "in.csv", {"x": NUMBERS, "t": np.where(CLASSES == "yes", word, "Severe")})
    resample(run, tmp_path)
    labels = pd.read_csv(tmp_path / "out.csv", dtype=str, na_filter=False)["t"]
    assert labels.value_counts().to_dict() == {"Severe": 45, word: 45}


@pytest.mark.parametrize("word", ["None", "NA", "nan"])
def test_a_word_for_nothing_among_numbers_is_asked_about(word, run, tmp_path, fails):
    write(tmp_path / "in.csv", {"x": NUMBERS, "t": np.where(CLASSES == "yes", word, "1")})
    result = run("resample", tmp_path / "in.csv", "-t", "t", "-o", tmp_path / "out.csv")
    fails(result, 2, repr(word), "15 rows", "--text-class")
    resample(run, tmp_path, "--text-class")
    labels = pd.read_csv(tmp_path / "out.csv", dtype=str, na_filter=False)["t"]
    assert labels.value_counts().to_dict() == {"1": 45, word: 45}


def test_an_empty_class_is_none_whatever_is_said(run, tmp_path, fails):
    write(tmp_path / "in.csv", {"x": NUMBERS, "t": np.where(CLASSES == "yes", "", "no")})
    for options in ([], ["--text-class"]):
        result = run(
            "resample", tmp_path / "in.csv", "-t", "t", "-o", tmp_path / "out.csv", *options
        )
        fails(result, 2, "every row must have a class")


@pytest.mark.parametrize(
    ("content", "rule"),
    [
        (b"a,a,t\n1,2,x\n", "must be unique, got 'a'"),
        (b",a,t\n1,2,x\n", "column 1"),
        (b"a,t\n1,x\n2\n", "as many cells as the header, 2, got 1 in row 2"),
        (b"a;t\n1,5;x\n", "--sep ';'"),
        ("ä,t\n1,x\n".encode("latin-1"), "--encoding latin-1"),
        ("a,t\n1,x\n".encode("utf-16"), "--encoding utf-16"),
        (b'a,t\n"1,5",x\n', "--decimal ','"),
    ],
)
@pytest.mark.parametrize("command", ["resample", "report", "info"])
def test_what_cannot_be_read_says_what_to_do(command, content, rule, run, tmp_path, fails):
    (tmp_path / "in.csv").write_bytes(content)
    ending = {"resample": ["-o", tmp_path / "out.csv"], "report": ["-o", tmp_path / "out.html"]}
    result = run(command, tmp_path / "in.csv", "-t", "t", *ending.get(command, []))
    fails(result, 2, rule, "in.csv")
    assert result.stdout == ""


def test_a_cut_gz_file_is_refused(run, tmp_path, fails):
    whole = gzip.compress("\n".join(lines({"x": NUMBERS, "t": CLASSES})).encode())
    (tmp_path / "in.csv.gz").write_bytes(whole[:-20])
    result = run("resample", tmp_path / "in.csv.gz", "-t", "t", "-o", tmp_path / "out.csv")
    fails(result, 2, "in.csv.gz", "must be a .csv.gz table")


@pytest.fixture
def many(tmp_path):
    """Write a table of 75 classes of two rows each, and more of the last."""
    labels = [f"c{name}" for name in (*range(75), *range(75), *[74] * 10)]
    write(tmp_path / "in.csv", {"x": texts(range(len(labels))), "t": labels})
    return tmp_path / "in.csv"


def test_many_classes_are_asked_about(run, many, tmp_path, fails):
    for command, ending in (("resample", "csv"), ("report", "html")):
        result = run(command, many, "-t", "t", "-o", tmp_path / f"out.{ending}")
        fails(result, 2, "'t' has 75 classes", "--yes")
    resample(run, tmp_path, "--yes", "--strategy", '{"c0": 3}')


@pytest.mark.parametrize(("answer", "code"), [("y\n", 0), ("n\n", 2), ("\n", 2)])
def test_who_sits_at_a_terminal_is_asked(answer, code, many, tmp_path, monkeypatch):
    monkeypatch.setattr(_tables, "asks", lambda: True)
    arguments = ["resample", str(many), "-t", "t", "-o", str(tmp_path / "out.csv"), "-q"]
    result = CliRunner().invoke(app, [*arguments, "--strategy", '{"c0": 3}'], input=answer)
    assert result.exit_code == code
    assert "'t' has 75 classes: go on?" in result.stderr
    assert (tmp_path / "out.csv").exists() == (code == 0)


def test_long_tables_are_cut(run, many):
    result = run("info", many, "--target", "t")
    assert "… and 25 more" in result.stdout
    assert result.stdout.count("\n") < 80


@pytest.mark.parametrize("number", ["1.50", "inf", "0.1"])
@pytest.mark.parametrize("ending", ["csv", "parquet"])
def test_classes_that_are_no_whole_numbers_are_asked_about(number, ending, run, tmp_path, fails):
    labels = np.where(CLASSES == "yes", number, "1")
    write(tmp_path / "in.csv", {"x": NUMBERS, "t": labels})
    frame = pd.DataFrame({"x": RNG.normal(size=N_ROWS), "t": labels.astype(float)})
    frame.to_parquet(tmp_path / "in.parquet")
    path = tmp_path / f"in.{ending}"
    result = run("resample", path, "-t", "t", "-o", tmp_path / f"out.{ending}")
    fails(result, 2, f"got {float(number)} in column 't'", "--text-class")
    resample(run, tmp_path, "--text-class", name=f"in.{ending}")
    rows = read_table(tmp_path / f"out.{ending}").cells["t"].to_pylist()
    assert rows.count(float(number)) == 45


@pytest.mark.parametrize("other", ["README.md", "_SUCCESS", "figures/table.csv"])
def test_other_files_in_a_folder_are_let_be(other, run, tmp_path, fails):
    folder = tmp_path / "parts"
    (folder / other).parent.mkdir(parents=True)
    (folder / other).write_text("no table")
    fails(
        run("resample", folder, "-t", "t", "-o", tmp_path / "out.parquet"), 2, "hold Parquet files"
    )
    frame = pd.DataFrame({"x": RNG.normal(size=200), "t": range(200)})
    frame.to_parquet(folder / "a.parquet")
    result = run("resample", folder, "-t", "t", "-o", tmp_path / "out.parquet")
    fails(result, 2, "'t' has more than 50 classes", "--yes")


def test_many_classes_of_a_folder_are_asked_about(run, tmp_path, fails):
    (tmp_path / "parts").mkdir()
    pd.DataFrame({"x": range(200), "t": range(200)}).to_parquet(tmp_path / "parts" / "a.parquet")
    result = run("resample", tmp_path / "parts", "-t", "t", "-o", tmp_path / "out.parquet")
    fails(result, 2, "'t' has more than 50 classes", "--yes")

"""Tables go through files unchanged."""

import bz2
import gzip
import lzma
import os
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from pyarrow import feather

from vaesynth.files import FileTable, read_table, write_table

CSV = '''naïve,code,"a ""quoted"" name",day,flag,n,price,名前
1,007,"x, y",2024-02-29,true,1,1.50,"two
lines"
2,012,"say ""hi""",,,,2.25,NA
3,123,,2023-01-01,false,3,,ß
'''


@pytest.fixture
def table(tmp_path):
    path = tmp_path / "in.csv"
    path.write_text(CSV, encoding="utf-8")
    return read_table(path)


def test_text_comes_back_byte_for_byte(table, tmp_path):
    write_table(table, tmp_path / "out.csv")
    assert (tmp_path / "out.csv").read_text(encoding="utf-8") == CSV


@pytest.mark.parametrize("ending", [".csv", ".csv.gz", ".tsv", ".tsv.gz", ".parquet", ".feather"])
def test_every_format_gives_back_the_cells(table, tmp_path, ending):
    write_table(table, tmp_path / f"out{ending}")
    assert read_table(tmp_path / f"out{ending}").cells.equals(table.cells)


def test_types_of_typed_files_go_into_text_and_back(tmp_path):
    cells = pa.table(
        {
            "n": [1, None],
            "d": pa.array([0, None], pa.date32()),
            "b": [True, None],
            "x": [0.1, 1e300],
        }
    )
    write_table(FileTable(cells), tmp_path / "out.csv")
    assert read_table(tmp_path / "out.csv").cells.equals(cells)


def test_a_compressed_file_does_not_tell_when_it_was_written(table, tmp_path):
    write_table(table, tmp_path / "a.csv.gz")
    write_table(table, tmp_path / "b.csv.gz")
    packed = (tmp_path / "a.csv.gz").read_bytes()
    assert packed == (tmp_path / "b.csv.gz").read_bytes()
    assert gzip.decompress(packed).decode() == CSV


def test_an_index_of_pandas(tmp_path):
    frame = pd.DataFrame({"x": [1, 2, 3]}).iloc[[2, 0, 1]]
    frame.to_parquet(tmp_path / "numbered.parquet")
    assert read_table(tmp_path / "numbered.parquet").names == ["x"]
    frame.rename_axis("row").to_parquet(tmp_path / "named.parquet")
    assert read_table(tmp_path / "named.parquet").names == ["x", "row"]


def test_what_pandas_notes_of_types_is_kept(tmp_path):
    frame = pd.DataFrame(
        {
            "n": pd.array([1, None], "Int64"),
            "c": pd.Categorical(["a", "b"], ["b", "a"], ordered=True),
        }
    )
    frame.to_parquet(tmp_path / "in.parquet")
    write_table(read_table(tmp_path / "in.parquet"), tmp_path / "out.parquet")
    pd.testing.assert_frame_equal(pd.read_parquet(tmp_path / "out.parquet"), frame)


@pytest.mark.parametrize(
    ("content", "rule"),
    [
        (b"a,b\n1,2,3\n", "as many cells as the header, 2, got 3 in row 1"),
        (b"a,b\n1,2\n3\n", "as many cells as the header, 2, got 1 in row 2"),
        (b"a,b\n1,2\n\n3\n", "as many cells as the header, 2, got 1 in row 2"),
        (b"a,b\n1,2\n,\n3,4,\n", "got 3 in row 3"),
        (b'a,b\n"1,2\n', "quotes must enclose a whole cell .* from line 2 on"),
        (b'a,b\n1,"x" y\n', "quotes must enclose a whole cell .* from line 2 on"),
        (b'a,b\n1,"x\\"y"\n', "doubled inside it"),
        (b"a,b\n" + b"x" * 200_000 + b",1\n", "at most 131,072 letters, got more in line 2"),
        (b"", "must have a header, got nothing"),
        (b"\n\r\n", "must have a header, got nothing"),
        (b"a,b\n", "must have rows"),
        (b"a,a,t\n1,2,3\n", "must be unique, got 'a' more than once"),
        (b",a,t\n1,2,3\n", "must have a name, got none for column 1"),
        (b"a, ,t\n1,2,3\n", "must have a name, got none for column 2"),
        (b"a,b,\n1,2,3\n", "must have a name, got none for column 3"),
        (b"a;b\n1;2\n", "pass --sep ';'"),
        (b"a\tb\n1\t2\n", "pass --sep 'tab'"),
        (b"a|b\n1|2\n", "pass --sep '|'"),
        (b'a,b\n"1,5",2\n', "--decimal ','"),
        (
            "a,ü\n1,2\n".encode("latin-1"),
            "must be utf-8, got other bytes in line 1: .* --encoding latin-1",
        ),
        ("a,b\n1,ß\n".encode("cp1252"), "in line 2"),
        ("a,b\n1,2\n".encode("utf-16"), "must be utf-8, got utf-16-le: pass --encoding utf-16"),
        ("a,b\n1,2\n".encode("utf-32"), "pass --encoding utf-32"),
        ("a,b\n1,2\n".encode("utf-16-be"), "pass --encoding utf-16-le or utf-16-be"),
        (gzip.compress(b"a,b\n1,2\n", mtime=0), r"let its name end in \.gz"),
        (b"PK\x03\x04", "is a workbook or an archive"),
        (b"PAR1", r"let its name end in \.parquet"),
        (bz2.compress(b"a,b\n1,2\n"), "compressed by bzip2: unpack it first"),
        (lzma.compress(b"a,b\n1,2\n"), "compressed by xz: unpack it first"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1\0", "a workbook of old Excel: save it as CSV"),
        (b"%PDF-1.4\n\0", "a PDF: save its table as CSV"),
        (b"a,b\n1,x\0\n", "if they belong to the cells, pass --encoding utf-8"),
        (b"sep=;\na;b\n1;2\n", "Excel's hint 'sep=': delete that line"),
        (b"SEP=,\r\na,b\r\n1,2\r\n", "Excel's hint 'sep=': delete that line"),
        (b'"sep=\t"\na\tb\n1\t2\n', "Excel's hint 'sep=': delete that line"),
    ],
)
def test_damaged_text_is_refused_in_one_line_that_says_what_to_do(tmp_path, content, rule):
    (tmp_path / "in.csv").write_bytes(content)
    with pytest.raises(ValueError, match=rule) as refusal:
        read_table(tmp_path / "in.csv")
    assert "in.csv" in str(refusal.value)


@pytest.mark.parametrize(
    "change",
    [
        lambda whole: whole[:-20],
        lambda whole: whole + b"more",
        lambda whole: whole[:-8] + bytes(4) + whole[-4:],
        gzip.decompress,
    ],
    ids=["cut", "with more behind", "with a wrong checksum", "not compressed"],
)
def test_a_gz_file_that_is_none_says_so(tmp_path, change):
    (tmp_path / "in.csv.gz").write_bytes(change(gzip.compress(b"a,b\n1,2\n" * 50)))
    with pytest.raises(ValueError, match=r"in\.csv\.gz.* must be compressed by gzip and whole"):
        read_table(tmp_path / "in.csv.gz")


@pytest.mark.parametrize("ending", [".parquet", ".feather"])
@pytest.mark.parametrize(
    "options", [{"sep": ";"}, {"encoding": "latin-1"}, {"decimal": ","}, {"categorical": ["n"]}]
)
def test_options_of_text_are_refused_for_files_with_types(tmp_path, ending, options):
    write_table(FileTable(pa.table({"n": [1]})), tmp_path / f"in{ending}")
    with pytest.raises(ValueError, match=f"`{next(iter(options))}` is for text files"):
        read_table(tmp_path / f"in{ending}", **options)


@pytest.mark.parametrize("n_bytes", [0, 5, 15, 30, -1, -5])
def test_a_cut_gz_file_is_refused(tmp_path, n_bytes):
    whole = gzip.compress(b"a,b\n1,2\n" * 50)
    (tmp_path / "in.csv.gz").write_bytes(whole[:n_bytes])
    with pytest.raises(ValueError, match=r"in\.csv\.gz' must be a \.csv\.gz table"):
        read_table(tmp_path / "in.csv.gz")


@pytest.mark.parametrize(
    ("options", "rule"),
    [
        ({"sep": "::"}, "`sep` must be one letter"),
        ({"sep": '"'}, "`sep` must be one letter"),
        ({"encoding": "klingon"}, "`encoding` must be one that Python knows"),
        ({"encoding": "base64"}, "`encoding` must be one that Python knows"),
        ({"encoding": "ascii"}, "must be ascii, got other bytes in line 1"),
        ({"decimal": "'"}, "`decimal` must be a point or a comma"),
        ({"categorical": ["x"]}, "must be columns of the table, got 'x'"),
    ],
)
def test_options_that_do_not_fit_are_refused(tmp_path, options, rule):
    (tmp_path / "in.csv").write_text(CSV, encoding="utf-8")
    with pytest.raises(ValueError, match=rule):
        read_table(tmp_path / "in.csv", **options)


def test_columns_of_words(tmp_path):
    (tmp_path / "in.csv").write_text("code,n\n7,NA\n,8\n20240131,9\n")
    cells = read_table(tmp_path / "in.csv", categorical=["code"]).cells
    assert cells["code"].to_pylist() == ["7", None, "20240131"]
    cells = read_table(tmp_path / "in.csv", categorical=["code", "n"]).cells
    assert cells["n"].to_pylist() == ["NA", "8", "9"]


PLAIN = "a,b\n1,x\n2,y\n"
NOT_ASCII = "größe,stadt\n1,Zürich\n2,Köln\n"
# Kinds of text files: their bytes, and what must be said for them to be read.
KINDS = {
    "plain": (PLAIN.encode(), {}),
    "no last line end": (PLAIN[:-1].encode(), {}),
    "carriage returns and line feeds": (PLAIN.replace("\n", "\r\n").encode(), {}),
    "carriage returns": (PLAIN.replace("\n", "\r").encode(), {}),
    "blank lines": (b"a,b\n1,x\n\n2,y\n\n", {}),
    "blank lines first": (b"\n\na,b\n1,x\n2,y\n", {}),
    "blank lines of Windows": (b"a,b\r\n1,x\r\n\r\n2,y\r\n\r\n", {}),
    "a mark of UTF-8": (b"\xef\xbb\xbf" + PLAIN.encode(), {}),
    "a mark and quotes": (b'\xef\xbb\xbf"a","b"\r\n"1","x"\r\n', {}),
    "a mark of UTF-8 that is named": (b"\xef\xbb\xbf" + PLAIN.encode(), {"encoding": "utf-8-sig"}),
    "letters of UTF-8": (NOT_ASCII.encode(), {}),
    "Latin-1": (NOT_ASCII.encode("latin-1"), {"encoding": "latin-1"}),
    "Windows-1252": ("a,b\n1,€\n2,“\n".encode("cp1252"), {"encoding": "cp1252"}),
    "UTF-16": (NOT_ASCII.encode("utf-16"), {"encoding": "utf-16"}),
    "UTF-16, high bytes first": (
        b"\xfe\xff" + NOT_ASCII.encode("utf-16-be"),
        {"encoding": "utf-16"},
    ),
    "UTF-16 without a mark": (NOT_ASCII.encode("utf-16-le"), {"encoding": "utf-16-le"}),
    "UTF-32": (NOT_ASCII.encode("utf-32"), {"encoding": "utf-32"}),
    "Shift JIS": ("名前,b\n山,1\n川,2\n".encode("shift_jis"), {"encoding": "shift_jis"}),
    "semicolons": (b"a;b\n1;x\n2;y\n", {"sep": ";"}),
    "semicolons and decimal commas": (b"a;b\n1,5;x\n2,25;y\n", {"sep": ";", "decimal": ","}),
    "tabs in .csv": (b"a\tb\n1\tx\n2\ty\n", {"sep": "tab"}),
    "bars": (b"a|b\n1|x\n2|y\n", {"sep": "|"}),
    "all in quotes": (b'"a","b"\n"1","x"\n"2","y"\n', {}),
    "words in quotes": (b'"a","b"\n1,"x"\n2,"y"\n', {}),
    "quotes in quotes": (b'a,b\n1,"say ""hi"""\n2,""""\n', {}),
    "quotes in the middle": (b'a,b\n1,5"\n2,6" x 7"\n', {}),
    "lines in quotes": (b'a,b\n1,"x\ny"\n2,"x\r\ny"\n', {}),
    "lone carriage returns in quotes": (b'a,b\n1,"x\ry"\n2,"\r"\n', {}),
    "spaces": (b"a, b\n 1 , x\n2,  \n", {}),
    "strange line ends": ("a,b\n1,x\u2028y\n2,\x0b\x0c\x85\n".encode(), {}),
    "bytes of 0": (b"a,b\n1," + b"x" * 200 + b"\0\n2,y\n", {}),
    "empty cells": (b"a,b\n,\n2,\n", {}),
    "plus signs and leading zeros": (b"a,b\n+49301234,007\n+49309876,012\n", {}),
    "one column": (b"a\n1\n\n2\n", {}),
    "Cyrillic": ("a,b\n1,Москва\n2,Тверь\n".encode("koi8-r"), {"encoding": "koi8-r"}),
    "Chinese": ("a,b\n1,北京\n2,上海\n".encode("gb18030"), {"encoding": "gb18030"}),
    "an encoding with states": (
        "a,b\n1,東京\n2,x\n".encode("iso2022_jp"),
        {"encoding": "iso2022_jp"},
    ),
    "an encoding that is not of ASCII": (PLAIN.encode("cp500"), {"encoding": "cp500"}),
    "Macintosh": (NOT_ASCII.encode("mac-roman").replace(b"\n", b"\r"), {"encoding": "mac-roman"}),
    "bytes of 0 at the start": (b"a,b\n1,x\0\n2,\0\n", {"encoding": "utf-8"}),
    "mixed line ends": (b"a,b\n1,x\r\n2,y\n", {}),
    "line ends in the header": (b'"a\nb",c\n1,x\n2,y\n', {}),
    "the first and the last day": (b"a,b\n0001-01-01,x\n9999-12-31,y\n", {}),
    "pictures and marks inside": ("a,b\n1,😀\n2,\ufeffe\u0301\u202e\n".encode(), {}),
    "a separator that no keyboard has": (b"a\x1fb\n1\x1fx\n2\x1fy\n", {"sep": "\x1f"}),
}


@pytest.mark.parametrize("ending", [".csv", ".csv.gz"])
@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_text_comes_back_byte_for_byte_with_rows_below(kind, ending, tmp_path):
    content, options = KINDS[kind]
    if ending == ".csv.gz":
        (tmp_path / "in.csv.gz").write_bytes(gzip.compress(content))
    else:
        (tmp_path / "in.csv").write_bytes(content)
    table = read_table(tmp_path / f"in{ending}", **options)
    whole = table.append(table.cells)
    write_table(whole, tmp_path / f"out{ending}")
    written = (tmp_path / f"out{ending}").read_bytes()
    if ending == ".csv.gz":
        written = gzip.decompress(written)
    assert written.startswith(content)
    again = read_table(tmp_path / f"out{ending}", **options)
    n_rows = table.cells.num_rows
    pd.testing.assert_frame_equal(again.text, whole.text)
    assert again.cells.slice(0, n_rows).equals(table.cells)
    # New rows stand in lines and quotes like the others.
    assert len(again.source.ends) == 2 * n_rows + 1
    assert again.source.layout == table.source.layout


@pytest.mark.parametrize("kind", KINDS)
def test_a_column_to_the_right_leaves_every_row_as_it_stands(kind, tmp_path):
    content, options = KINDS[kind]
    (tmp_path / "in.csv").write_bytes(content)
    table = read_table(tmp_path / "in.csv", **options)
    marks = np.arange(table.cells.num_rows) % 2 == 0
    write_table(table.add_column("new", marks), tmp_path / "out.csv")
    again = read_table(tmp_path / "out.csv", **options)
    assert again.cells["new"].to_pylist() == marks.tolist()
    assert again.cells.drop_columns(["new"]).equals(table.cells)
    sep = again.source.layout.sep
    text = again.source.text.replace(f"{sep}new", "", 1)
    for mark in ("True", "False"):
        text = text.replace(f"{sep}{mark}", "")
    assert text == table.source.text


def test_another_separator_is_that_of_the_new_name(tmp_path):
    (tmp_path / "in.csv").write_bytes(b'\xef\xbb\xbfa,b\r\n1,"x\ty"\r\n2,"p,q"\r\n')
    write_table(read_table(tmp_path / "in.csv"), tmp_path / "out.tsv")
    assert (tmp_path / "out.tsv").read_bytes() == b'a\tb\n1\t"x\ty"\n2\tp,q\n'


@pytest.mark.parametrize("cell", ["x\ry", "\r", 'a"b', "a,b", "a\nb", '"', ' "', "\r\n"])
def test_a_typed_table_is_read_as_it_was_written(cell, tmp_path):
    table = FileTable(pa.table({"n": [1, 2], "word": [cell, "plain"]}))
    write_table(table, tmp_path / "out.csv")
    assert read_table(tmp_path / "out.csv").text["word"].tolist() == [cell, "plain"]


def test_a_file_that_reads_otherwise_does_not_replace_the_old(table, tmp_path, monkeypatch):
    (tmp_path / "out.csv").write_text("old")
    write_bytes = Path.write_bytes
    monkeypatch.setattr(Path, "write_bytes", lambda self, content: write_bytes(self, content[:-4]))
    with pytest.raises(OSError, match="must read as it was written, got another row 3"):
        write_table(table, tmp_path / "out.csv", overwrite=True)
    assert (tmp_path / "out.csv").read_text() == "old"


def test_letters_that_the_encoding_lacks_are_refused(tmp_path):
    (tmp_path / "in.csv").write_bytes("a,b\n1,ü\n".encode("latin-1"))
    table = read_table(tmp_path / "in.csv", encoding="latin-1")
    new = pa.table({"a": [2], "b": ["名"]})
    with pytest.raises(ValueError, match="latin-1"):
        write_table(table.append(new), tmp_path / "out.csv")
    assert os.listdir(tmp_path) == ["in.csv"]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_an_encoding_in_which_a_row_depends_on_later_ones_is_refused(end, tmp_path):
    content = NOT_ASCII.replace("\n", end).encode("punycode")
    (tmp_path / "in.csv").write_bytes(content)
    table = read_table(tmp_path / "in.csv", encoding="punycode")
    with pytest.raises(ValueError, match="its own bytes, which punycode does not"):
        write_table(table.append(table.cells), tmp_path / "out.csv")
    assert os.listdir(tmp_path) == ["in.csv"]


@pytest.mark.parametrize("ending", [".parquet", ".feather", ".csv.gz"])
def test_a_file_of_another_format_is_refused(tmp_path, ending):
    (tmp_path / f"in{ending}").write_text("a,b\n1,2\n")
    with pytest.raises(ValueError, match=f"must be a {ending} table"):
        read_table(tmp_path / f"in{ending}")


def test_a_name_given_twice_is_refused(tmp_path):
    twice = pa.Table.from_arrays([pa.array([1]), pa.array([2])], ["x", "x"])
    feather.write_feather(twice, tmp_path / "in.feather")
    with pytest.raises(ValueError, match="must be unique, got 'x'"):
        read_table(tmp_path / "in.feather")


def test_names_that_say_nothing_are_refused(tmp_path, table):
    with pytest.raises(ValueError, match=r"must end in .*\.parquet.* got .*xlsx"):
        read_table(tmp_path / "in.xlsx")
    with pytest.raises(FileNotFoundError, match="must be a file"):
        read_table(tmp_path / "in.csv.gz")
    with pytest.raises(ValueError, match="must end in"):
        write_table(table, tmp_path / "out")
    assert os.listdir(tmp_path) == ["in.csv"]


def test_a_marked_column(table, tmp_path):
    marked = table.add_column("new", np.array([False, True, False]))
    write_table(marked, tmp_path / "out.csv")
    assert pd.read_csv(tmp_path / "out.csv")["new"].tolist() == [False, True, False]
    assert marked.cells["new"].to_pylist() == [False, True, False]
    with pytest.raises(ValueError, match="'naïve', which is there"):
        table.add_column("naïve", np.zeros(3, bool))

"""Tables go through files unchanged."""

import gzip
import os

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
        (b"a,b\n1,2,3\n", "does not match length"),
        (b'a,b\n"1,2\n', "EOF inside string"),
        (b"", "No columns"),
        (b"a,b\n", "must have rows"),
        ("a,ü\n1,2\n".encode("latin-1"), "utf-8"),
    ],
)
def test_damaged_text_is_refused(tmp_path, content, rule):
    (tmp_path / "in.csv").write_bytes(content)
    with pytest.raises(ValueError, match=rule):
        read_table(tmp_path / "in.csv")


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

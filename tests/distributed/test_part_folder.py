"""Files that are whole or not there."""

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from vaesynth.distributed._part_folder import PartFolder


def test_a_part_is_written_under_its_number_and_replaced(tmp_path):
    folder = PartFolder.of(tmp_path / "a" / "b")
    folder.prepare()
    for cells in ([1, 2], [3]):
        folder.write(12, pa.table({"x": cells}))
    assert [path.name for path in (tmp_path / "a" / "b").iterdir()] == ["part-00012.parquet"]
    assert pq.read_table(folder.name(12)).column("x").to_pylist() == [3]


def test_an_address_names_a_folder_too(tmp_path):
    folder = PartFolder.of(tmp_path.as_uri() + "/rows/")
    folder.prepare()
    folder.write(0, pa.table({"x": [1]}))
    assert (tmp_path / "rows" / "part-00000.parquet").is_file()


def test_what_was_left_unfinished_is_deleted(tmp_path):
    folder = PartFolder.of(tmp_path)
    folder.prepare()
    (tmp_path / ".part-00003-abc.unfinished").touch()
    folder.write(0, pa.table({"x": [1]}))
    folder.clean()
    assert [path.name for path in tmp_path.iterdir()] == ["part-00000.parquet"]


def test_a_folder_with_files_is_refused(tmp_path):
    (tmp_path / "mine.txt").touch()
    with pytest.raises(FileExistsError, match="with 1 files in it"):
        PartFolder.of(tmp_path).prepare()

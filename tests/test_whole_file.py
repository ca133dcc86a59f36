"""A file is there whole, or as it was before."""

import os

import pytest

from vaesynth._whole_file import whole_file


def test_the_old_file_stays_until_the_new_one_is_complete(tmp_path):
    path = tmp_path / "table.csv"
    path.write_text("old")
    with whole_file(path) as unfinished:
        unfinished.write_text("new")
        assert path.read_text() == "old"
        assert unfinished.parent == tmp_path
    assert path.read_text() == "new"
    assert os.listdir(tmp_path) == ["table.csv"]


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt, SystemExit])
def test_an_error_leaves_the_old_file_and_nothing_else(tmp_path, error):
    path = tmp_path / "table.csv"
    path.write_text("old")

    def write_half():
        with whole_file(path) as unfinished:
            unfinished.write_text("half")
            raise error

    with pytest.raises(error):
        write_half()
    assert path.read_text() == "old"
    assert os.listdir(tmp_path) == ["table.csv"]


def test_a_file_that_comes_meanwhile_is_not_overwritten(tmp_path):
    path = tmp_path / "table.csv"

    def write_beside_someone():
        with whole_file(path, overwrite=False) as unfinished:
            unfinished.write_text("mine")
            path.write_text("someone else's")

    with pytest.raises(FileExistsError, match=r"table\.csv"):
        write_beside_someone()
    assert path.read_text() == "someone else's"
    assert os.listdir(tmp_path) == ["table.csv"]


def test_a_link_stays_a_link(tmp_path):
    (tmp_path / "real.csv").write_text("old")
    try:
        (tmp_path / "link.csv").symlink_to(tmp_path / "real.csv")
    except OSError:
        pytest.skip("on Windows not everybody may make links")
    with whole_file(tmp_path / "link.csv") as unfinished:
        unfinished.write_text("new")
    assert (tmp_path / "link.csv").is_symlink()
    assert (tmp_path / "real.csv").read_text() == "new"


def test_where_no_file_can_be_is_said_at_once(tmp_path):
    with (
        pytest.raises(FileNotFoundError, match="folder to write to must exist"),
        whole_file(tmp_path / "no" / "a"),
    ):
        pass
    with pytest.raises(IsADirectoryError, match="must be a file"), whole_file(tmp_path):
        pass

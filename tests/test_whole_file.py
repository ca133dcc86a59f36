"""A file is there whole, or as it was before."""

import os
import socket
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from vaesynth._whole_file import whole_file

posix = pytest.mark.skipif(os.name == "nt", reason="Windows has no modes, owners, pipes and locks")


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


def write(path, text="new", **options):
    with whole_file(path, **options) as unfinished:
        unfinished.write_text(text)


@pytest.mark.parametrize("name", ["x" * 240, "ß" * 120, "x" * 255, "." + "x" * 200 + ".csv.gz"])
def test_names_as_long_as_the_disk_takes(tmp_path, name):
    for text in ("first", "second"):
        write(tmp_path / name, text)
        assert (tmp_path / name).read_text() == text
    assert os.listdir(tmp_path) == [name]


@posix
@pytest.mark.parametrize("mode", [0o600, 0o640, 0o444, 0o2755, 0o4711])
def test_a_file_that_is_replaced_keeps_its_mode(tmp_path, mode):
    path = tmp_path / "table.csv"
    path.write_text("old")
    path.chmod(mode)
    seen = []
    with whole_file(path) as unfinished:
        seen.append(stat.S_IMODE(unfinished.stat().st_mode))
        unfinished.write_text("new")
    assert stat.S_IMODE(path.stat().st_mode) == mode
    assert path.read_text() == "new"
    assert seen == [0o600]  # at no moment can others read what they could not read before


@posix
def test_a_new_file_has_the_mode_of_other_new_files(tmp_path):
    (tmp_path / "other").write_text("")
    write(tmp_path / "table.csv")
    assert (tmp_path / "table.csv").stat().st_mode == (tmp_path / "other").stat().st_mode


@pytest.mark.skipif(os.name == "nt" or os.geteuid() != 0, reason="only root may give files away")
@pytest.mark.parametrize(("user", "group"), [(1, 1), (0, 7), (1234, 0)])
def test_a_file_that_is_replaced_keeps_its_owner(tmp_path, user, group):
    path = tmp_path / "table.csv"
    path.write_text("old")
    os.chown(path, user, group)
    path.chmod(0o640)
    write(path)
    found = path.stat()
    assert (found.st_uid, found.st_gid, stat.S_IMODE(found.st_mode)) == (user, group, 0o640)


@posix
def test_a_file_of_somebody_else_is_not_replaced(tmp_path, monkeypatch):
    path = tmp_path / "table.csv"
    path.write_text("old")
    monkeypatch.setattr(os, "geteuid", lambda: path.stat().st_uid + 1)
    with pytest.raises(PermissionError, match=r"must be one's own.*table\.csv"):
        write(path)
    assert path.read_text() == "old"


@posix
def test_a_file_of_a_group_of_others_is_not_replaced(tmp_path, monkeypatch):
    path = tmp_path / "table.csv"
    path.write_text("old")
    monkeypatch.setattr(os, "geteuid", lambda: 12345)
    real = os.lstat(path)
    values = [*real]
    values[stat.ST_UID], values[stat.ST_GID] = 12345, 54321
    monkeypatch.setattr("vaesynth._whole_file._look_at", lambda target: os.stat_result(values))
    with pytest.raises(PermissionError, match=r"group of one's own.*table\.csv.*54321"):
        write(path)
    assert path.read_text() == "old"


def make_pipe(path):
    os.mkfifo(path)


def make_socket(path):
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(path))


def make_loop(path):
    path.symlink_to(path.with_name("other"))
    path.with_name("other").symlink_to(path)


def make_link_to_device(path):
    path.symlink_to("/dev/null")


@posix
@pytest.mark.parametrize("overwrite", [True, False])
@pytest.mark.parametrize("make", [make_pipe, make_socket, make_loop, make_link_to_device])
def test_what_is_no_regular_file_is_refused_and_stays(tmp_path, make, overwrite, monkeypatch):
    monkeypatch.chdir(tmp_path)  # names of sockets are short
    path = Path("out")
    make(path)
    before = path.lstat()
    with pytest.raises(ValueError, match="must be a regular file, got 'out'"):
        write(path, overwrite=overwrite)
    assert path.lstat().st_ino == before.st_ino
    assert not list(Path().glob(".*"))


def test_a_link_to_nothing_yet_is_a_place_to_write(tmp_path):
    try:
        (tmp_path / "link.csv").symlink_to(tmp_path / "real.csv")
    except OSError:
        pytest.skip("on Windows not everybody may make links")
    write(tmp_path / "link.csv")
    assert (tmp_path / "real.csv").read_text() == "new"


def test_threads_that_write_to_one_name_leave_the_whole_file_of_one(tmp_path):
    path, texts = tmp_path / "table.csv", [letter * 100_000 for letter in "abcdefgh"]
    with ThreadPoolExecutor(8) as pool:
        for _ in range(5):
            list(pool.map(lambda text: write(path, text), texts))
            assert path.read_text() in texts
    assert os.listdir(tmp_path) == ["table.csv"]


def test_of_threads_that_may_not_overwrite_one_writes(tmp_path):
    def try_to_write(text):
        try:
            write(tmp_path / "table.csv", text, overwrite=False)
        except FileExistsError:
            return None
        return text

    with ThreadPoolExecutor(8) as pool:
        written = [text for text in pool.map(try_to_write, "abcdefgh") if text]
    assert written == [(tmp_path / "table.csv").read_text()]
    assert os.listdir(tmp_path) == ["table.csv"]


@posix
def test_what_a_killed_process_has_left_is_deleted_and_what_another_writes_is_not(tmp_path):
    left = tmp_path / ".vaesynth-0123456789abcdef.unfinished"
    left.write_text("half")
    foreign = tmp_path / ".other.unfinished"
    foreign.write_text("not ours")
    with whole_file(tmp_path / "first.csv") as first:
        first.write_text("first")
        assert not left.exists()
        write(tmp_path / "second.csv")
        assert first.read_text() == "first"
    assert sorted(os.listdir(tmp_path)) == [foreign.name, "first.csv", "second.csv"]


@posix
def test_a_disk_that_is_full_is_an_operating_system_s_error(tmp_path):
    resource = pytest.importorskip("resource")
    path = tmp_path / "table.csv"
    path.write_text("old")
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, hard))
    try:
        with pytest.raises(OSError, match="too large"):
            write(path, "x" * 10_000)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert path.read_text() == "old"
    assert os.listdir(tmp_path) == ["table.csv"]

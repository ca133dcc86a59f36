"""Files that are written whole or not at all."""

from __future__ import annotations

import os
import secrets
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from importlib import import_module
from pathlib import Path
from typing import IO, Any

try:
    locks: Any = import_module("fcntl")
except ImportError:  # Windows, where nobody can delete a file that is open
    locks = None

# Short whatever the name of the file: names end at 255 bytes.
PREFIX, SUFFIX = ".vaesynth-", ".unfinished"


@contextmanager
def whole_file(path: str | os.PathLike[str], *, overwrite: bool = True) -> Iterator[Path]:
    """Give a name to write under, and move the file to `path` once it is complete and on the disk.

    Whatever ends the block early, an error or a signal that raises one, leaves `path` as it was and nothing beside it.
    Only a process that is killed outright leaves the unfinished file; the next one that writes into the folder deletes
    it. A file that is replaced hands on its mode, owner and group.

    Parameters
    ----------
    path : str or path-like
        Where the file is to be; where it is a link, the file that it leads to.
    overwrite : bool, default=True
        Whether a file that is there may be replaced.

    Yields
    ------
    unfinished : Path
        A name in the same folder, of an empty file.

    Raises
    ------
    FileExistsError
        If there is a file and `overwrite` is False, before the block and after it.
    ValueError
        If there is something that is no regular file, as a device.
    PermissionError
        If the folder may not be written to, or the file belongs to somebody else.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> from vaesynth._whole_file import whole_file
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     with whole_file(Path(folder) / "note.txt") as unfinished:
    ...         _ = unfinished.write_text("whole")
    ...     [file.name for file in Path(folder).iterdir()]
    ['note.txt']
    """
    refuse_overwriting(path, overwrite)
    target = Path(os.path.realpath(path))
    _delete_abandoned(target.parent)
    unfinished, lock = _create(target.parent, is_private=target.exists())
    try:
        yield unfinished
        with unfinished.open("rb+") as file:
            os.fsync(file.fileno())
        refuse_overwriting(path, overwrite)
        if target.exists():
            _hand_on(target.stat(), unfinished)
        if os.name == "nt":  # nothing is moved there while it is open
            lock.close()
        _move(unfinished, target, overwrite)
    finally:
        lock.close()
        unfinished.unlink(missing_ok=True)


def refuse_overwriting(path: str | os.PathLike[str], overwrite: bool) -> None:
    """Raise if nothing can be written under a name: a file is there and must stay, or the folder is missing.

    Examples
    --------
    >>> from vaesynth._whole_file import refuse_overwriting
    >>> refuse_overwriting("no/such/folder/table.csv", overwrite=True)
    Traceback (most recent call last):
    ...
    FileNotFoundError: the folder to write to must exist, got 'no/such/folder'
    """
    target, name = Path(os.path.realpath(path)), os.fspath(path)
    found = _look_at(target)
    if found is not None and stat.S_ISDIR(found.st_mode):
        raise IsADirectoryError(f"the output must be a file, got the folder {name!r}")
    if found is not None and not stat.S_ISREG(found.st_mode):
        raise ValueError(
            f"the output must be a regular file, got {name!r}, which is a device, a pipe, a socket or a loop of links"
        )
    if found is not None and not overwrite:
        raise FileExistsError(f"a file is only replaced by force, and there is one under {name!r}")
    folder = os.fspath(Path(path).parent)
    if not target.parent.is_dir():
        raise FileNotFoundError(f"the folder to write to must exist, got {folder!r}")
    if not os.access(target.parent, os.W_OK):
        raise PermissionError(f"the folder to write to must allow it, got {folder!r}")
    if found is not None and os.name != "nt":
        _refuse_foreign(found, target.parent, name)


def _refuse_foreign(found: os.stat_result, folder: Path, name: str) -> None:
    """Raise if a file that is to be replaced could not hand on its owner and group."""
    if os.geteuid() == 0:
        return
    if os.geteuid() != found.st_uid:
        raise PermissionError(
            f"a file that is replaced must be one's own, to keep its owner, got {name!r} of user {found.st_uid}"
        )
    # New files have the group of the process, or of a folder that says so.
    if found.st_gid not in (os.getegid(), *os.getgroups(), folder.stat().st_gid):
        raise PermissionError(
            f"a file that is replaced must be of a group of one's own, to keep it, got {name!r} of group {found.st_gid}"
        )


def _look_at(target: Path) -> os.stat_result | None:
    """Return what is under a name, links not followed: of links that go round, one is left."""
    try:
        return target.lstat()
    except (FileNotFoundError, NotADirectoryError):
        return None


def _create(folder: Path, *, is_private: bool) -> tuple[Path, IO[bytes]]:
    """Create an empty file under a name that nobody has, and lock it for as long as it is written."""
    while True:
        unfinished = folder / f"{PREFIX}{secrets.token_hex(8)}{SUFFIX}"
        # What replaces a file may be as secret as that; the mode comes later.
        mode = 0o600 if is_private else 0o666
        descriptor = os.open(unfinished, os.O_CREAT | os.O_EXCL | os.O_RDWR, mode)
        lock = os.fdopen(descriptor, "rb+")
        # Another process may have found it between these two lines, not locked, and deleted it.
        if _lock(lock) and unfinished.exists():
            return unfinished, lock
        lock.close()


def _lock(file: IO[bytes]) -> bool:
    """Lock an open file for this process; return whether nobody else has."""
    if locks is None:
        return True
    try:
        locks.flock(file, locks.LOCK_EX | locks.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:  # a file system without locks, on which nothing is ever found to be abandoned
        return True
    return True


def _delete_abandoned(folder: Path) -> None:
    """Delete the unfinished files of processes that are gone; what cannot be deleted stays."""
    for left in folder.glob(f"{PREFIX}*{SUFFIX}"):
        with suppress(OSError):
            if locks is None:
                left.unlink()
                continue
            with left.open("rb") as file:
                locks.flock(file, locks.LOCK_EX | locks.LOCK_NB)
                left.unlink()


def _hand_on(found: os.stat_result, unfinished: Path) -> None:
    """Give a new file the owner, group and mode of the one that it replaces."""
    mine = unfinished.stat()
    if os.name != "nt" and (mine.st_uid, mine.st_gid) != (found.st_uid, found.st_gid):
        os.chown(unfinished, found.st_uid, found.st_gid)
    os.chmod(unfinished, stat.S_IMODE(found.st_mode))


def _move(unfinished: Path, target: Path, overwrite: bool) -> None:
    """Give a finished file its name, and see to it that the name is on the disk as well."""
    if overwrite:
        unfinished.replace(target)
    else:
        try:
            # Fails where a file has come meanwhile, at whatever moment.
            os.link(unfinished, target)
        except FileExistsError as error:
            raise FileExistsError(
                f"a file is only replaced by force, and there is one under {os.fspath(target)!r}"
            ) from error
        except OSError:  # a file system without links: it was not there a moment ago
            unfinished.replace(target)
    if os.name != "nt":
        descriptor = os.open(target.parent, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)

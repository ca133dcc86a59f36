"""Files that are written whole or not at all."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def whole_file(path: str | os.PathLike[str], *, overwrite: bool = True) -> Iterator[Path]:
    """Give a name to write under, and move the file to `path` once it is complete and on the disk.

    Whatever ends the block early, an error or a signal that raises one, leaves `path` as it was and nothing beside it.
    Only a process that is killed outright leaves the unfinished file, under its own name.

    Parameters
    ----------
    path : str or path-like
        Where the file is to be; where it is a link, the file that it leads to.
    overwrite : bool, default=True
        Whether a file that is there may be replaced.

    Yields
    ------
    unfinished : Path
        A name in the same folder.

    Raises
    ------
    FileExistsError
        If there is a file and `overwrite` is False, before the block and after it.

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
    target = Path(os.path.realpath(path))
    refuse_overwriting(path, overwrite)
    unfinished = target.with_name(f".{target.name}.{os.getpid()}.unfinished")
    try:
        yield unfinished
        with unfinished.open("rb+") as file:
            os.fsync(file.fileno())
        refuse_overwriting(path, overwrite)
        unfinished.replace(target)
    finally:
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
    target = Path(os.path.realpath(path))
    if target.exists() and not overwrite:
        raise FileExistsError(
            f"a file is only replaced by force, and there is one under {os.fspath(path)!r}"
        )
    if not target.parent.is_dir():
        raise FileNotFoundError(
            f"the folder to write to must exist, got {os.fspath(Path(path).parent)!r}"
        )
    if not os.access(target.parent, os.W_OK):
        raise PermissionError(
            f"the folder to write to must allow it, got {os.fspath(Path(path).parent)!r}"
        )
    if target.is_dir():
        raise IsADirectoryError(f"the output must be a file, got the folder {os.fspath(path)!r}")

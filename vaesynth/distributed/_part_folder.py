"""A folder of Parquet files, on a disk or in an object store, in which each file is whole or not there."""

from __future__ import annotations

import os
import posixpath
import uuid
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from vaesynth._optional import import_optional

UNFINISHED = ".unfinished"


@dataclass(frozen=True)
class PartFolder:
    """Files that are numbered, in one folder.

    Parameters
    ----------
    filesystem : pyarrow.fs.FileSystem
        The file system of the folder.
    path : str
        The folder, as the file system names it.

    Examples
    --------
    >>> import tempfile
    >>> import pyarrow as pa
    >>> with tempfile.TemporaryDirectory() as outer:
    ...     folder = PartFolder.of(f"{outer}/rows")
    ...     folder.prepare()
    ...     folder.write(0, pa.table({"a": [1, 2]}))
    ...     folder.name(0).removeprefix(folder.path)
    '/part-00000.parquet'
    """

    filesystem: Any
    path: str

    @classmethod
    def of(cls, destination: str | os.PathLike[str]) -> Self:
        """Find the folder that a path or an address such as ``"s3://bucket/rows"`` names."""
        fs = import_optional("pyarrow.fs", extra="ray")
        text = os.fspath(destination)
        if "://" not in text:
            return cls(fs.LocalFileSystem(), Path(os.path.abspath(text)).as_posix())
        filesystem, path = fs.FileSystem.from_uri(text)
        return cls(filesystem, path.rstrip("/"))

    def name(self, part: int) -> str:
        """Return the path of a file."""
        return posixpath.join(self.path, f"part-{part:05d}.parquet")

    def prepare(self) -> None:
        """Make the folder; raise a FileExistsError if there is something in it."""
        found = self._list()
        if found:
            raise FileExistsError(
                f"`destination` must be a folder that is not there or empty, got {self.path!r} with "
                f"{len(found)} files in it"
            )
        self.filesystem.create_dir(self.path, recursive=True)

    def write(self, part: int, table: Any) -> None:
        """Write a complete file, and replace the file with the same number."""
        parquet = import_optional("pyarrow.parquet", extra="ray")
        # An object store shows an object once it is complete; elsewhere a file is moved to its name then.
        if self.filesystem.type_name in ("s3", "gcs", "abfs"):
            parquet.write_table(table, self.name(part), filesystem=self.filesystem)
            return
        unfinished = posixpath.join(self.path, f".part-{part:05d}-{uuid.uuid4().hex}{UNFINISHED}")
        parquet.write_table(table, unfinished, filesystem=self.filesystem)
        self.filesystem.move(unfinished, self.name(part))

    def clean(self) -> None:
        """Delete the unfinished files of lost workers."""
        for path in self._list():
            if path.endswith(UNFINISHED):
                self.filesystem.delete_file(path)

    def _list(self) -> list[str]:
        fs = import_optional("pyarrow.fs", extra="ray")
        selector = fs.FileSelector(self.path, allow_not_found=True)
        return [info.path for info in self.filesystem.get_file_info(selector)]

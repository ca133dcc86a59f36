"""Sources of the rows of a stream, read in blocks of one size."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from itertools import chain
from pathlib import Path
from typing import Any

import pandas as pd

from vaesynth._byte_order import in_native_order
from vaesynth._optional import import_optional
from vaesynth.streaming._frames import rechunk

BLOCK_ROWS = 65_536
# Wide tables are read in shorter blocks.
BLOCK_CELLS = 2**22


class FrameStream:
    """The rows of a source in blocks of one size, for frames of any size.

    Parameters
    ----------
    source : path, pyarrow dataset, frame, callable or iterable of frames
        A Parquet file, or a folder of such files (its subfolders too, with columns in their names as in ``year=2024``),
        read in the order of their paths; a ``pyarrow.dataset.Dataset``; a callable without arguments that returns a new
        iterable of frames for each pass; an iterable of frames (an iterator allows one pass only). Frames are pandas
        data frames, pyarrow tables or record batches, or have a ``to_arrow`` method.
    block_rows : int, optional
        Rows of each block but the last. By default 65,536, and fewer of tables of more than 64 columns.

    Attributes
    ----------
    is_one_shot : bool
        Whether the source can be read only once.

    Raises
    ------
    FileNotFoundError
        If there is no such file, or no Parquet file in the folder.
    TypeError
        If the source is nothing of the kind.
    ImportError
        If the source needs pyarrow and it is not installed.

    Examples
    --------
    >>> import pandas as pd
    >>> from vaesynth.streaming import FrameStream
    >>> frames = [pd.DataFrame({"a": [1, 2, 3]}), pd.DataFrame({"a": [4]})]
    >>> [block["a"].tolist() for block in FrameStream(frames, block_rows=2).blocks()]
    [[1, 2], [3, 4]]
    """

    def __init__(self, source: Any, block_rows: int | None = None) -> None:
        self.block_rows = block_rows
        self.is_one_shot = isinstance(source, Iterator)
        self._open = _find_opener(source, block_rows)

    def blocks(self) -> Iterator[Any]:
        """Return the rows from the first on, as pandas data frames or pyarrow tables.

        Yields
        ------
        frame of shape (block_rows, n_columns)
            All in the container and with the column types of the first frame; the last may be shorter.

        Raises
        ------
        TypeError
            If the source gives something else than frames.
        ValueError
            If a frame has other columns or types than the first.
        """
        frames = self._frames()
        for first in frames:
            n_rows = _choose_block_rows(first.shape[1], self.block_rows)
            whole = chain([first], frames)
            del first  # or it would stay in memory for the whole pass
            yield from rechunk(whole, n_rows)

    def _frames(self) -> Iterator[Any]:
        expected = None
        for given in self._open():
            frame = _as_frame(given)
            found = (type(frame), _column_types(frame))
            expected = found if expected is None else expected
            _check_like_first(*found, *expected)
            yield frame


def _choose_block_rows(n_columns: int, block_rows: int | None) -> int:
    return min(BLOCK_ROWS, BLOCK_CELLS // n_columns + 1) if block_rows is None else block_rows


def _find_opener(source: Any, block_rows: int | None) -> Callable[[], Iterable[Any]]:
    """Return a function that starts a pass over the frames."""
    if isinstance(source, str | os.PathLike):
        whole = open_dataset(source)
        return lambda: _read_dataset(whole, block_rows)
    if hasattr(source, "scanner"):
        return lambda: _read_dataset(source, block_rows)
    if isinstance(source, pd.DataFrame) or hasattr(source, "to_arrow") or _is_arrow_table(source):
        return lambda: [source]
    if callable(source):
        return source
    if isinstance(source, Iterable):
        return lambda: source
    raise TypeError(
        "a stream must be a path, a pyarrow dataset, a callable that gives frames or an iterable of frames, got "
        f"{type(source).__name__}"
    )


def open_dataset(source: str | os.PathLike[str]) -> Any:
    """Open a Parquet file, or a folder of them that may hold other files too.

    Parameters
    ----------
    source : str or path-like
        The file or the folder.

    Returns
    -------
    pyarrow.dataset.Dataset

    Raises
    ------
    FileNotFoundError
        If there is no such file or folder, or no Parquet file in it.
    """
    files = _find_files(Path(source))
    dataset = import_optional("pyarrow.dataset", "stream")
    base = Path(source).as_posix() if Path(source).is_dir() else None
    return dataset.dataset(
        [file.as_posix() for file in files],
        format="parquet",
        partitioning=dataset.partitioning(flavor="hive") if base else None,
        partition_base_dir=base,
    )


def _find_files(path: Path) -> list[Path]:
    if path.is_file():
        return [path]
    if not path.is_dir():
        raise FileNotFoundError(
            f"a stream must be a file or folder that is there, got {str(path)!r}"
        )
    files = sorted(
        file
        for file in path.rglob("*.parquet")
        if not any(part[0] in "._" for part in file.relative_to(path).parts)
    )
    if not files:
        raise FileNotFoundError(f"the folder must hold Parquet files, got none in {str(path)!r}")
    return files


def _read_dataset(whole: Any, block_rows: int | None) -> Iterator[Any]:
    """Read batches in order; neither files ahead nor whole row groups are kept in memory."""
    dataset = import_optional("pyarrow.dataset", "stream")
    batch_rows = _choose_block_rows(len(whole.schema.names), block_rows)
    options: dict[str, Any] = {"batch_size": batch_rows, "batch_readahead": 1}
    if isinstance(getattr(whole, "format", None), dataset.ParquetFileFormat):
        options["fragment_scan_options"] = dataset.ParquetFragmentScanOptions(
            use_buffered_stream=True, pre_buffer=False
        )
    # An index that pandas has stored without a name does no more than number the rows.
    names = [name for name in whole.schema.names if not name.startswith("__index_level_")]
    for batch in whole.to_batches(names, fragment_readahead=0, **options):
        yield batch.replace_schema_metadata(None)


def _is_arrow_table(source: Any) -> bool:
    is_arrow = type(source).__module__.partition(".")[0] == "pyarrow"
    return is_arrow and hasattr(source, "num_rows")


def _as_frame(given: Any) -> Any:
    if isinstance(given, pd.DataFrame):
        # Neither pandas nor Arrow takes rows of a column in the other byte order.
        return in_native_order(given)
    frame = given.to_arrow() if hasattr(given, "to_arrow") else given
    if not _is_arrow_table(frame):
        raise TypeError(
            "frames of a stream must be pandas data frames, pyarrow tables or record batches, got "
            f"{type(given).__name__}"
        )
    if hasattr(frame, "combine_chunks"):
        return frame
    return import_optional("pyarrow", "stream").Table.from_batches([frame])


def _check_like_first(
    container: type, found: dict[Any, Any], first_container: type, expected: dict[Any, Any]
) -> None:
    if container is not first_container:
        raise ValueError(
            f"frames of a stream must be of one class, got {first_container.__name__} first and "
            f"{container.__name__} later"
        )
    if list(found) != list(expected):
        raise ValueError(
            f"frames of a stream must have the same columns, got {list(expected)} first and {list(found)} later"
        )
    for name, dtype in found.items():
        if dtype != expected[name]:
            raise ValueError(
                f"column {name!r} must have one type in all frames, got {expected[name]} first and {dtype} later: "
                "give the reader the types"
            )


def _column_types(frame: Any) -> dict[Any, Any]:
    if isinstance(frame, pd.DataFrame):
        return dict(frame.dtypes)
    return dict(zip(frame.schema.names, frame.schema.types, strict=True))

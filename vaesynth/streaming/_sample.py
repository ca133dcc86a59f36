"""One pass over a stream: the kept rows, the rows that show the contents of its columns, and the counts of all rows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from vaesynth._labels import refuse_nested_labels
from vaesynth.streaming._frames import count_rows, join_frames, take_rows
from vaesynth.streaming._parquet import as_arrow
from vaesynth.streaming._reservoir import ClassReservoir, KeptRows
from vaesynth.streaming._source import FrameStream
from vaesynth.streaming._target_column import TargetColumn, split_target
from vaesynth.tabular import ContentTracker

MAX_CLASSES = 1_000


@dataclass(frozen=True, eq=False)
class StreamSample:
    """The rows and facts that one pass over a stream keeps in memory.

    Attributes
    ----------
    X : frame of shape (n_kept, n_columns)
        Kept rows without the target, in the order of the stream.
    y : Series of shape (n_kept,) or None
        Their classes.
    positions : ndarray of int64, shape (n_kept,)
        Their places in the stream, from 0.
    shown : frame of shape (n_shown, n_columns)
        Rows from which to learn the columns: `X` itself if it has all rows of the stream, else a random sample of the
        whole stream, and rows with categories, bounds or missing cells that the sample lacks.
    target : TargetColumn or None
        Position of the classes in a frame.
    contents : ContentTracker
        Counts of all categories.
    n_rows : int
        Rows of the stream.
    class_count : dict of label to int
        Rows of each class in the stream.

    Examples
    --------
    >>> import pandas as pd
    >>> from vaesynth.streaming import FrameStream, sample_stream
    >>> frame = pd.DataFrame({"a": range(100), "y": ["no"] * 95 + ["yes"] * 5})
    >>> sample = sample_stream(FrameStream(frame), "y", max_rows=20, seed=0)
    >>> sample.y.value_counts().to_dict(), sample.class_count
    ({'no': 15, 'yes': 5}, {'no': 95, 'yes': 5})
    """

    X: Any
    y: Any
    positions: np.ndarray
    shown: Any
    target: TargetColumn | None
    contents: ContentTracker
    n_rows: int
    class_count: dict[Any, int]

    @property
    def is_whole(self) -> bool:
        """Return whether all rows of the stream are kept."""
        return len(self.positions) == self.n_rows


def sample_stream(
    stream: FrameStream,
    target: str | None,
    *,
    max_rows: int,
    seed: Any,
    categorical_features: Any = "auto",
    keeps_classes: bool = True,
) -> StreamSample:
    """Read a stream once, and keep the rows to fit a model to.

    Parameters
    ----------
    stream : FrameStream
        Where the rows come from.
    target : str or None
        Column of the classes.
    max_rows : int
        Most rows to keep: as many of each class, and all of a class that has fewer.
    seed : int or sequence of int
        Decides which.
    categorical_features : "auto" or array-like, default="auto"
        As in `TableEncoder`.
    keeps_classes : bool, default=True
        Whether classes are kept apart; else the target is only left out.

    Returns
    -------
    StreamSample

    Raises
    ------
    ValueError
        If a frame is refused, there is no such column, or a label is missing.

    Examples
    --------
    >>> import pandas as pd
    >>> from vaesynth.streaming import FrameStream, sample_stream
    >>> frame = pd.DataFrame({"a": range(100), "b": ["common"] * 99 + ["rare"]})
    >>> sample = sample_stream(FrameStream(frame), None, max_rows=10, seed=0)
    >>> len(sample.X), sample.n_rows, "rare" in set(sample.shown["b"])
    (10, 100, True)
    """
    reservoir, contents = ClassReservoir(max_rows, seed), ContentTracker(categorical_features)
    labels, witnesses = _Labels(target if keeps_classes else None), _Witnesses()
    for block in stream.blocks():
        X, _ = split_target(block, target)
        reservoir.add(block, labels.encode(block))
        witnesses.add(X, contents.see(X), contents.n_rows - count_rows(X))
    if contents.n_rows == 0:
        raise ValueError("a stream must have rows, got none")
    kept = reservoir.finish()
    X, y = split_target(kept.frame, target)
    return StreamSample(
        X=X,
        y=y if keeps_classes else None,
        positions=kept.positions,
        shown=X if len(kept.codes) == contents.n_rows else witnesses.join(X, kept),
        target=None if target is None else TargetColumn.of(kept.frame, target),
        contents=contents,
        n_rows=contents.n_rows,
        class_count=dict(zip(labels.code_of, reservoir.counts.tolist(), strict=True)),
    )


def refuse_unwritable(sample: StreamSample) -> None:
    """Raise a ValueError if rows like those of a sample, with their labels, cannot be written to a Parquet file.

    Examples
    --------
    >>> import pandas as pd
    >>> from vaesynth.streaming import FrameStream, refuse_unwritable, sample_stream
    >>> frame = pd.DataFrame({"a": [1, "b"], "y": ["no", "yes"]})
    >>> refuse_unwritable(sample_stream(FrameStream(frame), "y", max_rows=10, seed=0))  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    ...
    ValueError: columns must be of types that a Parquet file holds: ...
    """
    rows = sample.X
    if sample.target is not None:
        rows = sample.target.join(rows, np.asarray(sample.y))
    as_arrow(rows)


class _Witnesses:
    """Rows that show the contents of the columns, and their positions in the stream."""

    def __init__(self) -> None:
        self.frames: list[Any] = []
        self.positions: list[np.ndarray] = []

    def add(self, X: Any, shows: np.ndarray, start: int) -> None:
        if len(shows):
            self.frames.append(take_rows(X, shows))
            self.positions.append(start + shows)

    def join(self, X: Any, kept: KeptRows) -> Any:
        """Return the random sample of the stream among the kept rows, and below it the witnesses that it lacks."""
        sampled = kept.positions[kept.is_uniform]
        lacking = np.flatnonzero(~np.isin(np.concatenate(self.positions), sampled))
        uniform = take_rows(X, np.flatnonzero(kept.is_uniform))
        return join_frames([uniform, take_rows(join_frames(self.frames), lacking)])


class _Labels:
    """Class codes in the order in which the classes appear."""

    def __init__(self, target: str | None) -> None:
        self.target = target
        self.code_of: dict[Any, int] = {}
        self.n_rows = 0

    def encode(self, block: Any) -> np.ndarray:
        if self.target is None:
            self.code_of[None] = 0
            return np.zeros(len(block), dtype=np.int64)
        codes, found = pd.factorize(split_target(block, self.target)[1])
        refuse_nested_labels(found)
        if (codes < 0).any():
            raise ValueError(
                f"every row must have a class, got none in row {self.n_rows + int(codes.argmin())}"
            )
        self.n_rows += len(codes)
        known = [self.code_of.setdefault(label, len(self.code_of)) for label in found.tolist()]
        if len(self.code_of) > MAX_CLASSES:
            raise ValueError(
                f"`target` must have at most {MAX_CLASSES:,} classes, got more in column {self.target!r}"
            )
        return np.array(known, dtype=np.int64)[codes]

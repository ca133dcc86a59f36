"""Over-sampling of tables that need not fit into memory, from counts of labels that are not all in memory."""

from __future__ import annotations

import os
from abc import ABC, abstractmethod
from collections.abc import Iterator
from typing import Any, Self

import numpy as np
from sklearn.base import BaseEstimator
from sklearn.utils.validation import check_is_fitted

from vaesynth._validation import draw_seed
from vaesynth._whole_file import refuse_overwriting
from vaesynth._whole_fit import make_draft, take_draft, whole_fit
from vaesynth.estimators import (
    CHUNK_ROWS,
    CVAE,
    MAX_ROWS_IN_MEMORY,
    ClassRows,
    check_count,
    draw_units,
    label_code,
    next_draw_seed,
    read_stream,
    remember_features,
)
from vaesynth.over_sampling._amounts import count_new_rows, grow
from vaesynth.over_sampling._recipe import (
    check_model,
    choose_combines,
    choose_random_state,
    make_model,
)
from vaesynth.over_sampling._result import (
    refuse_single_rows,
    single_row_classes,
    warn_of_single_rows,
)
from vaesynth.streaming import (
    FrameStream,
    StreamSample,
    TargetColumn,
    as_arrow,
    rechunk,
    refuse_unwritable,
    write_parquet,
)
from vaesynth.tabular import Table


class StreamResampler(BaseEstimator, ABC):
    """The part of `CVAESampler` that reads streams and writes files."""

    model: CVAE | None
    copies: str
    single_row: str
    sampling_strategy: Any
    growth: float | str
    sampling_strategy_: dict[Any, int]
    model_: CVAE
    _rows: ClassRows
    _refused: Table | None
    _stream_target: TargetColumn

    @whole_fit
    def fit_stream(
        self, source: Any, target: str, *, max_rows_in_memory: int = MAX_ROWS_IN_MEMORY
    ) -> Self:
        """Train on a table that need not fit into memory, in one pass over its rows.

        Draws around real rows start from those that are kept: all rows of a class that has few, a random sample of
        one that has many.

        Parameters
        ----------
        source, target, max_rows_in_memory
            As in `CVAE.fit_stream`.

        Returns
        -------
        self
            It draws rows by :meth:`sample` and :meth:`resample_to_parquet`. `sampling_strategy_` goes by the exact
            number of rows of each class in the stream.

        Raises
        ------
        ValueError, TypeError or ImportError
            If a frame, the target or a parameter is refused; nothing is trained then.
        DivergenceError
            If the loss is no longer finite.

        Warns
        -----
        SingleRowWarning
            If the new rows of a class will be noisy copies of its one row.
        """
        self._validate_params()
        sample = self._read_sample(source, target, max_rows_in_memory)
        self._fit_sample(sample)
        return self

    def resample_to_parquet(
        self,
        destination: str | os.PathLike[str],
        source: Any = None,
        *,
        mark: str | None = None,
        chunk_size: int = CHUNK_ROWS,
        random_state: Any = None,
        overwrite: bool = False,
    ) -> int:
        """Write new rows until the classes are as `sampling_strategy` asks, after :meth:`fit_stream`.

        Parameters
        ----------
        destination : str or path-like
            The Parquet file; it is written whole or not at all, with no more than a chunk in memory.
        source : as in :meth:`fit_stream`, optional
            The stream, whose rows are then written first and unchanged. Without it the file has the new rows alone,
            in the same columns, which suits a folder of files to which it is added.
        mark : str, optional
            Name of a last column that is True for new rows.
        chunk_size : int, default=65_536
            Rows of each row group. The rows do not depend on it.
        random_state : int, RandomState instance or None, default=None
            None goes on in the stream of the fit: every call gives other rows.
        overwrite : bool, default=False
            Whether a file that is there may be replaced.

        Returns
        -------
        int
            Number of rows written.

        Raises
        ------
        NotFittedError
            Before :meth:`fit_stream`.
        FileExistsError
            If there is a file and `overwrite` is False.
        ValueError
            If `mark` is a column that is there, or `source` has no more rows to give.
        """
        check_is_fitted(self, "_stream_target")
        if mark in (self._stream_target.name, *getattr(self, "feature_names_in_", ())):
            raise ValueError(f"`mark` must be a new column, got {mark!r}, which is there")
        refuse_overwriting(destination, overwrite)
        real = None if source is None else FrameStream(source)
        tables = self._all_rows(real, mark, random_state)
        chunks = rechunk(tables, check_count("chunk_size", chunk_size))
        return write_parquet(chunks, destination, overwrite=overwrite)

    def fit_resample_stream(
        self,
        source: Any,
        target: str,
        destination: str | os.PathLike[str],
        *,
        include_real: bool = True,
        mark: str | None = None,
        max_rows_in_memory: int = MAX_ROWS_IN_MEMORY,
        overwrite: bool = False,
    ) -> int:
        """Train on a stream and write its rows, first and unchanged, and the new ones below into a Parquet file.

        Parameters
        ----------
        source, target, max_rows_in_memory
            As in :meth:`fit_stream`. An iterator, which gives one pass only, needs ``include_real=False``.
        destination, mark, overwrite
            As in :meth:`resample_to_parquet`.
        include_real : bool, default=True
            Whether the rows of the stream are written, which reads it a second time; else the file has the new rows
            alone.

        Returns
        -------
        int
            Number of rows written.

        Raises
        ------
        ValueError, TypeError, ImportError or FileExistsError
            If a frame, the target or a parameter is refused; nothing is trained then.
        DivergenceError
            If the loss is no longer finite.

        Examples
        --------
        >>> import tempfile
        >>> from pathlib import Path
        >>> import pandas as pd
        >>> from vaesynth import CVAESampler
        >>> frame = pd.DataFrame({"a": range(100), "y": ["no"] * 90 + ["yes"] * 10})
        >>> sampler = CVAESampler(random_state=0)
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     path = Path(folder) / "balanced.parquet"
        ...     n_rows = sampler.fit_resample_stream([frame[:50], frame[50:]], "y", path)
        ...     pd.read_parquet(path)["y"].value_counts().to_dict()
        {'no': 90, 'yes': 90}
        """
        refuse_overwriting(destination, overwrite)
        if include_real and isinstance(source, Iterator):
            raise ValueError(
                "`include_real=True` needs a source that can be read twice, got an iterator: give a callable that "
                "makes one, or `include_real=False`"
            )
        # The rows are those of this fit, whatever another thread fits meanwhile.
        own = make_draft(self)
        own._validate_params()
        sample = own._read_sample(source, target, max_rows_in_memory)
        refuse_unwritable(sample)
        own._fit_sample(sample)
        take_draft(self, own)
        again = source if include_real else None
        return own.resample_to_parquet(destination, again, mark=mark, overwrite=overwrite)

    @abstractmethod
    def _keep(self, rows: ClassRows) -> None:
        """Remember the fitted model and what draws from it."""

    @abstractmethod
    def _draw(
        self, code: int, n_rows: int, random_state: Any = None
    ) -> tuple[Table, np.ndarray | None]:
        """Draw new rows of a class."""

    def _read_sample(self, source: Any, target: str, max_rows_in_memory: int) -> StreamSample:
        check_model(self.model)
        if self.copies == "refuse":
            raise ValueError(
                "`copies` must be 'allow' or 'warn' for a stream, whose rows are not all in memory, got 'refuse'"
            )
        seed = draw_seed(choose_random_state(self))
        sample = read_stream(self.model or CVAE(), source, target, max_rows_in_memory, seed)
        n_new = count_new_rows(self.sampling_strategy, sample.class_count)
        self.sampling_strategy_ = grow(n_new, sample.class_count, self)
        if self.single_row == "error":
            refuse_single_rows(self._single_rows(sample))
        return sample

    def _single_rows(self, sample: StreamSample) -> list[Any]:
        # Labels of which those stand alone that have one row, and all others come twice.
        counts = sample.class_count
        labels = np.repeat(list(counts), np.minimum(list(counts.values()), 2))
        return single_row_classes(labels, self.sampling_strategy_)

    def _fit_sample(self, sample: StreamSample) -> None:
        warn_of_single_rows(self._single_rows(sample))
        model = make_model(self, len(sample.positions))
        self._keep(ClassRows.fit_sample(model, sample, combines=choose_combines(self)))
        self._refused = None
        if sample.target is not None:
            self._stream_target = sample.target
        self.target_name_ = self.model_.target_name_
        names = getattr(self.model_, "feature_names_in_", None)
        remember_features(self, self.model_.n_features_in_, names)

    def _new_rows(self, random_state: Any) -> Iterator[Any]:
        """Draw the new rows of all classes, with their labels, as tables of pyarrow."""
        for label, n_new in self.sampling_strategy_.items():
            code = label_code(self.model_.classes_, label)
            seed = next_draw_seed(self.model_, random_state)
            of_class = np.random.SeedSequence(seed, spawn_key=(code,))
            (entropy,) = of_class.generate_state(1, np.uint64)

            def draw(rows: slice, source: np.random.RandomState, code: int = code) -> Any:
                X = self._rows.write(self._draw(code, rows.stop - rows.start, source)[0])
                labels = np.repeat(self.model_.classes_[[code]], rows.stop - rows.start)
                return as_arrow(self._stream_target.join(X, labels))

            yield from draw_units(draw, n_new, int(entropy))

    def _all_rows(
        self, real: FrameStream | None, mark: str | None, random_state: Any
    ) -> Iterator[Any]:
        """Return the real rows and the new ones, with the mark that tells them apart."""
        blocks = iter(()) if real is None else map(as_arrow, real.blocks())
        schema = None
        for is_new, tables in ((False, blocks), (True, self._new_rows(random_state))):
            for table in tables:
                schema = schema or table.schema
                cells = table.cast(schema)
                marks = [np.full(cells.num_rows, is_new)]
                yield cells if mark is None else cells.append_column(mark, marks)

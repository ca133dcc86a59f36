"""Fitting to more rows than memory holds, and drawing more than it holds."""

from __future__ import annotations

import os
from abc import abstractmethod
from collections.abc import Iterator
from typing import Any, Self

import numpy as np
from sklearn.utils.validation import check_is_fitted

from vaesynth._validation import draw_seed
from vaesynth.estimators._draw_units import draw_units
from vaesynth.estimators._fitting import next_draw_seed
from vaesynth.estimators._row_estimator import RowEstimator, check_count, check_n_samples
from vaesynth.streaming import (
    FrameStream,
    StreamSample,
    as_arrow,
    rechunk,
    sample_stream,
    write_parquet,
)

# As many rows as the schedule draws a million of, in about two minutes of one core.
MAX_ROWS_IN_MEMORY = 100_000
CHUNK_ROWS = 65_536


class StreamEstimator(RowEstimator):
    """Base of estimators that are fitted to streams of frames and give theirs in chunks.

    Subclasses fit to what one pass has kept, and draw rows and their labels.
    """

    def fit_stream(
        self,
        source: Any,
        target: str | None = None,
        *,
        max_rows_in_memory: int = MAX_ROWS_IN_MEMORY,
    ) -> Self:
        """Learn from a table that need not fit into memory, in one pass over its rows.

        Every row is read: classes and categories are counted, and smallest and largest number, digits and missing
        cells of each column found, over the whole stream. Kept are at most `max_rows_in_memory` rows: as many of each
        class, drawn at random, and all of a class that has fewer, so that a rare class is not starved. The network is
        trained on these, by the schedule for a table of their number. Quantile bins, scales and medians come from the
        random sample of the whole stream that lies in them. Where all rows fit, the fit is that of :meth:`fit`.

        Parameters
        ----------
        source : path, pyarrow dataset, frame, callable or iterable of frames
            A Parquet file or a folder of such files; a ``pyarrow.dataset.Dataset``; pandas or pyarrow frames, from an
            iterable or from a callable that gives a fresh one. One pass is all that is needed, so that an iterator
            serves too.
        target : str, optional
            Column of the classes. An estimator without classes leaves it out.
        max_rows_in_memory : int, default=100_000
            Most rows to keep. While reading there are up to a quarter more and a block of 65,536 rows.

        Returns
        -------
        self

        Raises
        ------
        ValueError
            If a frame, the target or a parameter is refused; nothing is trained then.
        TypeError
            If the source is no stream of frames.
        ImportError
            If files are to be read and pyarrow is not installed (extra ``stream``).
        DivergenceError
            If the loss is no longer finite.

        Warns
        -----
        PosteriorCollapseWarning
            If no latent tells rows (of a class) apart.

        Examples
        --------
        >>> from sklearn.datasets import load_iris
        >>> from vaesynth import CVAE
        >>> frame = load_iris(as_frame=True).frame
        >>> def read():  # a fresh iterator of frames for each pass
        ...     return (frame[start : start + 40] for start in range(0, 150, 40))
        >>> cvae = CVAE(random_state=0).fit_stream(read, "target", max_rows_in_memory=90)
        >>> cvae.class_count_.tolist(), cvae.sample(3, y=2).shape
        ([50, 50, 50], (3, 4))
        """
        self._validate_params()
        seed = (draw_seed(self.random_state), 1)
        sample = self._sample_stream(source, target, max_rows_in_memory, seed)
        self.fit_sampled(sample)
        self._warn_of_collapse()
        return self

    def fit_sampled(self, sample: StreamSample) -> Self:
        """Fit to what one pass over a stream has kept; collapse is not warned of.

        Parameters
        ----------
        sample : StreamSample
            From :func:`vaesynth.streaming.sample_stream`.

        Returns
        -------
        self

        Raises
        ------
        ValueError
            If the rows, the target or a parameter is refused; nothing is trained then.
        """
        self._validate_params()
        self._fit_sample(sample)
        return self

    def iter_samples(
        self,
        n_samples: int,
        y: Any = None,
        *,
        chunk_size: int = CHUNK_ROWS,
        random_state: Any = None,
    ) -> Iterator[Any]:
        """Draw new rows a chunk at a time; the rows do not depend on the size of the chunks.

        Parameters
        ----------
        n_samples : int
            Number of rows in all.
        y : label or array-like of shape (n_samples,), optional
            As in :meth:`sample` of an estimator with classes.
        chunk_size : int, default=65_536
            Rows of each chunk but the last.
        random_state : int, RandomState instance or None, default=None
            Seed of the draw. It gives other rows than :meth:`sample`, from the same distribution. None goes on in the
            stream of the fit.

        Returns
        -------
        iterator of tables of shape (chunk_size, n_features), or images
            In the container and types of the fitted.

        Raises
        ------
        ValueError
            If `y` or a number is refused.

        Examples
        --------
        >>> from sklearn.datasets import load_iris
        >>> from vaesynth import CVAE
        >>> X, y = load_iris(return_X_y=True, as_frame=True)
        >>> cvae = CVAE(random_state=0).fit(X, y)
        >>> [len(chunk) for chunk in cvae.iter_samples(10, y=1, chunk_size=4)]
        [4, 4, 2]
        """
        units = self._draw_labelled(n_samples, y, random_state)
        return rechunk((rows for rows, _ in units), check_count("chunk_size", chunk_size))

    def sample_to_parquet(
        self,
        path: str | os.PathLike,
        n_samples: int,
        y: Any = None,
        *,
        target: str | None = None,
        chunk_size: int = CHUNK_ROWS,
        random_state: Any = None,
        overwrite: bool = False,
    ) -> int:
        """Draw new rows into a Parquet file, with no more than a chunk of them in memory.

        Parameters
        ----------
        path : str or path-like
            The file; it is written whole or not at all.
        n_samples, y, random_state
            As in :meth:`iter_samples`.
        target : str, optional
            Name of a last column with the class of each row.
        chunk_size : int, default=65_536
            Rows of each row group. The rows do not depend on it.
        overwrite : bool, default=False
            Whether a file that is there may be replaced.

        Returns
        -------
        int
            Number of rows written.

        Raises
        ------
        FileExistsError
            If there is a file and `overwrite` is False.
        ValueError
            If `y`, `target` or a number is refused.
        ImportError
            If pyarrow is not installed (extra ``stream``).

        Examples
        --------
        >>> import tempfile
        >>> from pathlib import Path
        >>> import pandas as pd
        >>> from sklearn.datasets import load_iris
        >>> from vaesynth import CVAE
        >>> X, y = load_iris(return_X_y=True, as_frame=True)
        >>> cvae = CVAE(random_state=0).fit(X, y)
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     path = Path(folder) / "new.parquet"
        ...     _ = cvae.sample_to_parquet(path, 100, y=1, target="species")
        ...     pd.read_parquet(path).shape
        (100, 5)
        """
        units = self._draw_labelled(n_samples, y, random_state)
        tables = (_as_arrow_with(rows, labels, target) for rows, labels in units)
        chunks = rechunk(tables, check_count("chunk_size", chunk_size))
        return write_parquet(chunks, path, overwrite=overwrite)

    def _sample_stream(
        self, source: Any, target: str | None, max_rows_in_memory: int, seed: Any
    ) -> StreamSample:
        """Read a stream once."""
        if self._has_classes and target is None:
            raise ValueError("`target` must name the column of the classes, got None")
        if getattr(self, "privacy", None) is not None:
            raise ValueError("a private fit must be of a table in memory, got a stream")
        return sample_stream(
            FrameStream(source),
            target,
            max_rows=check_count("max_rows_in_memory", max_rows_in_memory),
            seed=seed,
            categorical_features=self.categorical_features,
            keeps_classes=self._has_classes,
        )

    def _draw_labelled(
        self, n_samples: int, y: Any, random_state: Any
    ) -> Iterator[tuple[Any, np.ndarray | None]]:
        """Give units of new rows and their labels; what cannot be drawn is refused at once."""
        check_is_fitted(self)
        n_samples = check_n_samples(n_samples)
        self._check_labels(y, n_samples)
        seed = next_draw_seed(self, random_state)

        def draw(rows: slice, source: np.random.RandomState) -> tuple[Any, np.ndarray | None]:
            return self._draw_unit(rows, y, source)

        return draw_units(draw, n_samples, seed)

    @abstractmethod
    def _fit_sample(self, sample: StreamSample) -> None:
        """Train on the rows that are kept."""

    @property
    @abstractmethod
    def _has_classes(self) -> bool:
        """Whether rows have a class."""

    @abstractmethod
    def _warn_of_collapse(self) -> None:
        """Warn if no latent tells rows apart."""

    @abstractmethod
    def _check_labels(self, y: Any, n_samples: int) -> None:
        """Raise if rows of these labels cannot be drawn."""

    @abstractmethod
    def _draw_unit(
        self, rows: slice, y: Any, random_state: np.random.RandomState
    ) -> tuple[Any, np.ndarray | None]:
        """Draw the rows at these positions, and give them with their labels."""


def _as_arrow_with(rows: Any, labels: np.ndarray | None, target: str | None) -> Any:
    """Give rows as a table of pyarrow, with their labels where `target` names a column for them."""
    table = as_arrow(rows)
    if target is None:
        return table
    if labels is None:
        raise ValueError(f"`target` must be None for a model without classes, got {target!r}")
    if target in table.column_names:
        raise ValueError(f"`target` must be a new column, got {target!r}, which is there")
    return table.append_column(target, [labels])

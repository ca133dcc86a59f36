"""A table in blocks on a Ray cluster: the facts that a fit needs, and the shares of the workers."""

from __future__ import annotations

import copy
import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

from vaesynth._optional import import_optional
from vaesynth.distributed._block_facts import BlockFacts, TableContents
from vaesynth.estimators import SharedFit, TableFacts, refuse_missing_labels

# Rows enough for quantiles of hundreds of bins; a table of no more is learned as one process would learn it.
SAMPLE_ROWS = 100_000
# Fewer rows are no work for a process of their own.
ROWS_PER_WORKER = 100


class RayTable:
    """The blocks of a table, in order.

    Parameters
    ----------
    data : str, path-like or ray.data.Dataset
        A Parquet file, a folder of them, or a data set.
    target : str or None
        Name of the column of classes.

    Attributes
    ----------
    n_rows : int
        Number of rows.

    Raises
    ------
    TypeError
        If the data is of another kind.
    ValueError
        If the target is no column, or the only one.
    """

    def __init__(self, data: Any, target: str | None) -> None:
        self._ray = import_optional("ray", extra="ray")
        self.target = target
        dataset = _open_dataset(data)
        self._check_target(dataset.schema().names)
        with keep_order(dataset.context):
            self._blocks = dataset.to_arrow_refs()
        self._counts = self._ray.get([self._task(_count_rows, block) for block in self._blocks])
        self.n_rows = sum(self._counts)

    def learn_facts(self, seed: int, categorical_features: Any = "auto") -> TableFacts:
        """Read the table once: a sample whose rows only the seed decides, and all levels, bounds and classes.

        Parameters
        ----------
        seed : int
            Decides the sample.
        categorical_features : "auto" or array-like, default="auto"
            As in `TableEncoder`, among the columns besides the target.

        Raises
        ------
        ValueError
            If there are no rows, the target has missing cells, or a column is refused.
        """
        if not self.n_rows:
            raise ValueError("the table must have at least one row, got none")
        generator = np.random.default_rng(seed)
        n_sampled = min(SAMPLE_ROWS, self.n_rows)
        chosen = np.sort(generator.choice(self.n_rows, n_sampled, replace=False))
        ends = np.cumsum(self._counts)
        parts = np.split(chosen, np.searchsorted(chosen, ends[:-1]))
        pending = [
            self._task(_look_at, block, part - start, self.target, categorical_features)
            for block, part, start in zip(self._blocks, parts, ends - self._counts, strict=True)
        ]
        # One after another, so that not all answers are in memory at once.
        contents = TableContents(self.target, categorical_features)
        for answer in pending:
            contents.add(self._ask(answer))
        if contents.label_counts is not None:
            refuse_missing_labels(contents.label_counts.index.to_series())
        sample, cells = contents.to_frames(self.n_rows)
        if self.target is None:
            return TableFacts(self.n_rows, sample, cells, None, None)
        labels = sample.pop(self.target)
        features = cells if cells is sample else cells.drop(columns=self.target)
        return TableFacts(self.n_rows, sample, features, labels, contents.label_counts)

    def encode(self, shared: SharedFit, n_shares: int) -> list[Any]:
        """Encode all rows on the cluster and cut them into shares of equal size, in order.

        Parameters
        ----------
        shared : SharedFit
            What has learned the columns.
        n_shares : int
            Number of shares.

        Returns
        -------
        list of ray.data.Dataset
        """
        ray_data = import_optional("ray.data", extra="ray")
        context = ray_data.DataContext.get_current().copy()
        with ray_data.DataContext.current(context), keep_order(context):
            encoded = ray_data.from_arrow_refs(self._blocks).map_batches(
                _encode_block,
                batch_size=None,
                batch_format="pyarrow",
                zero_copy_batch=True,
                fn_kwargs={"shared": shared, "target": self.target},
            )
            cuts = [self.n_rows * share // n_shares for share in range(1, n_shares)]
            encoded = encoded.materialize()
            return encoded.split_at_indices(cuts) if cuts else [encoded]

    def _check_target(self, names: list[str]) -> None:
        if self.target is not None and self.target not in names:
            raise ValueError(
                f"`target` must be a column of the table, {names}, got {self.target!r}"
            )
        if not set(names) - {self.target}:
            raise ValueError("the table must have a column besides `target`, got none")

    def _ask(self, answer: Any) -> Any:
        """Wait for an answer; raise the error of a block as if it had been raised here."""
        try:
            return self._ray.get(answer)
        except self._ray.exceptions.RayTaskError as error:
            raise error.cause from error

    def _task(self, function: Any, *arguments: Any) -> Any:
        return self._ray.remote(function).remote(*arguments)


def read_share(share: Any) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Read a share into memory: values, codes and class codes.

    Parameters
    ----------
    share : ray.data.DataIterator
        A share of :meth:`RayTable.encode`.
    """
    parts = list(share.iter_batches(batch_size=None, batch_format="numpy"))
    y = np.concatenate([part["y"] for part in parts]).astype(np.int64)
    return _stack(parts, "values", len(y)), _stack(parts, "codes", len(y)), y


@contextmanager
def keep_order(context: Any) -> Iterator[None]:
    """Make Ray Data keep the blocks in the order of the table, so that the same seed gives the same fit."""
    before = context.execution_options
    context.execution_options = copy.deepcopy(before)
    context.execution_options.preserve_order = True
    try:
        yield
    finally:
        context.execution_options = before


def _open_dataset(data: Any) -> Any:
    ray_data = import_optional("ray.data", extra="ray")
    if isinstance(data, ray_data.Dataset):
        return data
    if isinstance(data, (str, os.PathLike)):
        path = os.fspath(data)
        # Workers start in other folders.
        return ray_data.read_parquet(path if "://" in path else os.path.abspath(path))
    raise TypeError(
        f"`data` must be a path of Parquet files or a ray.data.Dataset, got {type(data).__name__}"
    )


def _count_rows(block: Any) -> int:
    return len(block)


def _look_at(
    block: Any, positions: np.ndarray, target: str | None, categorical_features: Any
) -> BlockFacts:
    return BlockFacts.of(block, positions, target, categorical_features)


def _encode_block(block: Any, shared: SharedFit, target: str | None) -> dict[str, np.ndarray]:
    frame = block.to_pandas()
    labels = None if target is None else frame.pop(target)
    rows, y = shared.encode(frame, labels)
    values, codes = rows.to_arrays()
    arrays = {"values": values, "codes": codes.astype(np.int32)}
    # Ray has no columns of arrays of length 0.
    return {"y": y.astype(np.int32)} | {k: part for k, part in arrays.items() if part.shape[1]}


def _stack(parts: list[dict[str, np.ndarray]], name: str, n_rows: int) -> np.ndarray:
    arrays = [part[name] for part in parts if name in part]
    return np.concatenate(arrays) if arrays else np.empty((n_rows, 0), dtype=np.float32)

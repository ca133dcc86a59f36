"""Facts about the columns of a table, collected from its blocks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import pandas as pd

from vaesynth._optional import import_optional
from vaesynth.tabular import ContentTracker


@dataclass(frozen=True)
class BlockFacts:
    """Some rows of a block, and those that show all that its columns hold.

    Parameters
    ----------
    sample : pyarrow.Table
        The rows.
    shown : pyarrow.Table
        Rows with every level and bound, and a missing cell where there is one; see `ContentTracker`.
    label_counts : Series of int, or None
        Rows of each class, by class, and of those without one.
    """

    sample: Any
    shown: Any
    label_counts: pd.Series | None = None

    @classmethod
    def of(
        cls,
        block: Any,
        positions: np.ndarray,
        target: str | None = None,
        categorical_features: Any = "auto",
    ) -> Self:
        """Look at a block.

        Parameters
        ----------
        block : pyarrow.Table
            The block.
        positions : ndarray of int, shape (n_sampled,)
            Which rows to take.
        target : str, optional
            Column of the classes to count.
        categorical_features : "auto" or array-like, default="auto"
            As in `TableEncoder`, among the other columns.
        """
        shown = take_telling_rows(block, ContentTracker(categorical_features), target)
        counts = None
        if target is not None:
            labels = block.column(target).to_pandas().astype(object)
            counts = labels.value_counts(dropna=False)
        return cls(block.take(positions), shown, counts)


class TableContents:
    """The facts of the blocks of one table, collected one after another.

    Parameters
    ----------
    target : str, optional
        Column of the classes.
    categorical_features : "auto" or array-like, default="auto"
        As in `TableEncoder`, among the other columns.

    Attributes
    ----------
    label_counts : Series of int, or None
        Rows of each class, by class, and of those without one.
    """

    def __init__(self, target: str | None = None, categorical_features: Any = "auto") -> None:
        self.target = target
        self.label_counts: pd.Series | None = None
        self._tracker = ContentTracker(categorical_features)
        self._samples: list[Any] = []
        self._shown: list[Any] = []

    def add(self, facts: BlockFacts) -> None:
        """Record a block, and keep those of its rows that show new contents of a column.

        Raises
        ------
        ValueError
            If the block has other columns, or cells of another kind, than those before.
        """
        names = facts.sample.column_names
        if self._samples and self._samples[0].column_names != names:
            raise ValueError(
                "blocks of a table must have the same columns, got "
                f"{self._samples[0].column_names} and {names}"
            )
        self._samples.append(facts.sample)
        self._shown.append(take_telling_rows(facts.shown, self._tracker, self.target))
        counts = [each for each in (self.label_counts, facts.label_counts) if each is not None]
        self.label_counts = _add_up(counts) if counts else None

    def to_frames(self, n_rows: int) -> tuple[pd.DataFrame, pd.DataFrame]:
        """Return the sample, and a frame of the sample with the telling rows below it.

        Parameters
        ----------
        n_rows : int
            Rows of the table; where all are in the sample both frames are one.
        """
        sample = _concatenate(self._samples)
        if len(sample) == n_rows:
            frame = sample.unify_dictionaries().to_pandas()
            return frame, frame
        frame = _concatenate([sample, *self._shown]).unify_dictionaries().to_pandas()
        return frame.iloc[: len(sample)], frame


def take_telling_rows(table: Any, tracker: ContentTracker, target: str | None) -> Any:
    """Return the rows of a table that show something new to the tracker, which does not look at the target."""
    if not len(table):
        return table
    features = table if target is None else table.drop_columns(target)
    return table.take(tracker.see(features.unify_dictionaries().to_pandas()))


def _add_up(counts: list[pd.Series]) -> pd.Series:
    return pd.concat(counts).groupby(level=0, dropna=False).sum()


def _concatenate(tables: list[Any]) -> Any:
    """Stack tables; their types may differ if one has only missing cells."""
    pa = import_optional("pyarrow", extra="ray")
    return pa.concat_tables(tables, promote_options="permissive")

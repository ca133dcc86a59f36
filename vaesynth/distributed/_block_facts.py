"""What a block of a table tells of its columns, and what many blocks tell together."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import pandas as pd

from vaesynth._optional import import_optional

# Distinct numbers or dates of a column that are kept beside the bounds: a column of so many is no list of categories.
MAX_DISTINCT = 1_000


@dataclass(frozen=True)
class BlockFacts:
    """Some rows of a block, and cells that show all that its columns hold.

    Parameters
    ----------
    n_rows : int
        Rows of the block.
    sample : pyarrow.Table
        The rows.
    cells : dict of str to pyarrow.Array
        Distinct cells of each column, a missing one among them; of numbers and dates with more than `MAX_DISTINCT`
        the smallest and largest.
    label_counts : Series of int, or None
        Rows of each class, by class.
    """

    n_rows: int
    sample: Any
    cells: dict[str, Any]
    label_counts: pd.Series | None = None

    @classmethod
    def of(
        cls, block: Any, positions: np.ndarray, target: str | None = None, *, keeps_all: bool
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
        keeps_all : bool
            Whether columns of many numbers are to be kept whole too, as the user may have named them as categories.
        """
        cells = {
            name: trim_cells(block.column(name).combine_chunks(), keeps_all=keeps_all)
            for name in block.column_names
        }
        counts = None if target is None else block.column(target).to_pandas().astype(object)
        if counts is not None:
            counts = counts.value_counts()
        return cls(len(block), block.take(positions), cells, counts)

    def join(self, other: BlockFacts, *, keeps_all: bool) -> BlockFacts:
        """Put together what this block and a later one of the same table tell."""
        pa = import_optional("pyarrow", extra="ray")
        if self.sample.column_names != other.sample.column_names:
            raise ValueError(
                "blocks of a table must have the same columns, got "
                f"{self.sample.column_names} and {other.sample.column_names}"
            )
        cells = {}
        for name, own in self.cells.items():
            both = _join_cells(own, other.cells[name], name)
            cells[name] = trim_cells(both, keeps_all=keeps_all)
        sample = pa.concat_tables([self.sample, other.sample], promote_options="permissive")
        counts = self.label_counts
        if counts is not None:
            counts = pd.concat([counts, other.label_counts]).groupby(level=0).sum()
        return BlockFacts(self.n_rows + other.n_rows, sample, cells, counts)

    def to_frames(self) -> tuple[pd.DataFrame, pd.DataFrame]:
        """Give the sample, and a frame of the sample with all cells below it.

        Below the sample the rows are none of the table's: columns with fewer cells than others repeat what the sample
        has.
        """
        sample = self.sample.unify_dictionaries()
        if len(sample) == self.n_rows:
            frame = sample.to_pandas()
            return frame, frame
        pa = import_optional("pyarrow", extra="ray")
        n_extra = max((len(cells) for cells in self.cells.values()), default=0)
        repeated = sample.take(np.arange(n_extra) % len(sample))
        columns = []
        for name in sample.column_names:
            column, cells = repeated.column(name).combine_chunks(), self.cells[name]
            columns.append(_join_cells(cells, column.slice(len(cells)), name))
        extra = pa.table(dict(zip(sample.column_names, columns, strict=True)))
        together = pa.concat_tables([sample, extra], promote_options="permissive")
        frame = together.unify_dictionaries().to_pandas()
        return frame.iloc[: len(sample)], frame


def trim_cells(cells: Any, *, keeps_all: bool) -> Any:
    """Give the distinct cells of a column, or its bounds and a missing cell where it has many numbers or dates.

    Examples
    --------
    >>> import pyarrow as pa
    >>> trim_cells(pa.array([3, 3, None, 1]), keeps_all=False).to_pylist()
    [3, None, 1]
    >>> trim_cells(pa.array([*range(5000), None]), keeps_all=False).to_pylist()
    [0, 4999, None]
    """
    pa, pc = import_optional("pyarrow", extra="ray"), import_optional("pyarrow.compute", "ray")
    kind = cells.type
    if pa.types.is_nested(kind):  # the table encoder refuses it, with the column's name
        return cells.slice(0, 1)
    distinct = pc.unique(cells)
    is_ordered = (
        pa.types.is_floating(kind)
        or pa.types.is_integer(kind)
        or pa.types.is_temporal(kind)
        or pa.types.is_decimal(kind)
    )
    if keeps_all or not is_ordered or len(distinct) <= MAX_DISTINCT:
        return distinct
    present = pc.drop_null(distinct)
    if pa.types.is_floating(kind):
        present = present.filter(pc.invert(pc.is_nan(present)))
    bounds = pc.min_max(present)
    is_missing = len(present) < len(distinct)
    ends = pa.concat_arrays(
        [present.filter(pc.equal(present, bounds[end])) for end in ("min", "max")]
    )
    return pa.concat_arrays([ends, pa.nulls(1, kind)]) if is_missing else ends


def _join_cells(first: Any, second: Any, name: str) -> Any:
    """Cells of two arrays of one column, whose types may differ where one has nothing but missing cells."""
    pa = import_optional("pyarrow", extra="ray")
    tables = [pa.table({name: cells}) for cells in (first, second)]
    both = pa.concat_tables(tables, promote_options="permissive").unify_dictionaries()
    return both.column(name).combine_chunks()

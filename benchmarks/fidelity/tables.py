"""Training and held-out rows that generators and measures share."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd
from sklearn.model_selection import train_test_split

from benchmarks.shared.datasets import load_dataset

TARGET = "target"
MAX_MISSING_SHARE = 0.2
HELD_OUT_SHARE = 0.3


@dataclass(frozen=True)
class RealRows:
    """Real rows to learn from and real rows that no generator sees; the last column is the target.

    Categories and the target are text, numbers have the type that they were read with.
    """

    train: pd.DataFrame
    held_out: pd.DataFrame
    numbers: list[str]

    @property
    def categories(self) -> list[str]:
        """Columns that hold categories, the target among them."""
        return [name for name in self.train.columns if name not in self.numbers]

    @property
    def labels(self) -> np.ndarray:
        """Classes of the target in their order; of two, the second is the minority."""
        return np.unique(self.train[TARGET])

    def take_half_of_held_out(self, seed: int) -> tuple[RealRows, pd.DataFrame]:
        """Return rows whose held-out part is one half, and the other half."""
        kept, taken = train_test_split(
            self.held_out, test_size=0.5, stratify=self.held_out[TARGET], random_state=seed
        )
        return replace(self, held_out=kept), taken


def read_real_rows(folder: Path, name: str, *, max_rows: int | None, seed: int) -> RealRows:
    """Split the complete rows of a table, stratified by its target; `max_rows` caps those to learn from."""
    frame, numbers = read_complete_table(folder, name)
    train, held_out = train_test_split(
        frame, test_size=HELD_OUT_SHARE, stratify=frame[TARGET], random_state=seed
    )
    if max_rows is not None and len(train) > max_rows:
        train, _ = train_test_split(
            train, train_size=max_rows, stratify=train[TARGET], random_state=seed
        )
    return RealRows(train.reset_index(drop=True), held_out.reset_index(drop=True), numbers)


def read_complete_table(folder: Path, name: str) -> tuple[pd.DataFrame, list[str]]:
    """Return a table without missing cells, and the names of its numeric columns.

    Columns in which more than a fifth of the cells are missing go first, then rows, then columns of one value.
    """
    dataset = load_dataset(folder, name)
    frame = dataset.table.loc[:, dataset.table.isna().mean() <= MAX_MISSING_SHARE]
    frame = frame.assign(**{TARGET: dataset.target}).dropna()
    frame = frame.loc[:, frame.nunique() > 1]
    numbers = [
        name
        for name in frame.columns.drop(TARGET)
        if pd.api.types.is_numeric_dtype(frame[name].dtype)
    ]
    texts = {name: frame[name].astype(str).astype(object) for name in frame.columns.drop(numbers)}
    return frame.assign(**texts), numbers


def conform(synthetic: pd.DataFrame, real: RealRows) -> pd.DataFrame:
    """Give synthetic rows the columns and types of the real ones; whole numbers are rounded.

    Raises
    ------
    ValueError
        If a column or a cell is missing.
    """
    absent = set(real.train.columns) - set(synthetic.columns)
    if absent:
        raise ValueError(f"the generator gave no columns {sorted(absent)}")
    frame = synthetic[list(real.train.columns)].reset_index(drop=True)
    if frame.isna().to_numpy().any():
        raise ValueError("the generator gave missing cells")
    columns = {}
    for name in frame.columns:
        dtype = real.train[name].dtype
        if name not in real.numbers:
            columns[name] = frame[name].astype(str).astype(object)
        elif dtype.kind in "iu":
            columns[name] = frame[name].astype(float).round().astype(dtype)
        else:
            columns[name] = frame[name].astype(dtype)
    return pd.DataFrame(columns)

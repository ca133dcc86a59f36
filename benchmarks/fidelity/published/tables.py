"""The four tables of the suite, divided as it divides them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from benchmarks.fidelity.tables import TARGET, RealRows

# The suite's first seed. It takes the next one until every level is among the training rows.
_FIRST_SEED = 1234


@dataclass(frozen=True)
class SuiteTable:
    """Where a table lies below the folder of data, and what the suite takes for a category although it is a number.

    `official_train` is the number of its first rows that an official split learns from; without one, 90 per cent at
    random.
    """

    path: str
    more_categories: tuple[str, ...] = ()
    official_train: int | None = None


SUITE = {
    "adult": SuiteTable("mixed/adult.parquet", official_train=32_561),
    "default": SuiteTable(
        "published/default.parquet", tuple(f"PAY_{month}" for month in (0, 2, 3, 4, 5, 6))
    ),
    "shoppers": SuiteTable("published/shoppers.parquet"),
    "magic": SuiteTable("mixed/magic.parquet"),
}


def read_split(folder: Path, name: str, *, halves: bool) -> RealRows:
    """Return the training and the test part of a table; with `halves` two halves, for the distance to the closest row.

    Missing categories are a level of their own. No table misses a number.
    """
    about = SUITE[name]
    frame, numbers = _read(folder / about.path, about.more_categories)
    if halves:
        n_train = len(frame) // 2
    elif about.official_train is not None:
        return _divide(frame, numbers, np.arange(len(frame)), about.official_train)
    else:
        n_train = int(0.9 * len(frame))
    return _divide(frame, numbers, _order(frame, numbers, n_train), n_train)


def _read(path: Path, more_categories: tuple[str, ...]) -> tuple[pd.DataFrame, list[str]]:
    frame = pd.read_parquet(path)
    is_number = {
        name: name != TARGET
        and name not in more_categories
        and pd.api.types.is_numeric_dtype(frame[name].dtype)
        for name in frame.columns
    }
    numbers = [name for name in frame.columns if is_number[name]]
    texts = {
        name: frame[name].astype(object).where(frame[name].notna(), "?").astype(str).astype(object)
        for name in frame.columns
        if not is_number[name]
    }
    return frame.assign(**texts), numbers


def _order(frame: pd.DataFrame, numbers: list[str], n_train: int) -> np.ndarray:
    """Return the rows in the order that the suite's seed gives them."""
    categories = [name for name in frame.columns if name not in numbers and name != TARGET]
    order, seed = np.arange(len(frame)), _FIRST_SEED
    while True:
        # The suite shuffles the shuffled rows again where a level was absent.
        np.random.RandomState(seed).shuffle(order)
        train = frame.iloc[order[:n_train]]
        if all(train[name].nunique() == frame[name].nunique() for name in categories):
            return order
        seed += 1


def _divide(frame: pd.DataFrame, numbers: list[str], order: np.ndarray, n_train: int) -> RealRows:
    rows = frame.iloc[order]
    train, test = rows.iloc[:n_train], rows.iloc[n_train:]
    return RealRows(train.reset_index(drop=True), test.reset_index(drop=True), numbers)

"""Tables of any size for measurements of speed: made ones, and `adult`."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd


class Shape(NamedTuple):
    """Size of a made table."""

    n_rows: int
    n_numbers: int = 20
    n_categories: int = 0
    n_levels: int = 10
    n_classes: int = 2


def make_table(shape: Shape) -> tuple[pd.DataFrame, np.ndarray]:
    """Return columns that depend on each other and on the class; the first class holds nine rows of ten."""
    rng = np.random.default_rng(0)
    shares = np.full(shape.n_classes, 0.1 / (shape.n_classes - 1))
    shares[0] = 0.9
    y = np.sort(rng.choice(shape.n_classes, shape.n_rows, p=shares))
    y[: shape.n_classes * 10] = np.repeat(np.arange(shape.n_classes), 10)
    rng.shuffle(y)
    latent = rng.normal(size=(shape.n_rows, 5)) + rng.normal(size=(shape.n_classes, 5))[y]
    columns = {}
    for number in range(shape.n_numbers):
        signal = latent @ rng.normal(size=5)
        columns[f"x{number}"] = signal + 0.3 * rng.normal(size=shape.n_rows)
    names = np.array([f"level {level}" for level in range(shape.n_levels)])
    for number in range(shape.n_categories):
        score = latent @ rng.normal(size=5) + rng.normal(size=shape.n_rows)
        ranks = np.searchsorted(
            np.quantile(score, np.arange(1, shape.n_levels) / shape.n_levels), score
        )
        columns[f"c{number}"] = pd.Categorical.from_codes(ranks, names)
    return pd.DataFrame(columns), y


def read_adult(folder: Path, n_rows: int) -> tuple[pd.DataFrame, np.ndarray]:
    """Return the first rows of `adult` without a missing cell, its categories as such."""
    from benchmarks.shared.datasets import load_dataset

    dataset = load_dataset(folder, "adult")
    complete = dataset.table.notna().all(axis=1).to_numpy()
    table = dataset.table[complete].iloc[:n_rows].reset_index(drop=True)
    return table, dataset.codes[complete][:n_rows]

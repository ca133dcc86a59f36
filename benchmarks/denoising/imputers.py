"""Imputers of mixed tables: those of scikit-learn behind one-hot codes, and ours."""

from __future__ import annotations

import numpy as np
import pandas as pd
from sklearn.experimental import enable_iterative_imputer  # noqa: F401
from sklearn.impute import IterativeImputer, KNNImputer, SimpleImputer

from vaesynth.applications import VAEImputer

# Most frequent categories of a column that have an indicator for scikit-learn's imputers.
MOST_LEVELS = 10
N_NEIGHBORS = (5, 15, 50)
NAMES = ("median and mode", "KNNImputer", "IterativeImputer", "VAEImputer")


class OneHotTable:
    """A table with missing cells as standardised numbers and indicators of categories, and back."""

    def __init__(self, X: pd.DataFrame, categories: list[str]) -> None:
        self.columns, self.categories = list(X.columns), categories
        self.numbers = [name for name in X.columns if name not in categories]
        self.center = X[self.numbers].astype(float).mean()
        self.scale = X[self.numbers].astype(float).std().replace(0, 1)
        counts = {name: X[name].value_counts() for name in categories}
        self.levels = {name: list(count.index[:MOST_LEVELS]) for name, count in counts.items()}

    def encode(self, X: pd.DataFrame) -> np.ndarray:
        """Give the numbers and indicators, NaN where a cell is missing."""
        parts = [((X[self.numbers].astype(float) - self.center) / self.scale).to_numpy()]
        for name in self.categories:
            cells = X[name].astype(object)
            flags = np.column_stack([(cells == level) for level in self.levels[name]]).astype(float)
            flags[cells.isna().to_numpy()] = np.nan
            parts.append(flags)
        return np.hstack(parts)

    def decode(self, encoded: np.ndarray) -> pd.DataFrame:
        """Give numbers in their units, and of each category the level of the largest indicator."""
        n_numbers = len(self.numbers)
        frame = pd.DataFrame(encoded[:, :n_numbers], columns=self.numbers)
        frame = frame * self.scale.to_numpy() + self.center.to_numpy()
        start = n_numbers
        for name in self.categories:
            stop = start + len(self.levels[name])
            chosen = encoded[:, start:stop].argmax(axis=1)
            frame[name] = np.array(self.levels[name], dtype=object)[chosen]
            start = stop
        return frame[self.columns]


def impute(name: str, X: pd.DataFrame, categories: list[str], seed: int) -> pd.DataFrame:
    """Complete a table by the imputer of that name."""
    if name.startswith("VAEImputer"):
        return VAEImputer(n_jobs=1, random_state=seed).fit_transform(X)
    table = OneHotTable(X, categories)
    encoded = table.encode(X)
    if name == "median and mode":
        completed = SimpleImputer(strategy="median").fit_transform(encoded)
        for column in range(len(table.numbers), encoded.shape[1]):
            # The share of a level says which is the most frequent one; the median of its indicator does not.
            completed[np.isnan(encoded[:, column]), column] = np.nanmean(encoded[:, column])
        return table.decode(completed)
    if name == "KNNImputer":
        n_neighbors = choose_n_neighbors(encoded, seed)
        return table.decode(KNNImputer(n_neighbors=n_neighbors).fit_transform(encoded))
    return table.decode(IterativeImputer(random_state=seed).fit_transform(encoded))


def choose_n_neighbors(encoded: np.ndarray, seed: int) -> int:
    """Choose the number of neighbours by a tenth of the cells, hidden as well, of a quarter of the rows."""
    rng = np.random.default_rng(seed)
    part = encoded[rng.permutation(len(encoded))[: len(encoded) // 4]]
    hidden = ~np.isnan(part) & (rng.random(part.shape) < 0.1)
    masked = np.where(hidden, np.nan, part)
    errors = []
    for n_neighbors in N_NEIGHBORS:
        completed = KNNImputer(n_neighbors=n_neighbors, keep_empty_features=True).fit_transform(
            masked
        )
        errors.append(np.square(completed - part)[hidden].mean())
    return N_NEIGHBORS[int(np.argmin(errors))]


def score(truth: pd.DataFrame, completed: pd.DataFrame, masked: np.ndarray, categories: list[str]):
    """Root mean squared error in standard deviations and share of right categories, each a mean over columns."""
    errors, rights = [], []
    for place, name in enumerate(truth.columns):
        at = masked[:, place]
        real, got = truth[name].to_numpy()[at], completed[name].to_numpy()[at]
        if name in categories:
            rights.append(float(np.mean(real.astype(str) == got.astype(str))))
            continue
        scale = truth[name].astype(float).std()
        errors.append(
            float(np.sqrt(np.mean((real.astype(float) - got.astype(float)) ** 2)) / scale)
        )
    return float(np.mean(errors)), float(np.mean(rights)) if rights else float("nan")

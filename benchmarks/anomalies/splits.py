"""Tables with anomalies, cut into normal rows to learn from and rows to score."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd

MAX_TRAINING_ROWS = 10_000
# Of the mixed tables, some of which are large.
MAX_MIXED_ROWS = 5_000
MIXED = ("mixed", "multiclass")
# Sizes between which a set is brought for published figures, by drawing rows of it.
PUBLISHED_ROWS = (1_000, 50_000)


class Split(NamedTuple):
    """Normal rows to learn from, rows to score, and which of these are anomalies."""

    X_train: pd.DataFrame
    X_test: pd.DataFrame
    y_test: np.ndarray


def list_sets(folder: Path, part: str, kinds: Sequence[str] = MIXED) -> list[str]:
    """Names of the sets in a folder of ``.npz`` files, or of tables that a manifest puts into a part.

    Of the mixed kinds only those are taken that have categories or missing cells.
    """
    manifest = folder / "manifest.csv"
    if manifest.exists():
        known = pd.read_csv(manifest)
        chosen = known[known["kind"].isin(kinds) & (known["part"] == part)]
        has_other = (chosen["n_categorical"] > 0) | (chosen["n_missing_cells"] > 0)
        pairs = chosen.loc[has_other | ~chosen["kind"].isin(MIXED), ["kind", "name"]].to_numpy()
        names = [f"{kind}/{name}" for kind, name in pairs]
    else:
        names = [path.stem for path in folder.glob("*.npz")]
    if not names:
        raise SystemExit(f"neither .npz files nor a manifest with such tables in {folder}")
    return sorted(names)


def cut(folder: Path, name: str, seed: int) -> Split:
    """Half of the normal rows to learn from; the other half and all anomalies to score."""
    generator = np.random.default_rng(seed)
    if "/" in name:
        return _cut_mixed(folder, name, generator)
    X, y = _load(folder, name)
    return _halve(X, y, generator, MAX_TRAINING_ROWS, None)


def cut_as_published(folder: Path, name: str, seed: int) -> Split:
    """Cut a set as the figures of arXiv 2305.18593 were computed: the first half of the normal rows is learned.

    Rows are drawn from sets of more than 50,000 rows, and drawn again in sets of less than 1,000. So a small set has
    copies, and many rows to score equal learned ones.
    """
    X, y = _load(folder, name)
    generator = np.random.RandomState(seed)
    fewest, most = PUBLISHED_ROWS
    if len(y) < fewest:
        drawn = generator.choice(len(y), fewest, replace=True)
        X, y = X.iloc[drawn], y[drawn]
    if len(y) > most:
        drawn = generator.choice(len(y), most, replace=False)
        X, y = X.iloc[drawn], y[drawn]
    normal = np.flatnonzero(y == 0)
    half = round(len(normal) / 2)
    test = np.concatenate([normal[half:], np.flatnonzero(y == 1)])
    return Split(X.iloc[normal[:half]], X.iloc[test], y[test])


def _load(folder: Path, name: str) -> tuple[pd.DataFrame, np.ndarray]:
    content = np.load(folder / f"{name}.npz", allow_pickle=True)
    X = pd.DataFrame(content["X"].astype(float))
    X.columns = [f"x{column}" for column in X.columns]
    return X, content["y"].astype(int)


def _cut_mixed(folder: Path, name: str, generator: np.random.Generator) -> Split:
    """Take the rarest class for anomalies; at most 5,000 rows on each side."""
    table = pd.read_parquet(folder / f"{name}.parquet")
    target = table.pop("target")
    y = (target == target.value_counts().idxmin()).to_numpy().astype(int)
    return _halve(table, y, generator, MAX_MIXED_ROWS, MAX_MIXED_ROWS)


def _halve(
    X: pd.DataFrame,
    y: np.ndarray,
    generator: np.random.Generator,
    most_learned: int,
    most_scored: int | None,
) -> Split:
    normal = generator.permutation(np.flatnonzero(y == 0))
    half = len(normal) // 2
    anomalies = np.flatnonzero(y == 1)
    if most_scored is not None and len(anomalies) > most_scored:
        anomalies = generator.permutation(anomalies)[:most_scored]
    others = normal[half:] if most_scored is None else normal[half : half + most_scored]
    test = np.concatenate([others, anomalies])
    learned = normal[: min(half, most_learned)]
    return Split(X.iloc[learned], X.iloc[test], y[test])

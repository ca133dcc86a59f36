"""Tables with anomalies, cut into normal rows to learn from and rows to score."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd

MAX_TRAINING_ROWS = 10_000
# Of the mixed tables, some of which are large.
MAX_MIXED_ROWS = 5_000


class Split(NamedTuple):
    """Normal rows to learn from, rows to score, and which of these are anomalies."""

    X_train: pd.DataFrame
    X_test: pd.DataFrame
    y_test: np.ndarray


def list_sets(folder: Path, part: str) -> list[str]:
    """Names of the sets in a folder of ``.npz`` files, or of the mixed tables that a manifest puts into a part."""
    manifest = folder / "manifest.csv"
    if manifest.exists():
        known = pd.read_csv(manifest)
        chosen = known[known["kind"].isin(["mixed", "multiclass"]) & (known["part"] == part)]
        has_other = (chosen["n_categorical"] > 0) | (chosen["n_missing_cells"] > 0)
        pairs = chosen.loc[has_other, ["kind", "name"]].to_numpy()
        names = [f"{kind}/{name}" for kind, name in pairs]
    else:
        names = [path.stem for path in folder.glob("*.npz")]
    if not names:
        raise SystemExit(f"neither .npz files nor a manifest with mixed tables in {folder}")
    return sorted(names)


def cut(folder: Path, name: str, seed: int) -> Split:
    """Half of the normal rows to learn from; the other half and all anomalies to score."""
    generator = np.random.default_rng(seed)
    if "/" in name:
        return _cut_mixed(folder, name, generator)
    content = np.load(folder / f"{name}.npz", allow_pickle=True)
    X, y = pd.DataFrame(content["X"].astype(float)), content["y"].astype(int)
    X.columns = [f"x{column}" for column in X.columns]
    return _halve(X, y, generator, MAX_TRAINING_ROWS, None)


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

"""The anomaly sets: how they are read and cut, the same for every method."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import numpy as np

MAX_TRAINING_ROWS = 10_000


class Split(NamedTuple):
    """Normal rows to learn from, rows to score, and which of these are anomalies."""

    X_train: np.ndarray
    X_test: np.ndarray
    y_test: np.ndarray


def list_sets(folder: Path) -> list[str]:
    """Names of the sets in a folder, in the order of the alphabet."""
    names = sorted(path.stem for path in folder.glob("*.npz"))
    if not names:
        raise SystemExit(f"no .npz files in {folder}")
    return names


def development_sets(names: list[str]) -> list[str]:
    """Name the sets on which the default was chosen: every second."""
    return names[::2]


def cut(folder: Path, name: str, seed: int) -> Split:
    """Half of the normal rows, at most 10,000, to learn from; the other half and all anomalies to score."""
    content = np.load(folder / f"{name}.npz", allow_pickle=True)
    X, y = content["X"].astype(float), content["y"].astype(int)
    generator = np.random.default_rng(seed)
    normal = generator.permutation(np.flatnonzero(y == 0))
    half = len(normal) // 2
    test = np.concatenate([normal[half:], np.flatnonzero(y == 1)])
    return Split(X[normal[: min(half, MAX_TRAINING_ROWS)]], X[test], y[test])

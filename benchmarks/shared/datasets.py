"""Read the development tables through their manifest."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd


@dataclass(frozen=True)
class Dataset:
    """One imbalanced table: raw features as a user has them, and its target."""

    name: str
    kind: str
    task: str
    family: str
    easy: bool
    table: pd.DataFrame
    target: pd.Series

    @property
    def codes(self) -> np.ndarray:
        """The target as integers; in binary sets the minority is 1."""
        return np.unique(self.target.to_numpy(), return_inverse=True)[1]


def select_datasets(
    folder: Path,
    *,
    kinds: Sequence[str] = (),
    names: Sequence[str] = (),
    max_rows: int | None = None,
    min_rows: int = 0,
    exclude_easy: bool = False,
    part: str | None = None,
    subset: str | None = None,
) -> pd.DataFrame:
    """Return the manifest rows that pass every filter, smallest tables first.

    ``part`` is "tune" or "look", a column of the manifest: whole families to choose defaults on, and others to look at
    once for each default that would ship. ``subset="K/N"`` is the K-th (from 1) of N parts of the chosen sets, to
    tune on one after the other. Sets of one family share rows, so no family is ever divided.
    """
    manifest = pd.read_csv(folder / "manifest.csv")
    unknown = set(names) - set(manifest["name"])
    if unknown:
        raise SystemExit(f"no such sets in {folder / 'manifest.csv'}: {sorted(unknown)}")
    keep = manifest["n_rows"] >= min_rows
    if max_rows is not None:
        keep &= manifest["n_rows"] < max_rows
    if kinds:
        keep &= manifest["kind"].isin(kinds)
    if names:
        keep &= manifest["name"].isin(names)
    if exclude_easy:
        keep &= ~manifest["easy"]
    if part is not None:
        keep &= manifest["part"] == part
    chosen = manifest[keep].sort_values(["family", "name"])
    if subset is not None:
        number, n_parts = map(int, subset.split("/"))
        if not 1 <= number <= n_parts:
            raise SystemExit(f"--subset K/N needs 1 <= K <= N, got {subset}")
        chosen = chosen[deal_families(chosen["family"], n_parts) == number]
    return chosen.sort_values("n_rows", kind="stable").reset_index(drop=True)


def deal_families(families: pd.Series, n_parts: int) -> pd.Series:
    """Give each set the number (from 1) of its part: families, largest first, to the smallest."""
    part_of, sizes = {}, np.zeros(n_parts, dtype=int)
    counts = families.value_counts().sort_index().sort_values(ascending=False, kind="stable")
    for family, size in counts.items():
        part_of[family] = int(sizes.argmin()) + 1
        sizes[part_of[family] - 1] += size
    return families.map(part_of)


def load_dataset(folder: Path, name: str) -> Dataset:
    """Read one table of the manifest."""
    manifest = pd.read_csv(folder / "manifest.csv").set_index("name")
    entry = manifest.loc[name]
    frame = pd.read_parquet(folder / entry["kind"] / f"{name}.parquet")
    target = frame.pop("target")
    return Dataset(
        name, entry["kind"], entry["task"], entry["family"], bool(entry["easy"]), frame, target
    )

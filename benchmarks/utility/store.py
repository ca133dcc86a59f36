"""Where results lie: one file per data set and sampler while a run goes on, one file when it is over.

``parts/SAMPLER/SET.parquet`` are what runs write, so that several may run at once; `pack` moves them
into ``results.parquet``. A row in both is the one of the part, which is the newer.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import quote

import pandas as pd

KEY = ["seed", "repeat", "fold", "classifier"]
_ROW = ["set", "sampler", *KEY]


def packed_path(folder: Path) -> Path:
    """Return the one file of a finished folder."""
    return folder / "results.parquet"


def part_path(folder: Path, dataset: str, sampler: str) -> Path:
    """Return the file of one data set × sampler: no two workers share one."""
    return folder / "parts" / quote(sampler, safe="=,@") / f"{dataset}.parquet"


def read_part(folder: Path, dataset: str, sampler: str) -> pd.DataFrame:
    """Return the rows that a data set × sampler has, packed or not."""
    files = [part_path(folder, dataset, sampler)]
    rows = [pd.read_parquet(file) for file in files if file.exists()]
    if packed_path(folder).exists():
        of_part = [("set", "==", dataset), ("sampler", "==", sampler)]
        rows.insert(0, pd.read_parquet(packed_path(folder), filters=of_part))
    return _join(rows) if rows else pd.DataFrame(columns=KEY)


def write_part(folder: Path, dataset: str, sampler: str, rows: pd.DataFrame) -> None:
    """Write a part in one step: a killed run leaves no half part."""
    path = part_path(folder, dataset, sampler)
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_suffix(f".{os.getpid()}.tmp")
    rows.to_parquet(partial, index=False)
    partial.replace(path)


def read_results(folder: Path, samplers: Sequence[str] | None = None) -> pd.DataFrame:
    """Read every finished row of a results folder."""
    files = [packed_path(folder)] if packed_path(folder).exists() else []
    files += sorted((folder / "parts").glob("*/*.parquet"))
    if not files:
        raise SystemExit(f"no results below {folder}")
    results = _join([pd.read_parquet(file) for file in files])
    # Rows of earlier versions lack what a set has in common.
    results["imbalance_ratio"] = results.groupby("set")["imbalance_ratio"].transform("max")
    return results if samplers is None else results[results["sampler"].isin(samplers)]


def pack(folder: Path) -> Path:
    """Move all parts into one compressed file."""
    results = read_results(folder).sort_values(_ROW, ignore_index=True)
    target = packed_path(folder)
    partial = target.with_suffix(".tmp")
    results.to_parquet(partial, index=False, compression="zstd", compression_level=19)
    partial.replace(target)
    for file in (folder / "parts").glob("*/*.parquet"):
        file.unlink()
    return target


def _join(frames: list[pd.DataFrame]) -> pd.DataFrame:
    # An all-missing column of errors has no type of its own.
    frames = [frame.astype({"error": "object"}) for frame in frames if len(frame)]
    if not frames:
        return pd.DataFrame(columns=KEY)
    joined = pd.concat(frames, ignore_index=True)
    return joined.drop_duplicates(_ROW, keep="last", ignore_index=True)

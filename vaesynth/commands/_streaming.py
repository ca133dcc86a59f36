"""Tables that are read in blocks because they may be larger than memory."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from vaesynth.commands._printing import make_console, print_table
from vaesynth.commands._strategy import read_strategy
from vaesynth.streaming import FrameStream

# In memory such a file takes several times as much.
STREAMED_MEBIBYTES = 200


def is_streamed(path: Path) -> bool:
    """Return whether a table is read in blocks: a folder of Parquet files, or one such file of 200 MiB and more.

    Examples
    --------
    >>> is_streamed(Path(".")), is_streamed(Path("table.csv"))
    (True, False)
    """
    if path.is_dir():
        return True
    is_parquet = path.is_file() and path.name.lower().endswith(".parquet")
    return is_parquet and path.stat().st_size >= STREAMED_MEBIBYTES * 2**20


def resample_stream(
    table: Path,
    target: str,
    output: Path,
    *,
    strategy: str,
    method: str,
    seed: int | None,
    mark: str | None,
    constraints: Sequence[str],
    force: bool,
    verbose: bool,
) -> Any:
    """Over-sample a table in blocks.

    Returns
    -------
    CVAESampler
        The fitted sampler; the rows are written.
    """
    from vaesynth.estimators import CVAE
    from vaesynth.over_sampling import CVAESampler

    if not output.name.lower().endswith(".parquet"):
        raise ValueError(
            f"`--output` must end in .parquet for a table that is read in blocks, got {str(output)!r}"
        )
    sampler = CVAESampler(
        model=CVAE(constraints=tuple(constraints)) if constraints else None,
        sampling_strategy=_read_strategy(strategy, table, target),
        sampling_method=method,
        random_state=seed,
        verbose=verbose,
    )
    sampler.fit_resample_stream(table, target, output, mark=mark, overwrite=force)
    return sampler


def _read_strategy(strategy: str, table: Path, target: str) -> Any:
    """Read a strategy; only totals per class need the classes, and so a pass of their own."""
    labels: set[Any] = set()
    if strategy.lstrip().startswith("{"):
        for block in FrameStream(table).blocks():
            if target in block.column_names:
                labels.update(block[target].unique().to_pylist())
    return read_strategy(strategy, pd.Series(list(labels)))


def tell_of_blocks(table: Path) -> None:
    """Say that a table is read in blocks, and what that means."""
    from vaesynth.estimators import MAX_ROWS_IN_MEMORY

    make_console().print(
        f"{table} is read in blocks; the model learns from at most {MAX_ROWS_IN_MEMORY:,} rows, rare classes first",
        markup=False,
    )


def print_stream_summary(sampler: Any, output: Path, model: Path | None) -> None:
    """Tell how many rows of each class there were and are."""
    counts = dict(zip(sampler.model_.classes_.tolist(), sampler.model_.class_count_, strict=True))
    new = sampler.sampling_strategy_
    rows = [(str(label), int(n), int(n + new.get(label, 0))) for label, n in counts.items()]
    print_table(["class", "rows before", "rows after"], sorted(rows, key=lambda row: -row[1]))
    console = make_console()
    n_real, n_new = sum(row[1] for row in rows), sum(new.values())
    console.print(f"{n_new:,} synthetic rows below {n_real:,} real ones: {output}", markup=False)
    if model is not None:
        console.print(f"fitted sampler: {model}", markup=False)

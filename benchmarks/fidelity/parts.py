"""One data set × generator: fit, sample, measure; kept as one JSON file, so that a run can be resumed."""

from __future__ import annotations

import gzip
import json
import os
import time
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pandas as pd

from benchmarks.fidelity.generators import REAL, make_generator
from benchmarks.fidelity.measures import measure
from benchmarks.fidelity.tables import RealRows, conform, read_real_rows
from benchmarks.shared.provenance import describe_environment, write_json

_RIVAL_PACKAGES = (
    "sdmetrics",
    "sdv",
    "ctgan",
    "copulas",
    "rdt",
    "ForestDiffusion",
    "xgboost",
    "xgboost-cpu",
)


@dataclass(frozen=True)
class Protocol:
    """What every generator of a run has in common."""

    folder: Path
    results: Path
    max_rows: int | None = None
    seed: int = 0
    n_threads: int = 1
    redo: bool = False

    def part_path(self, dataset: str, generator: str) -> Path:
        """Return the file of one data set × generator: no two workers share one."""
        cap = "all" if self.max_rows is None else self.max_rows
        name = f"{dataset}-{cap}-{self.seed}.json"
        return self.results / "parts" / quote(generator, safe="=,@") / name


def evaluate_part(protocol: Protocol, dataset: str, generator: str) -> dict[str, Any] | None:
    """Compute and write a part that is not there; return what was measured."""
    path = protocol.part_path(dataset, generator)
    if path.exists() and not protocol.redo:
        return None
    if generator != REAL:
        make_generator(generator, protocol.seed)  # a wrong name ends the run before it costs time
    part = {
        "set": dataset,
        "generator": generator,
        "max_rows": protocol.max_rows,
        "seed": protocol.seed,
        "n_threads": protocol.n_threads,
        **_compute(protocol, dataset, generator),
        "environment": describe_environment(_RIVAL_PACKAGES),
    }
    partial = path.with_suffix(f".{os.getpid()}.tmp")
    write_json(partial, part)
    partial.replace(path)  # atomic: a killed run leaves no half part
    return part


def _compute(protocol: Protocol, dataset: str, generator: str) -> dict[str, Any]:
    seed = protocol.seed
    real = read_real_rows(protocol.folder, dataset, max_rows=protocol.max_rows, seed=seed)
    about = {
        "n_train": len(real.train),
        "n_held_out": len(real.held_out),
        "n_columns": real.train.shape[1],
        "n_categories": len(real.categories),
        "error": None,
    }
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            real, synthetic, seconds = _generate(real, generator, seed)
            start = time.perf_counter()
            figures = measure(real, synthetic, seed=seed, n_threads=protocol.n_threads)
        except Exception as error:  # a rival that fails is a result
            return about | {"error": f"{type(error).__name__}: {error}"[:300]}
    seconds["measure_seconds"] = time.perf_counter() - start
    return about | {"n_synthetic": len(synthetic)} | seconds | figures


def _generate(
    real: RealRows, name: str, seed: int
) -> tuple[RealRows, pd.DataFrame, dict[str, float]]:
    """Return the real rows to judge by, synthetic ones, and seconds."""
    if name == REAL:
        judged_by, half = real.take_half_of_held_out(seed)
        return judged_by, half, _seconds((0.0, 0.0), (0.0, 0.0), (0.0, 0.0))
    generator = make_generator(name, seed)
    started = _clocks()
    generator.fit(real)
    fitted = _clocks()
    synthetic = generator.sample(len(real.train))
    return real, conform(synthetic, real), _seconds(started, fitted, _clocks())


def _clocks() -> tuple[float, float]:
    """Processor and wall time: where other work runs on the machine, only the first says what a fit costs."""
    return time.process_time(), time.perf_counter()


def _seconds(started: tuple, fitted: tuple, sampled: tuple) -> dict[str, float]:
    return {
        "fit_seconds": fitted[0] - started[0],
        "sample_seconds": sampled[0] - fitted[0],
        "fit_wall_seconds": fitted[1] - started[1],
        "sample_wall_seconds": sampled[1] - fitted[1],
    }


def read_parts(results: Path) -> pd.DataFrame:
    """Read a folder of parts, or the one file that `pack_parts` made of it."""
    if results.is_file():
        return pd.DataFrame(json.loads(gzip.decompress(results.read_bytes())))
    parts = [
        json.loads(path.read_text(encoding="utf-8"))
        for path in sorted(results.glob("parts/*/*.json"))
    ]
    if not parts:
        raise SystemExit(f"no results below {results / 'parts'}")
    return pd.DataFrame(parts)


def pack_parts(results: Path, packed: Path) -> int:
    """Write all parts of a folder into one compressed file; return how many."""
    paths = sorted(results.glob("parts/*/*.json"))
    parts = [json.loads(path.read_text(encoding="utf-8")) for path in paths]
    packed.parent.mkdir(parents=True, exist_ok=True)
    # Without the time of writing, equal parts make equal files.
    packed.write_bytes(gzip.compress(json.dumps(parts).encode(), mtime=0))
    return len(parts)

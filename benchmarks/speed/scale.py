"""Fit to a Parquet file and draw a million rare rows: seconds and peak memory for one, three and ten million rows.

Run::

    python -m benchmarks.speed.scale

The table has 20 columns of mixed types and the class; 1 % of its rows are of the rare class. It is drawn a block at a
time into a temporary folder (410 MB for ten million rows), so that no process ever holds it. Every size is measured
in a process of its own, which reads the file, fits a `CVAE` and draws 1,000,000 rows of the rare class into a Parquet
file, at the defaults. Memory is the peak of that whole process, interpreter and libraries included (``ru_maxrss``).
Sizes that are in the results file are not measured again; ``--force`` does. ``--reads-only`` times the reading alone,
three times for each size, into ``scale_reading.json``.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from benchmarks.shared.provenance import RESULTS, ROOT, describe_environment, write_json

SIZES = (1_000_000, 3_000_000, 10_000_000)
BLOCK = 250_000
RARE_SHARE = 0.01
MAX_ROWS_IN_MEMORY = 100_000  # the default of `fit_stream`
N_DRAWN = 1_000_000
_CITIES = np.array([f"city {number:03d}" for number in range(300)])
_BRANDS = np.array(["alpha", "beta", "gamma", "delta", "epsilon", "zeta"])
_CHANNELS = np.array(["branch", "phone", "web", "app"])
_START = np.datetime64("2020-01-01", "s")


def make_block(n_rows: int, rng: np.random.Generator) -> pd.DataFrame:
    """Draw rows of two classes that differ in most columns: amounts, counts, dates, categories, gaps."""
    rare = rng.random(n_rows) < RARE_SHARE
    size = rng.normal(size=n_rows) + 0.8 * rare
    amount = np.exp(2.5 + 0.9 * size + 0.4 * rng.normal(size=n_rows)).round(2)
    age = np.clip(rng.normal(45 - 8 * rare, 14, n_rows), 18, 95).astype(np.int64)
    hour = (rng.normal(13 + 8 * rare, 4, n_rows) % 24).astype(np.int64)
    city = np.minimum(rng.geometric(0.02, n_rows) - 1, 299)
    columns: dict[str, Any] = {
        "amount": amount,
        "balance": (3_000 * np.exp(0.5 * size) + rng.normal(0, 400, n_rows)).round(2),
        "share": rng.beta(2 + rare, 5, n_rows),
        "score": (600 - 60 * size + rng.normal(0, 30, n_rows)).astype(np.float32),
        "delay": np.where(rng.random(n_rows) < 0.3, 0.0, rng.exponential(5, n_rows).round(1)),
        "distance": np.where(rng.random(n_rows) < 0.08, np.nan, rng.gamma(2, 7 + 9 * rare, n_rows)),
        "age": age,
        "tenure": rng.poisson(6, n_rows) * (age > 21),
        "hour": hour,
        "visits": rng.poisson(np.exp(0.6 + 0.4 * size)),
        "items": rng.integers(1, 9, n_rows).astype(np.int8),
        "rating": rng.choice([1, 2, 3, 4, 5], n_rows, p=[0.05, 0.1, 0.2, 0.4, 0.25]),
        "orders": rng.negative_binomial(3, 0.3, n_rows),
        "opened": _START + rng.integers(0, 1_800, n_rows) * np.timedelta64(86_400, "s"),
        "city": _CITIES[city],
        "brand": _BRANDS[np.minimum(rng.poisson(1 + 2 * rare), 5)],
        "channel": _CHANNELS[rng.integers(0, 4, n_rows)],
        "segment": np.array(["A", "B", "C", "D"])[np.digitize(size, [-0.7, 0, 0.9])],
        "is_member": rng.random(n_rows) < 0.4 - 0.2 * rare,
        "is_night": (hour < 6) | (hour > 21),
        "fraud": np.where(rare, "yes", "no"),
    }
    frame = pd.DataFrame(columns)
    frame.loc[rng.random(n_rows) < 0.05, "channel"] = None
    return frame


def write_file(path: Path, n_rows: int, seed: int = 0) -> None:
    """Write the table a block at a time."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    rng = np.random.default_rng(seed)
    first = pa.Table.from_pandas(make_block(1000, rng), preserve_index=False)
    with pq.ParquetWriter(path, first.schema) as writer:
        for start in range(0, n_rows, BLOCK):
            block = make_block(min(BLOCK, n_rows - start), rng)
            writer.write_table(pa.Table.from_pandas(block, first.schema, preserve_index=False))


def peak_mebibytes() -> float:
    """Return the largest resident memory of this process so far."""
    unit = 1 if platform.system() == "Darwin" else 1024  # bytes there, kibibytes elsewhere
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 2**20


def measure(path: Path, folder: Path) -> dict[str, Any]:
    """Read, fit and draw in this process: seconds and peak memory of each phase, and how good the rows are."""
    from vaesynth import CVAE
    from vaesynth.estimators import ClassRows
    from vaesynth.streaming import FrameStream, sample_stream

    result: dict[str, Any] = {"imports": {"peak_mib": peak_mebibytes()}}
    start, cpu_start = time.perf_counter(), time.process_time()

    def note(phase: str) -> None:
        nonlocal start, cpu_start
        result[phase] = {
            "seconds": time.perf_counter() - start,
            "cpu_seconds": time.process_time() - cpu_start,
            "peak_mib": peak_mebibytes(),
        }
        start, cpu_start = time.perf_counter(), time.process_time()

    sample = sample_stream(FrameStream(path), "fraud", max_rows=MAX_ROWS_IN_MEMORY, seed=(0, 1))
    note("read")
    model = ClassRows.fit_sample(CVAE(random_state=0, n_jobs=1), sample).model
    note("train")
    model.sample_to_parquet(folder / "new.parquet", N_DRAWN, "yes", random_state=0)
    note("draw")
    for measure_of in ("seconds", "cpu_seconds"):
        total = sum(result[phase][measure_of] for phase in ("read", "train", "draw"))
        result[f"total_{measure_of}"] = total
    return {
        "n_rows": sample.n_rows,
        "n_kept": len(sample.positions),
        "class_count": dict(sample.class_count),
        "n_steps": model.history_.n_steps,
        **result,
        "quality": judge(folder / "new.parquet"),
    }


def measure_reading(path: Path, n_times: int = 3) -> dict[str, Any]:
    """Read alone, several times in this process: seconds of each."""
    from vaesynth.streaming import FrameStream, sample_stream

    result: dict[str, Any] = {"seconds": [], "cpu_seconds": []}
    for _ in range(n_times):
        start, cpu_start = time.perf_counter(), time.process_time()
        sample_stream(FrameStream(path), "fraud", max_rows=MAX_ROWS_IN_MEMORY, seed=(0, 1))
        result["seconds"].append(time.perf_counter() - start)
        result["cpu_seconds"].append(time.process_time() - cpu_start)
    return result


def judge(path: Path, n_rows: int = 10_000) -> dict[str, float]:
    """Compare drawn rows with real rare ones that no model has seen, which is no part of the time and memory."""
    import pyarrow.parquet as pq

    from vaesynth.metrics import column_shape_score, detection_score, pair_trend_score

    rng = np.random.default_rng(1)
    parts = [make_block(BLOCK, rng).query("fraud == 'yes'") for _ in range(5)]
    real = pd.concat(parts, ignore_index=True)[:n_rows].drop(columns="fraud")
    drawn = pq.ParquetFile(path).read_row_group(0).to_pandas()[:n_rows]
    return {
        "column_shape_score": column_shape_score(real, drawn),
        "pair_trend_score": pair_trend_score(real, drawn),
        "detection_auc": detection_score(real, drawn, random_state=0),
    }


def measure_apart(n_rows: int, folder: Path, reads_only: bool) -> dict[str, Any]:
    """Make the table and measure in a process of its own."""
    path = folder / f"{n_rows}.parquet"
    if not path.exists():
        write_file(path, n_rows)
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    command = [sys.executable, "-m", "benchmarks.speed.scale", "--measure", str(path)]
    command += ["--reads-only"] if reads_only else []
    done = subprocess.run(
        command, env=environment, cwd=ROOT, check=True, capture_output=True, text=True
    )
    return {"file_mib": path.stat().st_size / 2**20, **json.loads(done.stdout.splitlines()[-1])}


def make_table(sizes: dict[str, Any]) -> str:
    """Return the results as a table of Markdown."""
    lines = [
        "| rows | read, s | train, s | draw, s | all, s | peak memory, MiB | column shapes | pairs | C2ST |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    for size, found in sizes.items():
        seconds = [found[phase]["cpu_seconds"] for phase in ("read", "train", "draw")]
        quality = found["quality"]
        cells = [
            f"{int(size):,}",
            *(f"{number:.0f}" for number in (*seconds, found["total_cpu_seconds"])),
            f"{found['draw']['peak_mib']:.0f}",
            f"{quality['column_shape_score']:.3f}",
            f"{quality['pair_trend_score']:.3f}",
            f"{quality['detection_auc']:.3f}",
        ]
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


def main() -> None:
    """Measure the sizes that are not in the results file."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--sizes", type=int, nargs="+", default=SIZES)
    parser.add_argument("--folder", type=Path, help="keep the tables here")
    parser.add_argument("--output", type=Path, default=RESULTS / "scale.json")
    parser.add_argument("--force", action="store_true")
    parser.add_argument("--reads-only", action="store_true", help="measure the reading alone")
    parser.add_argument("--table", action="store_true", help="print what has been measured")
    parser.add_argument("--measure", type=Path, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.measure is not None:
        with tempfile.TemporaryDirectory() as folder:
            path = arguments.measure
            is_short = arguments.reads_only
            print(json.dumps(measure_reading(path) if is_short else measure(path, Path(folder))))
        return
    if arguments.reads_only:
        arguments.output = arguments.output.with_stem("scale_reading")
    if arguments.table:
        print(make_table(read_sizes(arguments.output)))
        return
    with tempfile.TemporaryDirectory() as temporary:
        folder = arguments.folder or Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        for n_rows in arguments.sizes:
            if str(n_rows) in read_sizes(arguments.output) and not arguments.force:
                continue
            measured = measure_apart(n_rows, folder, arguments.reads_only)
            print(n_rows, json.dumps(measured, indent=2), flush=True)
            sizes = {**read_sizes(arguments.output), str(n_rows): measured}
            write_json(
                arguments.output,
                {
                    "environment": describe_environment(["pyarrow"]),
                    "command": "python -m benchmarks.speed.scale",
                    "seed": 0,
                    "n_drawn": N_DRAWN,
                    "n_threads": 1,
                    "max_rows_in_memory": MAX_ROWS_IN_MEMORY,
                    "sizes": dict(sorted(sizes.items(), key=lambda item: int(item[0]))),
                },
            )


def read_sizes(path: Path) -> dict[str, Any]:
    """Return what has been measured, by number of rows."""
    return json.loads(path.read_text(encoding="utf-8"))["sizes"] if path.exists() else {}


if __name__ == "__main__":
    main()

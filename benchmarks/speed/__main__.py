"""How long and how much memory: CVAESampler beside SMOTE, and importing vaesynth beside imblearn.

Run::

    python -m benchmarks.speed --data ../shared/data
    python -m benchmarks.speed --data ../shared/data --all-small

Every measurement has a process of its own, and the measurements of one table follow one another so
that a busy minute of the machine hits both. Seconds are the median of five calls after a warm-up;
memory is the peak of the whole process (``ru_maxrss``), beside its peak before the first call
(interpreter, libraries, table).

With `--all-small` `CVAESampler` alone runs on every table under 2,000 rows, all in one process: once for what a first
call loads, then three times a table, of which the median counts.
"""

from __future__ import annotations

import argparse
import functools
import json
import os
import platform
import resource
import statistics
import subprocess
import sys
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from tqdm import tqdm

from benchmarks.shared.datasets import Dataset, load_dataset, select_datasets
from benchmarks.shared.provenance import RESULTS, ROOT, describe_environment, write_json
from benchmarks.shared.samplers import Sampler, make_sampler

_N_SAMPLED = 100_000
_SMALL = 2_000
_IMPORTS = {
    "import vaesynth": "vaesynth",
    "import imblearn": "imblearn",
    "from vaesynth import CVAESampler": "vaesynth:CVAESampler",
    "from imblearn.over_sampling import SMOTE": "imblearn.over_sampling:SMOTE",
}


def timings(call: Callable[[], Any], n_calls: int) -> dict[str, float]:
    """Return the wall time of a first call, and the median of `n_calls` more."""
    seconds = []
    for _ in range(1 + n_calls):
        start = time.perf_counter()
        call()
        seconds.append(time.perf_counter() - start)
    return {"seconds": statistics.median(seconds[1:]), "first_seconds": seconds[0]}


def peak_megabytes() -> float:
    """Return the largest resident memory of this process so far."""
    unit = 1 if platform.system() == "Darwin" else 1024  # bytes there, kibibytes elsewhere
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 1e6


def measure_fit_resample(folder: Path, name: str, sampler_name: str, n_calls: int) -> dict:
    """Time `fit_resample` on one table, in the form that the sampler takes."""
    from benchmarks.shared.preprocessing import TablePreprocessor

    dataset, sampler = load_dataset(folder, name), make_sampler(sampler_name)
    preprocessor = TablePreprocessor().fit(dataset.table)
    scaled = preprocessor.scale(dataset.table)
    table = dataset.table if sampler.form == "raw" else scaled
    if sampler.form == "one_hot":
        table = preprocessor.one_hot(scaled)
    target = dataset.target if sampler.form == "raw" else dataset.codes

    results = []

    def call():
        results[:] = sampler.resample(
            table, target, seed=0, categorical=preprocessor.categorical_indices
        )

    before = peak_megabytes()
    seconds = timings(call, n_calls)
    n_new = len(results[1]) - len(target)
    return {"n_new": n_new, **seconds, "peak_mb": peak_megabytes(), "base_mb": before}


def measure_sample(folder: Path, name: str, sampler_name: str, n_calls: int) -> dict:
    """Time `CVAESampler.sample` alone, after one fit, for the smallest class."""
    from benchmarks.shared.samplers import make_cvae_sampler, parse_parameters

    dataset = load_dataset(folder, name)
    label = dataset.target.value_counts().index[-1]
    parameters = parse_parameters(sampler_name.partition(":")[2])
    sampler = make_cvae_sampler(parameters, 0)
    sampler.fit_resample(dataset.table, dataset.target)
    before = peak_megabytes()
    seconds = timings(lambda: sampler.sample(_N_SAMPLED, y=label), n_calls)
    return {
        **seconds,
        "rows_per_second": _N_SAMPLED / seconds["seconds"],
        "peak_mb": peak_megabytes(),
        "base_mb": before,
    }


def measure_import(target: str) -> dict:
    """Time one import in this fresh interpreter."""
    module, _, attribute = target.partition(":")
    code = f"from {module} import {attribute}" if attribute else f"import {module}"
    script = f"import time; t = time.perf_counter(); {code}; print(time.perf_counter() - t)"
    result = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    if result.returncode:
        return {"error": result.stderr.strip().splitlines()[-1]}
    return {"seconds": float(result.stdout)}


def in_own_process(what: str, arguments: argparse.Namespace, name: str, sampler: str) -> dict:
    """Run one measurement in a fresh interpreter and return its figures or its error."""
    command = [sys.executable, "-m", "benchmarks.speed", "--data", str(arguments.data.resolve())]
    command += ["--calls", str(arguments.calls), "--measure", what, name, sampler]
    environment = dict(os.environ)
    if arguments.threads:
        for variable in ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
            environment[variable] = str(arguments.threads)
    result = subprocess.run(command, capture_output=True, text=True, env=environment, cwd=ROOT)
    if result.returncode:
        lines = result.stderr.strip().splitlines() or [f"exit status {result.returncode}"]
        return {"error": lines[-1]}
    return json.loads(result.stdout.splitlines()[-1])


def sample_of_tables(folder: Path, n_tables: int) -> list[str]:
    """Return development tables under 2,000 rows and 20 columns, evenly spaced by size."""
    small = select_datasets(folder, max_rows=_SMALL, exclude_easy=True)
    small = small[small["n_features"] < 20]
    places = np.linspace(0, len(small) - 1, min(n_tables, len(small))).round().astype(int)
    return list(small["name"].iloc[places])


def run(arguments: argparse.Namespace) -> None:
    large = [] if arguments.no_adult else ["adult"]
    names = (arguments.sets or sample_of_tables(arguments.data, arguments.n_tables)) + large
    ours = [name for name in arguments.samplers if name.startswith("cvae")]
    tasks = [("fit_resample", name, sampler) for name in names for sampler in arguments.samplers]
    tasks += [("sample", name, sampler) for name in [names[0], *large] for sampler in ours]
    rows = []
    for what, name, sampler in tqdm(tasks, unit="measurement"):
        figures = in_own_process(what, arguments, name, sampler)
        rows.append({"measure": what, "set": name, "sampler": sampler} | figures)
    imports = time_imports(arguments.import_runs)
    record = {"threads": arguments.threads or "library default", **describe_environment()}
    record |= {"calls": arguments.calls, "measurements": rows, "imports": imports}
    write_json(arguments.output, record)
    print_tables(pd.DataFrame(rows), imports, arguments.data)


def time_imports(n_runs: int) -> list[dict]:
    """Time every import `n_runs` times, taking turns; the first turn only warms the disk cache."""
    turns = [{name: measure_import(target) for name, target in _IMPORTS.items()}]
    turns += [
        {name: measure_import(target) for name, target in _IMPORTS.items()} for _ in range(n_runs)
    ]
    rows = []
    for name in _IMPORTS:
        results = [turn[name] for turn in turns[1:]]
        errors = [result["error"] for result in results if "error" in result]
        seconds = [result["seconds"] for result in results if "seconds" in result]
        row = {"statement": name, "seconds": statistics.median(seconds) if seconds else None}
        rows.append(row | ({"error": errors[0]} if errors else {}))
    return rows


def run_all_small(arguments: argparse.Namespace) -> None:
    """Time `fit_resample` of the defaults on every small table, after one call that loads what there is to load."""
    import torch

    if arguments.threads:
        torch.set_num_threads(arguments.threads)
    warnings.simplefilter("ignore")
    tables = select_datasets(arguments.data, max_rows=_SMALL)
    sampler = make_sampler("cvae")
    first = load_dataset(arguments.data, tables["name"].iloc[0])
    resample(sampler, first)
    rows = []
    for name in tqdm(tables["name"], unit="table"):
        dataset = load_dataset(arguments.data, name)
        row = {"set": name, "n_rows": len(dataset.table), "n_features": dataset.table.shape[1]}
        row |= {"n_classes": dataset.target.nunique()}
        rows.append(row | time_calls(functools.partial(resample, sampler, dataset), 3))
    record = {"threads": torch.get_num_threads(), **describe_environment(), "measurements": rows}
    write_json(arguments.small_output, record)
    print_small(pd.DataFrame(rows))


def resample(sampler: Sampler, dataset: Dataset) -> None:
    """Resample a table with the first seed."""
    sampler.resample(dataset.table, dataset.target, seed=0)


def time_calls(call: Callable[[], Any], n_calls: int) -> dict[str, float]:
    """Return the median wall time and the median processor time of a call."""
    walls, processors = [], []
    for _ in range(n_calls):
        wall, processor = time.perf_counter(), time.process_time()
        call()
        walls.append(time.perf_counter() - wall)
        processors.append(time.process_time() - processor)
    return {
        "seconds": statistics.median(walls),
        "processor_seconds": statistics.median(processors),
    }


def print_small(measured: pd.DataFrame) -> None:
    """Print median and ninth decile over the tables, and the slowest five, in Markdown."""
    print(f"\n{len(measured)} tables under {_SMALL:,} rows\n")
    times = measured[["seconds", "processor_seconds"]]
    summary = times.quantile([0.5, 0.9, 1.0]).rename({0.5: "median", 0.9: "90 %", 1.0: "longest"})
    print(summary.map(readable).to_markdown(disable_numparse=True))
    print("\nThe slowest five\n")
    slowest = measured.sort_values("seconds", ascending=False).head(5)
    print(slowest.map(readable).to_markdown(index=False, disable_numparse=True))


def print_tables(measured: pd.DataFrame, imports: list[dict], folder: Path) -> None:
    """Print the figures in Markdown."""
    manifest = pd.read_csv(folder / "manifest.csv").set_index("name")
    shape = manifest.loc[measured["set"], ["n_rows", "n_features"]].to_numpy()
    measured.insert(2, "rows × columns", [f"{rows} × {columns}" for rows, columns in shape])
    for what, part in measured.groupby("measure", sort=False):
        print(f"\n`{what}`\n")
        table = part.drop(columns="measure").dropna(axis=1, how="all")
        print(table.map(readable).to_markdown(index=False, disable_numparse=True))
    print("\nImports\n")
    table = pd.DataFrame(imports).map(readable)
    print(table.to_markdown(index=False, disable_numparse=True))


def readable(value: Any) -> str:
    """Return a number to three digits (larger ones whole), nothing for a missing one."""
    if isinstance(value, str):
        return value
    if pd.isna(value):
        return ""
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--samplers", nargs="+", default=["smote", "cvae"])
    parser.add_argument("--sets", nargs="+", default=[], metavar="NAME")
    parser.add_argument("--n-tables", type=int, default=6, help="small tables, if no --sets")
    parser.add_argument("--no-adult", action="store_true")
    parser.add_argument("--calls", type=int, default=5)
    parser.add_argument("--import-runs", type=int, default=10)
    parser.add_argument("--threads", type=int, help="default: as the libraries choose")
    parser.add_argument("--output", type=Path, default=RESULTS / "speed.json")
    parser.add_argument("--all-small", action="store_true", help="every table under 2,000 rows")
    parser.add_argument(
        "--small-output",
        type=Path,
        default=RESULTS / "small_tables.json",
        help="for --all-small",
    )
    parser.add_argument("--measure", nargs=3, help=argparse.SUPPRESS)
    return parser.parse_args()


def measure(arguments: argparse.Namespace) -> None:
    warnings.simplefilter("ignore")
    what, name, sampler = arguments.measure
    functions = {"fit_resample": measure_fit_resample, "sample": measure_sample}
    print(json.dumps(functions[what](arguments.data, name, sampler, arguments.calls)))


if __name__ == "__main__":
    parsed = parse_arguments()
    (measure if parsed.measure else run_all_small if parsed.all_small else run)(parsed)

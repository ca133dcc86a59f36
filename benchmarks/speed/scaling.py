"""How time and memory grow with the table, beside SMOTE, SMOTENC, ctgan's TVAE and pythae's VAE.

Run::

    python -m benchmarks.speed.scaling --data ../shared/data --ctgan PYTHON --pythae PYTHON

The interpreters of environments with ctgan and pythae may be left out. Every measurement has a process of its own, on
one thread, after a warm-up on a table of 200 rows; memory is the peak of that process, beside its peak before the table
is read. Measurements that are in the results already are not made again; `--redo` makes them anew. Each is also
appended to a history, one line of JSON with commit, machine and versions, which later runs are held against.

Deep generators of others run with all their epochs up to 2,000 rows. Beyond, their time is computed from runs of one
and of eleven epochs, and marked so; with `--full` TVAE learns `adult` for all of its 300 epochs.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from benchmarks.shared.provenance import RESULTS, ROOT, describe_environment, write_json
from benchmarks.speed.history import append_history, describe_history

_ROWS = (200, 2_000, 20_000, 200_000, 1_000_000)
_METHODS = ("SMOTE", "CVAESampler", "CVAE", "TVAE", "pythae")
_SHORT_BEYOND = 2_000
_MOST_ROWS = {"TVAE": 200_000, "pythae": 200_000}
# One size at a time leaves these.
_BASE = {"n_rows": 20_000, "n_numbers": 20, "n_categories": 0, "n_levels": 10, "n_classes": 2}
_SERIES = {
    "columns": [{"n_numbers": n} for n in (5, 20, 80)],
    "categories": [{"n_numbers": 12, "n_categories": 8, "n_levels": n} for n in (2, 10, 50, 200)],
    "classes": [{"n_classes": n} for n in (2, 5, 20)],
}


def plan(parts: list[str], full: bool) -> list[tuple[str, str, dict[str, Any]]]:
    """Return part, method and request of every measurement, small tables first."""
    tasks = []
    if "adult" in parts:
        shape = {"n_rows": 32_000}
        tasks += [
            (
                "adult",
                method,
                {"shape": shape, "adult": True, "short": method == "TVAE" and not full},
            )
            for method in ("CVAE", "CVAESampler", "SMOTE", "TVAE")
        ]
    for name, series in _SERIES.items():
        if name in parts:
            for shape in series:
                request = {"shape": _BASE | shape, "short": False}
                tasks += [(name, method, request) for method in ("CVAESampler", "CVAE")]
    for name, others in (("rows", {}), ("mixed", {"n_numbers": 12, "n_categories": 8})):
        for n_rows in _ROWS if name in parts else ():
            for method in _METHODS:
                if n_rows <= _MOST_ROWS.get(method, n_rows):
                    shape = _BASE | others | {"n_rows": n_rows}
                    tasks.append((name, method, {"shape": shape, "short": n_rows > _SHORT_BEYOND}))
    return tasks


def run_alone(
    method: str, request: dict[str, Any], arguments: argparse.Namespace
) -> dict[str, Any]:
    """Run one measurement in a fresh interpreter; return its figures or what went wrong."""
    interpreter = {"TVAE": arguments.ctgan, "pythae": arguments.pythae}.get(method, sys.executable)
    if interpreter is None:
        return {"error": "no interpreter given"}
    if request.get("adult"):
        request = request | {"adult": str(arguments.data.resolve())}
    names = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS", "LOKY_MAX_CPU_COUNT")
    environment = os.environ | dict.fromkeys(names, str(arguments.threads))
    command = [str(interpreter), "-m", "benchmarks.speed.worker", method, json.dumps(request)]
    try:
        result = subprocess.run(
            command,
            capture_output=True,
            text=True,
            env=environment,
            cwd=ROOT,
            timeout=arguments.limit,
        )
    except subprocess.TimeoutExpired:
        return {"error": f"more than {arguments.limit} s"}
    if result.returncode:
        lines = result.stderr.strip().splitlines() or [f"exit status {result.returncode}"]
        return {"error": lines[-1]}
    return json.loads(result.stdout.splitlines()[-1])


def run(arguments: argparse.Namespace) -> None:
    """Measure what is missing, and keep it after each measurement."""
    environment = describe_environment()
    record = (
        json.loads(arguments.output.read_text(encoding="utf-8"))
        if arguments.output.exists()
        else {}
    )
    known = {_key(row): row for row in record.get("measurements", [])}
    for part, method, request in plan(arguments.parts, arguments.full):
        if method not in arguments.methods or request["shape"]["n_rows"] > arguments.max_rows:
            continue
        row = {"part": part, "method": method, "threads": arguments.threads, **request["shape"]}
        if not arguments.redo and _is_measured(known.get(_key(row), {}), request["short"]):
            continue
        row |= run_alone(method, request, arguments)
        row |= {"commit": environment["commit"]}
        known[_key(row)] = row
        print(json.dumps(row), flush=True)
        write_json(arguments.output, {**environment, "measurements": list(known.values())})
        if "error" not in row:
            append_history(arguments.history, {"benchmark": "scaling", **row}, environment)
    print_tables(list(known.values()))


def _is_measured(row: dict[str, Any], short: bool) -> bool:
    return "seconds" in row and (short or not row["extrapolated"])


def _key(row: dict[str, Any]) -> tuple:
    names = ("part", "method", "threads", *_BASE)
    return tuple(row.get(name) for name in names)


def print_tables(rows: list[dict[str, Any]]) -> None:
    """Print the figures in Markdown."""
    import pandas as pd

    frame = pd.DataFrame(rows)
    sizes = ["n_rows", "n_numbers", "n_categories", "n_levels", "n_classes"]
    wanted = [
        "method",
        "n_new",
        "processor_seconds",
        "seconds",
        "peak_mb",
        "base_mb",
        "extrapolated",
        "error",
    ]
    for part, rows_of_part in frame.groupby("part", sort=False):
        table = rows_of_part.reindex(columns=[*sizes, *wanted]).dropna(axis=1, how="all")
        print(f"\n{part}\n")
        print(
            table.sort_values(table.columns[0], kind="stable").to_markdown(
                index=False, floatfmt=",.3g"
            )
        )


def parse_arguments() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parts = ["adult", "rows", "mixed", *_SERIES]
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--parts", nargs="+", choices=parts, default=parts)
    parser.add_argument("--methods", nargs="+", choices=_METHODS, default=_METHODS)
    parser.add_argument("--max-rows", type=int, default=max(_ROWS))
    parser.add_argument("--ctgan", type=Path, help="interpreter of an environment with ctgan")
    parser.add_argument("--pythae", type=Path, help="interpreter of an environment with pythae")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--limit", type=float, default=600, help="seconds for one measurement")
    parser.add_argument("--full", action="store_true", help="all epochs of TVAE on adult")
    parser.add_argument("--redo", action="store_true")
    parser.add_argument("--output", type=Path, default=RESULTS / "scaling.json")
    parser.add_argument("--history", type=Path, default=RESULTS / "speed_history.jsonl")
    parser.add_argument("--compare", action="store_true", help="only print what the history says")
    return parser.parse_args()


if __name__ == "__main__":
    parsed = parse_arguments()
    if parsed.compare:
        print(describe_history(parsed.history))
    else:
        run(parsed)

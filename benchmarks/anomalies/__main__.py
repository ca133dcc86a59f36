"""Which anomalies does a detector find that has seen normal rows only? VAEOutlierDetector beside PyOD.

The sets are 19 of ADBench's classical ones, ``.npz`` files with ``X`` and ``y`` from its repository
(https://github.com/Minqi824/ADBench, folder ``adbench/datasets/Classical``), or the mixed tables of a folder with a
``manifest.csv``, with the rarest class for anomalies. Run as

    python -m benchmarks.anomalies run RESULTS --data ../shared/data/anomaly
    python -m benchmarks.anomalies run RESULTS_MIXED --data ../shared/data --methods VAEOutlierDetector KNN
    python -m benchmarks.anomalies report RESULTS

`run` writes one JSON file for each method and set and computes only what is missing: stop it, start it again, run
several at once. The method "candidates" scores what the default was chosen from. `report` prints the tables as
Markdown; ``--pack FILE`` writes all results into one file.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import torch
from sklearn.metrics import average_precision_score, roc_auc_score

from benchmarks.anomalies.candidates import score_candidates
from benchmarks.anomalies.detectors import OURS, RIVALS, judge
from benchmarks.anomalies.report import print_report
from benchmarks.anomalies.splits import MIXED, Split, cut, cut_as_published, list_sets
from benchmarks.shared.provenance import describe_environment, write_json

SEEDS = (0, 1, 2, 3, 4)
CANDIDATES = "candidates"


def measure(
    folder: Path, name: str, method: str, seed: int, cut: Callable[[Path, str, int], Split] = cut
) -> list[dict[str, Any]]:
    """Both figures of a method, or of all candidates, on one set."""
    split = cut(folder, name, seed)
    known = {"set": name, "seed": seed, "n_training_rows": len(split.X_train)}
    if method == CANDIDATES:
        scores = score_candidates(split)
        return [
            {**known, "method": label, "is_candidate": True, **_figures(split, values)}
            for label, values in scores.items()
        ]
    judged = judge(method, split, seed)
    seconds = {"seconds_fit": judged.seconds_fit, "seconds_score": judged.seconds_score}
    return [
        {**known, "method": method, **_figures(split, judged.scores), **seconds, **judged.facts}
    ]


def _figures(split: Split, scores: np.ndarray) -> dict[str, float]:
    return {
        "roc_auc": roc_auc_score(split.y_test, scores),
        "average_precision": average_precision_score(split.y_test, scores),
    }


def run(arguments: argparse.Namespace) -> None:
    """Compute what is missing."""
    torch.set_num_threads(1)
    names = list_sets(arguments.data, arguments.part, arguments.kinds)
    cutting = cut_as_published if arguments.as_published else cut
    for method in arguments.methods:
        for name in arguments.sets or names:
            path = arguments.results / method / f"{name.replace('/', '_')}.json"
            known = json.loads(path.read_text(encoding="utf-8"))["results"] if path.exists() else []
            seeds = {result["seed"] for result in known}
            for seed in (seed for seed in arguments.seeds if seed not in seeds):
                start = time.perf_counter()
                known += measure(arguments.data, name, method, seed, cutting)
                environment = describe_environment(["pyod"])
                write_json(path, {"environment": environment, "results": known})
                print(method, name, seed, f"{time.perf_counter() - start:.1f} s", flush=True)


def read(folder: Path) -> pd.DataFrame:
    """Read all results below a folder, or in a packed file."""
    files = [folder] if folder.is_file() else sorted(folder.glob("*/*.json"))
    return pd.DataFrame(
        row for file in files for row in json.loads(file.read_text(encoding="utf-8"))["results"]
    )


def report(arguments: argparse.Namespace) -> None:
    """Print the tables, and pack all results."""
    results = read(arguments.results)
    print_report(results)
    if arguments.pack:
        sample = next(iter(sorted(arguments.results.glob("*/*.json"))))
        environment = json.loads(sample.read_text(encoding="utf-8"))["environment"]
        content = {
            "command": "python -m benchmarks.anomalies run",
            "seeds": sorted(int(seed) for seed in set(results["seed"])),
        }
        # What a method does not have, as seconds of a candidate, is left out.
        packed = _average_candidates(results).round(6)
        rows = [row.dropna().to_dict() for _, row in packed.iterrows()]
        write_json(arguments.pack, {**content, "environment": environment, "results": rows})


def _average_candidates(results: pd.DataFrame) -> pd.DataFrame:
    """Return one row for each candidate and set in place of one for each seed, as they are many."""
    if "is_candidate" not in results:
        return results
    is_candidate = results["is_candidate"].eq(True)
    figures = ["n_training_rows", "roc_auc", "average_precision"]
    groups = results[is_candidate].groupby(["set", "method", "is_candidate"], as_index=False)
    return pd.concat([results[~is_candidate], groups[figures].mean()], ignore_index=True)


def main() -> None:
    """Parse the arguments and run or report."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    commands = parser.add_subparsers(required=True)
    running = commands.add_parser("run", help="compute what is missing")
    running.add_argument("results", type=Path)
    running.add_argument("--data", type=Path, default=Path("../shared/data/anomaly"))
    running.add_argument("--part", default="tune", help="of a folder with a manifest")
    running.add_argument(
        "--kinds", nargs="+", default=list(MIXED), help="of the tables of that part"
    )
    running.add_argument(
        "--as-published", action="store_true", help="cut sets as arXiv 2305.18593 does"
    )
    running.add_argument("--methods", nargs="+", default=[*OURS, *RIVALS, CANDIDATES])
    running.add_argument("--sets", nargs="+")
    running.add_argument("--seeds", type=int, nargs="+", default=list(SEEDS))
    running.set_defaults(command=run)
    reporting = commands.add_parser("report", help="print the tables")
    reporting.add_argument("results", type=Path)
    reporting.add_argument("--pack", type=Path)
    reporting.set_defaults(command=report)
    arguments = parser.parse_args()
    arguments.command(arguments)


if __name__ == "__main__":
    main()

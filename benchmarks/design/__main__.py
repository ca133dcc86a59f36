"""Whether design in the latent space reaches a known target, and how few columns counterfactuals change.

Run as ``python -m benchmarks.design --data ../shared/data``; prints Markdown and writes ``results/design.json``. What
is in that file already is not computed again. ``--parts optimize`` needs no data.
"""

from __future__ import annotations

import argparse
import itertools
import json
import os
import warnings
from pathlib import Path

for _name in ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ[_name] = "1"

import numpy as np  # noqa: E402
import pandas as pd  # noqa: E402

from benchmarks.design.counterfactuals import CLASSIFIERS, compare_counterfactuals  # noqa: E402
from benchmarks.design.optimisation import TASKS, optimize_beams  # noqa: E402
from benchmarks.shared.datasets import load_dataset  # noqa: E402
from benchmarks.shared.provenance import RESULTS, describe_environment, write_json  # noqa: E402

# Defaults and this script were chosen on these; the others were looked at once.
SEEN_TABLES, SEEN_SEED = ("adult", "pima"), 0
TABLES = (
    "adult",
    "attrition",
    "credit_card_churn",
    "lending_club",
    "magic",
    "marketing_campaign",
    "pima",
    "segment0",
)
SEEDS = (0, 1, 2)


def report(results: dict[str, list[dict]]) -> str:
    """Give both parts as tables."""
    parts = []
    if results["optimize"]:
        frame = pd.DataFrame(results["optimize"])
        frame.insert(2, "set", np.where(frame["seed"] == SEEN_SEED, "seen", "unseen"))
        parts.append(frame.round(3).to_markdown(index=False))
    if results["counterfactuals"]:
        frame = pd.DataFrame(results["counterfactuals"])
        figures = ["flip_rate", "changed", "distance", "from_real", "usual_from_real"]
        figures += ["within_usual", "seconds"]
        for is_unseen, title in ((False, "Seen"), (True, "Unseen")):
            part = frame[frame["table"].isin(SEEN_TABLES) != is_unseen]
            if len(part):
                means = part.groupby(["classifier", "way"], sort=False)[figures].mean()
                parts.append(f"{title}, means over {part['table'].nunique()} tables\n")
                parts.append(means.round(2).reset_index().to_markdown(index=False))
        parts.append(frame.round(3).to_markdown(index=False))
    return "\n\n".join(parts)


def main() -> None:
    """Run what is missing, store and report."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--parts", nargs="+", default=["optimize", "counterfactuals"])
    parser.add_argument("--seeds", type=int, nargs="+", default=list(SEEDS))
    parser.add_argument("--tasks", nargs="+", default=list(TASKS), choices=list(TASKS))
    parser.add_argument("--tables", nargs="+", default=list(TABLES))
    parser.add_argument("--classifiers", nargs="+", default=list(CLASSIFIERS))
    default = RESULTS / "design.json"
    parser.add_argument("--result", type=Path, default=default)
    arguments = parser.parse_args()
    path = arguments.result
    results = {"optimize": [], "counterfactuals": []}
    if path.exists():
        results = json.loads(path.read_text(encoding="utf-8"))["results"]
    warnings.simplefilter("ignore")

    def store(part: str, rows: list[dict]) -> None:
        results[part] += rows
        kept = {"parts", "seeds", "tasks", "tables", "classifiers"}
        content: dict = {"command": "python -m benchmarks.design"}
        content["arguments"] = {k: v for k, v in vars(arguments).items() if k in kept}
        write_json(path, {**content, "environment": describe_environment(), "results": results})
        print(rows[0], flush=True)

    if "optimize" in arguments.parts:
        done = {(row["seed"], row["task"]) for row in results["optimize"]}
        for seed, task in itertools.product(arguments.seeds, arguments.tasks):
            if (seed, task) not in done:
                store("optimize", [optimize_beams(seed, task)])
    if "counterfactuals" in arguments.parts:
        done = {(row["table"], row["classifier"]) for row in results["counterfactuals"]}
        for name, classifier in itertools.product(arguments.tables, arguments.classifiers):
            if (name, classifier) not in done:
                dataset = load_dataset(arguments.data, name)
                store("counterfactuals", compare_counterfactuals(dataset, classifier))
    print(report(results))


if __name__ == "__main__":
    main()

"""Which anomalies does a detector find that has seen normal rows only? VAEOutlierDetector beside PyOD.

The sets are 19 of ADBench's classical ones, ``.npz`` files with ``X`` and ``y`` from its repository
(https://github.com/Minqi824/ADBench, folder ``adbench/datasets/Classical``). Run as

    python -m benchmarks.anomalies run RESULTS --data ../shared/data/anomaly --methods VAEOutlierDetector KNN
    python -m benchmarks.anomalies report RESULTS

`run` writes one JSON file for each method and set and computes only what is missing: stop it, start it again, run
several at once. `report` prints the tables as Markdown; ``--pack FILE`` writes all results into one file.
"""

from __future__ import annotations

import argparse
import json
import time
import warnings
from importlib import import_module
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import torch
from sklearn.metrics import average_precision_score, roc_auc_score
from sklearn.preprocessing import StandardScaler

from benchmarks.shared.provenance import describe_environment, write_json
from vaesynth.applications import VAEOutlierDetector

OURS = "VAEOutlierDetector"
SEEDS = (0, 1, 2, 3, 4)
# Classes of PyOD at their defaults: the module of each, and whether it takes a seed.
RIVALS = {
    "VAE": ("vae", True),
    "AutoEncoder": ("auto_encoder", True),
    "IForest": ("iforest", True),
    "ECOD": ("ecod", False),
    "LOF": ("lof", False),
    "PCA": ("pca", True),
    "KNN": ("knn", False),
}


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


def score_ours(split: Split, seed: int) -> dict[str, np.ndarray]:
    """Scores of the default and, from the same model, of the other methods; higher is stranger."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        detector = VAEOutlierDetector(random_state=seed).fit(split.X_train)
    neighbors = -detector.score_samples(split.X_test)
    bound = -detector.set_params(method="bound").score_samples(split.X_test)
    # "density" is their mean by definition.
    return {
        OURS: neighbors,
        f"{OURS}, bound": bound,
        f"{OURS}, density": (neighbors + bound) / 2,
    }


def score_rival(name: str, split: Split, seed: int) -> dict[str, np.ndarray]:
    """Scores of a detector of PyOD on standardised columns; higher is stranger."""
    module, takes_seed = RIVALS[name]
    parameters = {"random_state": seed} if takes_seed else {}
    detector = getattr(import_module(f"pyod.models.{module}"), name)(**parameters)
    scaler = StandardScaler().fit(split.X_train)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        detector.fit(scaler.transform(split.X_train))
        scores = detector.decision_function(scaler.transform(split.X_test))
    # LOF of rows among copies is infinite.
    return {name: np.nan_to_num(scores, nan=0.0, posinf=1e300)}


def measure(folder: Path, name: str, method: str, seed: int) -> list[dict[str, Any]]:
    """Both figures of a method, and of its variants, on one set."""
    split = cut(folder, name, seed)
    start = time.perf_counter()
    scores = score_ours(split, seed) if method == OURS else score_rival(method, split, seed)
    seconds = time.perf_counter() - start
    return [
        {
            "set": name,
            "method": label,
            "seed": seed,
            "roc_auc": roc_auc_score(split.y_test, values),
            "average_precision": average_precision_score(split.y_test, values),
            "seconds": seconds,
            "n_training_rows": len(split.X_train),
        }
        for label, values in scores.items()
    ]


def run(arguments: argparse.Namespace) -> None:
    """Compute what is missing."""
    torch.set_num_threads(1)
    names = list_sets(arguments.data)
    for method in arguments.methods:
        for name in arguments.sets or names:
            path = arguments.results / method / f"{name}.json"
            known = json.loads(path.read_text(encoding="utf-8"))["results"] if path.exists() else []
            seeds = {result["seed"] for result in known}
            for seed in (seed for seed in arguments.seeds if seed not in seeds):
                known += measure(arguments.data, name, method, seed)
                environment = describe_environment(["pyod"])
                write_json(path, {"environment": environment, "results": known})
                print(method, name, seed, f"{known[-1]['seconds']:.1f} s", flush=True)


def read(folder: Path) -> pd.DataFrame:
    """Read all results below a folder, or in a packed file."""
    files = [folder] if folder.is_file() else sorted(folder.glob("*/*.json"))
    return pd.DataFrame(
        row for file in files for row in json.loads(file.read_text(encoding="utf-8"))["results"]
    )


def report(arguments: argparse.Namespace) -> None:
    """Print means over sets, of development sets and of the others, and figures of each set."""
    results = read(arguments.results)
    of_sets = results.groupby(["method", "set"])[["roc_auc", "average_precision"]].mean() * 100
    names = sorted(set(results["set"]))
    first = set(development_sets(names))
    groups = {"all": names, "chosen on": sorted(first), "others": sorted(set(names) - first)}
    means = {
        (group, metric): of_sets[metric].unstack("set")[members].mean(axis=1)
        for group, members in groups.items()
        for metric in of_sets
    }
    table = pd.DataFrame(means).sort_values(("all", "roc_auc"), ascending=False)
    table.columns = [" ".join(column) for column in table.columns]
    table["seconds, median"] = results.groupby("method")["seconds"].median()
    print(table.round(1).to_markdown(), "\n")
    for metric in of_sets:
        print(metric, "\n")
        print(of_sets[metric].unstack("method")[table.index].round(1).to_markdown(), "\n")
    if arguments.pack:
        sample = next(iter(sorted(arguments.results.glob("*/*.json"))))
        environment = json.loads(sample.read_text(encoding="utf-8"))["environment"]
        content = {
            "command": "python -m benchmarks.anomalies run",
            "seeds": sorted(set(results["seed"])),
        }
        rows = results.to_dict("records")
        write_json(arguments.pack, {**content, "environment": environment, "results": rows})


def main() -> None:
    """Parse the arguments and run or report."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    commands = parser.add_subparsers(required=True)
    running = commands.add_parser("run", help="compute what is missing")
    running.add_argument("results", type=Path)
    running.add_argument("--data", type=Path, default=Path("../shared/data/anomaly"))
    running.add_argument("--methods", nargs="+", default=[OURS, *RIVALS])
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

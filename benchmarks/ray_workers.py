"""Whether two workers of a Ray cluster train to the held-out bound of one process, and survive the loss of a worker.

Run as ``python -m benchmarks.ray_workers --data ../shared/data``; prints Markdown and writes
``results/ray_workers.json``. What is in that file already is not computed again.

Two fits of one seed share the table alone: the batches and the noise of one process are not those of two workers. Their
difference is therefore held against what another seed changes.
"""

from __future__ import annotations

import argparse
import functools
import hashlib
import itertools
import json
import os
import signal
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

os.environ["OMP_NUM_THREADS"] = "1"
# Ray reads these when it starts: no reports to anybody, and a lost worker is noticed at once.
os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
os.environ.setdefault("RAY_AUTH_MODE", "disabled")
os.environ.setdefault("RAY_worker_niceness", "0")
os.environ.setdefault("RAY_TRAIN_HEALTH_CHECK_INTERVAL_S", "0.5")

import pandas as pd
import psutil
import ray
import torch
from sklearn.model_selection import train_test_split

from benchmarks.shared.datasets import load_dataset
from benchmarks.shared.provenance import RESULTS, describe_environment, write_json
from vaesynth import CVAE
from vaesynth.distributed import fit_on_ray, sample_on_ray

TABLES = ("page-blocks0", "magic", "credit_card_churn")
SEEDS = (0, 1, 2)
MOST_ROWS = 10_000
KILLED = "page-blocks0"


def split(folder: Path, name: str) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Read at most 10,000 rows of a table, its target as the last column, and hold a fifth out."""
    data = load_dataset(folder, name)
    table = data.table.assign(target=data.target)
    if len(table) > MOST_ROWS:
        table, _ = train_test_split(
            table, train_size=MOST_ROWS, random_state=0, stratify=table["target"]
        )
    return train_test_split(table, test_size=0.2, random_state=0, stratify=table["target"])


def fit_alone(train: pd.DataFrame, seed: int, max_iter: int) -> CVAE:
    model = CVAE(max_iter=max_iter, random_state=seed, n_jobs=1)
    return model.fit(train.drop(columns="target"), train["target"])


def fit_by_two(train: pd.DataFrame, seed: int, max_iter: int, storage: Path | None = None) -> CVAE:
    with tempfile.TemporaryDirectory() as folder:
        train.to_parquet(Path(folder) / "train.parquet", index=False)
        return fit_on_ray(
            CVAE(max_iter=max_iter, random_state=seed, n_jobs=1),
            folder,
            target="target",
            n_workers=2,
            storage_path=storage or Path(folder) / "runs",
        )


FITS = {"one process": fit_alone, "two workers": fit_by_two}


def measure_fit(folder: Path, name: str, seed: int, how: str, max_iter: int) -> dict:
    """Fit once and score the rows held out, in nats per row."""
    train, test = split(folder, name)
    start = time.perf_counter()
    model = FITS[how](train, seed, max_iter)
    seconds = time.perf_counter() - start
    bound = model.score(test.drop(columns="target"), test["target"])
    return {
        "table": name,
        "seed": seed,
        "how": how,
        "n_epochs": model.n_iter_,
        "bound": bound,
        "seconds": seconds,
        "weights": hash_weights(model),
    }


def hash_weights(model: CVAE) -> str:
    parameters = [parameter.detach().flatten() for parameter in model.module_.parameters()]
    return hashlib.sha256(torch.cat(parameters).numpy().tobytes()).hexdigest()


@contextmanager
def killing(title: str, condition: Callable[[], bool]) -> Iterator[list[int]]:
    """Kill one process of Ray, of those that this one has started, once the condition holds."""
    killed: list[int] = []
    over = threading.Event()

    def watch() -> None:
        while not over.wait(0.02) and not killed:
            if condition():
                for process in psutil.Process().children(recursive=True):
                    if process.cmdline()[:1] and process.cmdline()[0].startswith(f"ray::{title}"):
                        os.kill(process.pid, signal.SIGKILL)
                        killed.append(process.pid)
                        break

    thread = threading.Thread(target=watch)
    thread.start()
    try:
        yield killed
    finally:
        over.set()
        thread.join()


def measure_loss_in_training(folder: Path, max_iter: int) -> dict:
    """Kill a worker after the second epoch; the weights are to be those of a fit without the loss."""
    train, _ = split(folder, KILLED)
    start = time.perf_counter()
    with tempfile.TemporaryDirectory() as storage:
        runs = Path(storage)
        with killing(
            "RayTrainWorker", lambda: len([*runs.glob("*/checkpoint_*/state.pt")]) > 1
        ) as killed:
            survivor = fit_by_two(train, 0, max_iter, runs)
    return {
        "table": KILLED,
        "n_killed": len(killed),
        "n_epochs": survivor.n_iter_,
        "weights": hash_weights(survivor),
        "seconds": time.perf_counter() - start,
    }


def measure_loss_in_drawing(folder: Path, max_iter: int) -> dict:
    """Kill a worker after the third file, and compare all rows with those that one undisturbed worker draws."""
    train, _ = split(folder, KILLED)
    model = fit_alone(train, 0, max_iter)
    options = {"target": "target", "rows_per_file": 5_000, "random_state": 0}
    with tempfile.TemporaryDirectory() as storage:
        first, second = Path(storage) / "first", Path(storage) / "second"
        sample_on_ray(model, 100_000, first, n_workers=1, **options)
        with killing("MapWorker", lambda: len([*second.glob("part-*")]) > 2) as killed:
            sample_on_ray(model, 100_000, second, n_workers=2, **options)
        expected, found = pd.read_parquet(first), pd.read_parquet(second)
    return {
        "table": KILLED,
        "n_killed": len(killed),
        "n_rows": len(found),
        "equal_rows": bool(expected.equals(found)),
    }


def report(results: dict) -> str:
    """Tables in Markdown."""
    frame = pd.DataFrame(results["fits"].values())
    lines = [
        "| table | one process | two workers | difference | of each seed | deviation between seeds: one, two |",
        "|---|---|---|---|---|---|",
    ]
    for name in TABLES:
        bounds = frame[frame["table"] == name].pivot(index="seed", columns="how", values="bound")
        bounds = bounds.dropna()
        alone, two = bounds["one process"], bounds["two workers"]
        pairs = two - alone
        lines.append(
            f"| {name} | {alone.mean():.2f} | {two.mean():.2f} | {pairs.mean():+.2f} "
            f"| {', '.join(f'{pair:+.2f}' for pair in pairs)} | {alone.std():.2f}, {two.std():.2f} |"
        )
    training, drawing = results["training"], results["drawing"]
    return "\n".join(
        [
            *lines,
            "",
            f"{training['n_killed']} worker killed in training on {training['table']}: "
            f"{training['n_epochs']} epochs, weights equal to the last bit to those of the undisturbed fit: "
            f"{training['weights'] == training['undisturbed']}.",
            f"{drawing['n_killed']} worker killed in drawing: {drawing['n_rows']:,} rows, equal to those of one "
            f"undisturbed worker: {drawing['equal_rows']}.",
        ]
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--seeds", type=int, nargs="+", default=SEEDS)
    parser.add_argument("--max-iter", type=int, default=6, help="epochs of every fit")
    parser.add_argument("--results", type=Path, default=RESULTS / "ray_workers.json")
    arguments = parser.parse_args()
    results = (
        json.loads(arguments.results.read_text(encoding="utf-8"))
        if arguments.results.exists()
        else {}
    )
    results.setdefault("fits", {})
    if results.setdefault("max_iter", arguments.max_iter) != arguments.max_iter:
        parser.error(f"{arguments.results} has fits of {results['max_iter']} epochs")
    ray.init(
        num_cpus=2, object_store_memory=200 * 2**20, include_dashboard=False, log_to_driver=False
    )

    def keep(part: dict, name: str, measure: Callable[[], dict]) -> None:
        if name not in part:
            part[name] = measure()
            results["environment"] = describe_environment(("ray", "pyarrow"))
            write_json(arguments.results, results)
            print(name, part[name], flush=True)

    folder, max_iter = arguments.data, arguments.max_iter
    for seed, table, how in itertools.product(arguments.seeds, TABLES, FITS):
        measure = functools.partial(measure_fit, folder, table, seed, how, max_iter)
        keep(results["fits"], f"{table}, {seed}, {how}", measure)
    undisturbed = results["fits"][f"{KILLED}, 0, two workers"]["weights"]
    keep(
        results,
        "training",
        lambda: measure_loss_in_training(folder, max_iter) | {"undisturbed": undisturbed},
    )
    keep(results, "drawing", lambda: measure_loss_in_drawing(folder, max_iter))
    print(report(results))


if __name__ == "__main__":
    main()

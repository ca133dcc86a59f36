"""What products in bfloat16 do to the time of a training step and to the bound on held-out rows.

Run::

    python -m benchmarks.speed.mixed_precision --data ../shared/data

Steps of the default networks, with `mixed_precision` off and on in turns on one thread; medians, and of the ratio too.
The bound is that of fits of few epochs with either, on rows that none has seen. Fashion-MNIST is where
`vaesynth.datasets.fetch_fashion_mnist` finds it.
"""

from __future__ import annotations

import argparse
import os
import statistics
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import torch

from benchmarks.shared.datasets import load_dataset
from benchmarks.shared.provenance import RESULTS, describe_environment, write_json
from vaesynth import CVAE, VAE
from vaesynth.datasets import fetch_fashion_mnist
from vaesynth.estimators._fit import choose_plan
from vaesynth.training import train

_N_ROWS, _N_NEW = 10_000, 5_000


def read_adult(folder: Path) -> tuple[Any, np.ndarray]:
    """Rows of `adult` and their classes."""
    dataset = load_dataset(folder, "adult")
    return dataset.table, np.asarray(dataset.codes)


def read_images(_: Path) -> tuple[np.ndarray, np.ndarray]:
    """Images of Fashion-MNIST, as floats, and no classes."""
    images = fetch_fashion_mnist().images[: _N_ROWS + _N_NEW].astype(np.float32) / 255
    return images, np.zeros(len(images), dtype=np.int64)


MODELS: dict[str, tuple[Callable[[Path], tuple[Any, np.ndarray]], Callable[..., Any]]] = {
    "adult, CVAE": (read_adult, CVAE),
    "adult, CVAE(decoder='independent')": (
        read_adult,
        lambda **p: CVAE(decoder="independent", **p),
    ),
    "Fashion-MNIST, VAE": (read_images, VAE),
    "Fashion-MNIST, VAE(network='conv')": (read_images, lambda **p: VAE(network="conv", **p)),
    "Fashion-MNIST, VAE(network='spatial')": (read_images, lambda **p: VAE(network="spatial", **p)),
}


def make_steps(
    model: Any, X: Any, y: np.ndarray, n_steps: int
) -> tuple[Callable[[bool], float], int]:
    """Return a function that takes steps in either precision and gives the milliseconds of one, and the batch size."""
    codec, rows = model._read(X)
    fit = model._start(codec, len(y), int(y.max()) + 1)
    data, generator = fit.put(rows, y), fit.generator
    start = {name: weight.clone() for name, weight in model.module_.state_dict().items()}
    plan = choose_plan(model, model._sizes, len(y), model._automatic_beta)
    plan = replace(plan, max_iter=1, n_steps_per_epoch=n_steps)

    def run(mixed: bool) -> float:
        model.module_.load_state_dict(start)
        begin = time.process_time()
        train(model.module_, data, replace(plan, mixed_precision=mixed), generator)
        return 1e3 * (time.process_time() - begin) / n_steps

    return run, plan.batch_size


def measure_steps(name: str, arguments: argparse.Namespace) -> dict[str, Any]:
    """Time steps of both kinds in turns, after one of each to warm up."""
    read, make = MODELS[name]
    X, y = read(arguments.data)
    model = make(random_state=0, n_jobs=1)
    run, batch_size = make_steps(model, X[:_N_ROWS], y[:_N_ROWS], arguments.steps)
    turns = [(run(False), run(True)) for _ in range(1 + arguments.turns)][1:]
    return {
        "batch_size": batch_size,
        "step_ms": statistics.median(full for full, _ in turns),
        "mixed_step_ms": statistics.median(mixed for _, mixed in turns),
        "ratio": statistics.median(mixed / full for full, mixed in turns),
    }


def measure_bounds(name: str, arguments: argparse.Namespace) -> Iterator[dict[str, Any]]:
    """Fit in both precisions with each seed, and score rows held out, in nats per row."""
    read, make = MODELS[name]
    X, y = read(arguments.data)
    new = slice(_N_ROWS, _N_ROWS + _N_NEW)
    for seed in arguments.seeds:
        bounds = {}
        for mixed in (False, True):
            model = make(
                random_state=seed, n_jobs=1, max_iter=arguments.epochs, mixed_precision=mixed
            )
            if isinstance(model, CVAE):
                bounds[mixed] = model.fit(X[:_N_ROWS], y[:_N_ROWS]).score(X[new], y[new])
            else:
                bounds[mixed] = model.fit(X[:_N_ROWS]).score(X[new])
        yield {"seed": seed, "bound": bounds[False], "mixed_bound": bounds[True]}


def run(arguments: argparse.Namespace) -> None:
    """Measure every model and print a table."""
    torch.set_num_threads(1)
    rows = []
    for name in arguments.models:
        row = {"model": name, **measure_steps(name, arguments)}
        row["bounds"] = list(measure_bounds(name, arguments))
        rows.append(row)
        print(row, flush=True)
        record = {"clock": "process", "threads": 1, "epochs": arguments.epochs}
        write_json(arguments.output, record | describe_environment() | {"measurements": rows})
    print(describe(rows).to_markdown(index=False, floatfmt=",.4g"))


def describe(rows: list[dict[str, Any]]) -> pd.DataFrame:
    """Put the figures in a table, with means and deviations over the seeds."""
    table = []
    for row in rows:
        bounds = pd.DataFrame(row["bounds"])
        difference = bounds["mixed_bound"] - bounds["bound"]
        table.append(
            {
                **{name: value for name, value in row.items() if name != "bounds"},
                "bound": bounds["bound"].mean(),
                "difference": difference.mean(),
                "largest difference": difference.abs().max(),
                "deviation between seeds": bounds["bound"].std(),
            }
        )
    return pd.DataFrame(table)


def parse_arguments() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--models", nargs="+", choices=MODELS, default=list(MODELS))
    parser.add_argument("--steps", type=int, default=10, help="steps of a turn")
    parser.add_argument("--turns", type=int, default=7)
    parser.add_argument("--epochs", type=int, default=2, help="epochs of the fits that are scored")
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    parser.add_argument("--output", type=Path, default=RESULTS / "mixed_precision.json")
    return parser.parse_args()


if __name__ == "__main__":
    os.environ["OMP_NUM_THREADS"] = "1"
    run(parse_arguments())

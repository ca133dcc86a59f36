"""How near a training step comes to the machine's own speed: the step beside its bare matrix products.

Run::

    python -m benchmarks.speed.training_step --data ../shared/data

The products of one step, forward and backward, are read from torch's profiler with their shapes. They are then timed
alone, as ``torch.mm`` and ``torch.bmm`` of contiguous matrices, on as many threads as the step, and so is the whole
step: drawing and gathering the batch, forward, backward, norm, optimiser. The two take turns, and medians of their
ratio are given. 100 % would be a step that costs nothing beside its products.
"""

from __future__ import annotations

import argparse
import os
import statistics
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

from benchmarks.shared.provenance import RESULTS, describe_environment, write_json

_PRODUCTS = {"aten::mm": 0, "aten::bmm": 0, "aten::addmm": 1, "aten::baddbmm": 1}


class Product(NamedTuple):
    """Shapes of the two factors, batched or not."""

    left: tuple[int, ...]
    right: tuple[int, ...]

    @property
    def operations(self) -> int:
        """Multiplications and additions."""
        n_products = self.left[0] if len(self.left) == 3 else 1
        return 2 * n_products * self.left[-2] * self.left[-1] * self.right[-1]


class Training:
    """A model of `adult` as an estimator makes it, and the rows it learns from."""

    def __init__(self, folder: Path, estimator: Any, clock: Callable[[], float]) -> None:
        import numpy as np
        import torch

        from benchmarks.shared.datasets import load_dataset
        from vaesynth.estimators._fit import choose_plan

        dataset = load_dataset(folder, "adult")
        n_rows = 32_000
        table, codes = dataset.table.iloc[:n_rows], np.asarray(dataset.codes)[:n_rows]
        codec, rows = estimator._read(table)
        fit = estimator._start(codec, n_rows, 2)
        self.generator, self.data = fit.generator, fit.put(rows, codes.astype(np.int64))
        self.plan = choose_plan(estimator, estimator._sizes, n_rows, estimator._automatic_beta)
        self.module = estimator.module_
        self.start = {name: w.clone() for name, w in self.module.state_dict().items()}
        self.n_parameters = sum(p.numel() for p in self.module.parameters())
        self.torch, self.clock = torch, clock

    def run(self, batch_size: int, n_threads: int, n_steps: int) -> float:
        """Train for some steps from the start; return the seconds of one."""
        from vaesynth.estimators._defaults import Schedule
        from vaesynth.training import train

        plan = replace(
            self.plan,
            max_iter=1,
            n_steps_per_epoch=n_steps,
            batch_size=batch_size,
            n_shards=Schedule(1, 1, batch_size).n_shards,
            n_threads=n_threads,
        )
        self.module.load_state_dict(self.start)
        start = self.clock()
        train(self.module, self.data, plan, self.generator)
        return (self.clock() - start) / n_steps

    def products(self, batch_size: int) -> list[Product]:
        """Read the products of one step from the profiler."""
        profiler = self.torch.profiler
        with profiler.profile(
            activities=[profiler.ProfilerActivity.CPU], record_shapes=True
        ) as profile:
            self.run(batch_size, 1, 1)
        return [
            Product(*(tuple(shape) for shape in event.input_shapes[first : first + 2]))
            for event in profile.events()
            if (first := _PRODUCTS.get(event.name)) is not None
        ]


def bare_step(products: list[Product], n_threads: int) -> Callable[[], None]:
    """Return a function that computes the products alone, each thread its share of them."""
    import torch

    factors = [
        (torch.randn(left), torch.randn(right), torch.mm if len(left) == 2 else torch.bmm)
        for left, right in products
    ]
    shares = [factors[number::n_threads] for number in range(n_threads)]

    def multiply(share: list) -> None:
        for left, right, product in share:
            product(left, right)

    if n_threads == 1:
        return lambda: multiply(factors)
    pool = ThreadPoolExecutor(n_threads, initializer=torch.set_num_threads, initargs=(1,))
    return lambda: list(pool.map(multiply, shares)) and None


def measure(training: Training, batch_size: int, arguments: argparse.Namespace) -> dict[str, Any]:
    """Time step and products in turns."""
    products = training.products(batch_size)
    bare = bare_step(products, arguments.threads)
    n_steps = max(4, arguments.rows // batch_size)
    steps, bares = [], []
    for _ in range(1 + arguments.turns):
        steps.append(training.run(batch_size, arguments.threads, n_steps))
        start = training.clock()
        for _ in range(n_steps):
            bare()
        bares.append((training.clock() - start) / n_steps)
    steps, bares = steps[1:], bares[1:]
    return {
        "batch_size": batch_size,
        "products": len(products),
        "gigaflop": sum(product.operations for product in products) / 1e9,
        "step_ms": 1e3 * statistics.median(steps),
        "bare_ms": 1e3 * statistics.median(bares),
        "share": statistics.median(b / s for b, s in zip(bares, steps, strict=True)),
    }


def run(arguments: argparse.Namespace) -> None:
    """Measure the default networks and print a table."""
    import pandas as pd
    import torch

    from vaesynth import CVAE

    torch.set_num_threads(1)
    clock = {"wall": time.perf_counter, "process": time.process_time}[arguments.clock]
    estimators = {
        "CVAE": CVAE(random_state=0, device="cpu"),
        "CVAESampler": CVAE(random_state=0, device="cpu", decoder="independent", beta=0.1),
    }
    rows = []
    for name in arguments.networks:
        training = Training(arguments.data, estimators[name], clock)
        for batch_size in arguments.batch_sizes:
            figures = measure(training, batch_size, arguments)
            rows.append({"network": name, "parameters": training.n_parameters, **figures})
            print(
                {
                    key: f"{value:.4g}" if isinstance(value, float) else value
                    for key, value in rows[-1].items()
                }
            )
    table = pd.DataFrame(rows).assign(share=lambda frame: (100 * frame["share"]).round(1))
    print(table.to_markdown(index=False, floatfmt=".3g"))
    record = {
        "threads": arguments.threads,
        "clock": arguments.clock,
        **describe_environment(),
        "measurements": rows,
    }
    write_json(arguments.output, record)


def parse_arguments() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--networks", nargs="+", default=["CVAE", "CVAESampler"])
    parser.add_argument("--batch-sizes", nargs="+", type=int, default=[512, 1024, 2048, 4096])
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument(
        "--clock",
        choices=["wall", "process"],
        default="wall",
        help="'process' counts the processor's seconds, for one thread on a machine that does other work",
    )
    parser.add_argument(
        "--turns", type=int, default=5, help="measurements of each, after one to warm up"
    )
    parser.add_argument("--rows", type=int, default=8192, help="rows in the steps of one turn")
    parser.add_argument("--output", type=Path, default=RESULTS / "training_step.json")
    return parser.parse_args()


if __name__ == "__main__":
    # Before torch loads: threads come from the pools, never from within a product.
    for _name in ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
        os.environ[_name] = "1"
    run(parse_arguments())

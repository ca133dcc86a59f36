"""What a graphics card changes: nothing in what is learned, and the time of it.

Run::

    bash benchmarks/gpu.sh

Fits of few steps with the same seed are compared between processor and card: their losses, the bounds of one model's
weights on either, and the rows that it draws with one seed. Then fits are timed for batches of growing size. The
seconds of a row are those of the epochs after the first: two fits of different length are subtracted, so that reading
the table and the first use of the card are not in them. Without CUDA the processor is compared with itself, and timed.
"""

from __future__ import annotations

import argparse
import time
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import torch
from sklearn.base import clone

from benchmarks.shared.datasets import load_dataset
from benchmarks.shared.provenance import RESULTS, describe_environment, write_json
from vaesynth import CVAE, VAE, CVAESampler
from vaesynth.datasets import fetch_fashion_mnist

# In float32 only the order of sums differs; in bfloat16 the products have three digits.
LOSS_TOLERANCE, MIXED_LOSS_TOLERANCE = 1e-3, 3e-2
BOUND_TOLERANCE = 1e-4
# A number at the edge of a level, or a draw at the edge of a category, may fall to either side.
EQUAL_CELLS = 0.99
BATCHES = (512, 2_048, 8_192, 32_768, 65_536)
ADULT_ROWS = 48_842


@dataclass(frozen=True)
class Setting:
    """Where and in which precision a model trains."""

    name: str
    device: str
    mixed_precision: bool

    def apply(self, model: Any, **parameters: Any) -> Any:
        """Return a copy of a model that trains so."""
        chosen = {"device": self.device, "mixed_precision": self.mixed_precision, **parameters}
        return clone(model).set_params(**chosen)


@dataclass(frozen=True)
class Job:
    """A model and the rows that it learns."""

    name: str
    model: Any
    X: Any
    y: np.ndarray | None

    def fit(self, model: Any) -> Any:
        """Fit a copy of the model, and return it."""
        return model.fit(self.X) if self.y is None else model.fit(self.X, self.y)


def read_adult(folder: Path, n_rows: int) -> tuple[pd.DataFrame, np.ndarray]:
    """Read `adult`, or make a table of its shape where it is not there, and say so."""
    try:
        dataset = load_dataset(folder, "adult")
        return dataset.table.iloc[:n_rows], np.asarray(dataset.codes)[:n_rows]
    except (FileNotFoundError, KeyError):
        print(f"adult is not in {folder}: a table of random cells of its shape stands for it")
        return make_adult(n_rows)


def make_adult(n_rows: int) -> tuple[pd.DataFrame, np.ndarray]:
    """Make a table with the columns of `adult`: six of numbers, eight of categories, a quarter of the rare class."""
    rng = np.random.default_rng(0)
    y = (rng.random(n_rows) < 0.24).astype(int)
    columns: dict[str, Any] = {
        f"n{i}": np.round(rng.lognormal(3, 1, n_rows) * (1 + y)) for i in range(6)
    }
    for number, n_levels in enumerate((9, 16, 7, 15, 6, 5, 2, 42)):
        levels = np.minimum(rng.geometric(2 / n_levels, n_rows), n_levels)
        columns[f"c{number}"] = pd.Categorical([f"level {level}" for level in levels])
    return pd.DataFrame(columns), y


def read_images(n_rows: int) -> np.ndarray:
    """Read Fashion-MNIST, or make images of its shape where it is not there, and say so."""
    try:
        return fetch_fashion_mnist(download_if_missing=False).images[:n_rows]
    except OSError:
        print("Fashion-MNIST is not there: images of noise of its shape stand for it")
        shape = (n_rows, 28, 28)
        return np.random.default_rng(0).integers(0, 256, shape).astype(np.uint8)


def make_jobs(arguments: argparse.Namespace) -> list[Job]:
    """Return the models that are compared and timed."""
    X, y = read_adult(arguments.data, arguments.rows or ADULT_ROWS)
    images = read_images(arguments.rows or 60_000)
    common = {"random_state": 0, "early_stopping": False}
    return [
        Job("CVAE, adult", CVAE(**common), X, y),
        Job("CVAE(decoder='independent'), adult", CVAE(decoder="independent", **common), X, y),
        Job("VAE, Fashion-MNIST", VAE(**common), images, None),
        Job("VAE(network='conv'), Fashion-MNIST", VAE(network="conv", **common), images, None),
    ]


def make_sampler(setting: Setting, batch_size: int, epochs: int) -> CVAESampler:
    """Return a sampler whose model trains as a setting says."""
    model = setting.apply(CVAE(early_stopping=False), batch_size=batch_size, max_iter=epochs)
    return CVAESampler(model=model, random_state=0)


def compare(job: Job, settings: list[Setting], n_drawn: int) -> Iterator[dict[str, Any]]:
    """Compare each setting with the processor in float32."""
    few = {"max_iter": 2, "batch_size": 512}
    reference = job.fit(settings[0].apply(job.model, **few))
    for setting in settings:
        model = job.fit(setting.apply(job.model, **few))
        allowed = MIXED_LOSS_TOLERANCE if setting.mixed_precision else LOSS_TOLERANCE
        differences = np.abs(np.divide(model.loss_curve_, reference.loss_curve_) - 1)
        model.module_.load_state_dict(reference.module_.state_dict())
        bounds = [one.score_samples(*first_rows(job, n_drawn)) for one in (reference, model)]
        drawn = [draw(one, job, n_drawn) for one in (reference, model)]
        figures = {
            "loss_difference": float(differences.max()),
            "bound_difference": float(np.abs(bounds[1] / bounds[0] - 1).max()),
            "equal_cells": share_equal(*drawn),
        }
        within = (
            figures["loss_difference"] <= allowed
            and figures["bound_difference"] <= BOUND_TOLERANCE
            and figures["equal_cells"] >= EQUAL_CELLS
        )
        yield {"model": job.name, "setting": setting.name, **figures, "within": within}


def first_rows(job: Job, n: int) -> tuple[Any, ...]:
    """Return the first rows of a job, with their classes where it has some."""
    return (job.X[:n],) if job.y is None else (job.X[:n], job.y[:n])


def draw(model: Any, job: Job, n: int) -> Any:
    """Draw rows with one seed, of the classes of the first rows."""
    return (
        model.sample(n, random_state=1)
        if job.y is None
        else model.sample(y=job.y[:n], n_samples=len(job.y[:n]), random_state=1)
    )


def share_equal(left: Any, right: Any) -> float:
    """Return the share of equal cells; of numbers, up to a thousandth of the column's spread."""
    if isinstance(left, np.ndarray):
        left, right = (pd.DataFrame(rows.reshape(len(rows), -1)) for rows in (left, right))
    shares = []
    for name in left:
        a, b = left[name], right[name]
        same = (a == b) | (a.isna() & b.isna())
        if pd.api.types.is_numeric_dtype(a.dtype):
            same |= (a.astype(float) - b.astype(float)).abs() <= 1e-3 * float(a.astype(float).std())
        shares.append(float(same.mean()))
    return float(np.mean(shares))


def seconds(run: Callable[[], object]) -> float:
    """Return the wall seconds of a call, after which the card has nothing left to do."""
    start = time.perf_counter()
    run()
    if torch.cuda.is_available():
        torch.cuda.synchronize()
    return time.perf_counter() - start


def time_fits(job: Job, setting: Setting, batch_size: int, epochs: int) -> dict[str, Any]:
    """Time a fit of one epoch and one of more; the difference is that of the epochs."""
    short, long = (
        seconds(lambda n=n: job.fit(setting.apply(job.model, batch_size=batch_size, max_iter=n)))
        for n in (1, 1 + epochs)
    )
    return {
        "model": job.name,
        "setting": setting.name,
        "batch_size": batch_size,
        "fit_seconds": long,
        "rows_per_second": epochs * len(job.X) / max(long - short, 1e-9),
    }


def time_sampler(job: Job, setting: Setting, batch_size: int, epochs: int) -> dict[str, Any]:
    """Time a whole `fit_resample`: the fit, the candidates of the new rows and the choice among them."""
    sampler = make_sampler(setting, batch_size, epochs)
    taken = seconds(lambda: sampler.fit_resample(job.X, job.y))
    return {
        "model": "CVAESampler, adult",
        "setting": setting.name,
        "batch_size": batch_size,
        "fit_seconds": taken,
    }


def run(arguments: argparse.Namespace) -> bool:
    """Compare, time, write after each figure; tell whether all was within its tolerance."""
    warnings.simplefilter("ignore")
    settings = [Setting("CPU", "cpu", False), Setting("CPU, bfloat16", "cpu", True)]
    if torch.cuda.is_available():
        settings[1:] = [Setting("GPU", "cuda", False), Setting("GPU, bfloat16", "cuda", True)]
    else:
        print("no CUDA device: the processor is compared with itself")
    record: dict[str, Any] = {
        **describe_environment(),
        "device": torch.cuda.get_device_name() if torch.cuda.is_available() else None,
        "smoke": arguments.smoke,
        "tolerances": {
            "loss": LOSS_TOLERANCE,
            "loss_bfloat16": MIXED_LOSS_TOLERANCE,
            "bound": BOUND_TOLERANCE,
            "equal_cells": EQUAL_CELLS,
        },
        "comparisons": [],
        "times": [],
    }
    jobs = make_jobs(arguments)
    seconds(lambda: jobs[-1].fit(settings[-1].apply(jobs[-1].model, max_iter=1)))  # warm up

    def keep(place: str, figures: dict[str, Any]) -> None:
        record[place].append(figures)
        print(figures, flush=True)
        write_json(arguments.output, record)

    for job in jobs:
        for figures in compare(job, settings, arguments.drawn):
            keep("comparisons", figures)
    for batch_size in arguments.batches:
        for setting in settings:
            for job in jobs:
                keep("times", time_fits(job, setting, batch_size, arguments.epochs))
            keep("times", time_sampler(jobs[0], setting, batch_size, 1 + arguments.epochs))
    print(describe(record))
    return all(figures["within"] for figures in record["comparisons"])


def describe(record: dict[str, Any]) -> str:
    """Put the times in a table, a column for each setting."""
    times = pd.DataFrame(record["times"])
    wide = times.pivot_table(
        index=["model", "batch_size"],
        columns="setting",
        values=["rows_per_second", "fit_seconds"],
        sort=False,
    )
    return wide.to_string(float_format="{:,.3g}".format)


def parse_arguments() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--batches", type=int, nargs="+", default=list(BATCHES))
    parser.add_argument("--epochs", type=int, default=2, help="epochs that are timed")
    parser.add_argument("--rows", type=int, help="rows of each table (default: all)")
    parser.add_argument("--drawn", type=int, default=2_000, help="rows that are drawn and scored")
    parser.add_argument("--smoke", action="store_true", help="a few steps of everything")
    parser.add_argument("--output", type=Path, default=RESULTS / "gpu.json")
    arguments = parser.parse_args()
    if arguments.smoke:
        arguments.rows, arguments.drawn, arguments.batches = 600, 50, [512]
        arguments.epochs, arguments.output = 1, arguments.output.with_suffix(".smoke.tmp")
    return arguments


if __name__ == "__main__":
    raise SystemExit(0 if run(parse_arguments()) else 1)

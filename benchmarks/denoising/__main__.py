"""Denoising of images beside PCA, wavelets, TV and non-local means; imputation beside scikit-learn's imputers.

Run as ``python -m benchmarks.denoising images`` and ``python -m benchmarks.denoising tables --data ../shared/data``.
Both write what they have into ``results/denoising.json`` after every step, go on where they stopped, and print
Markdown; ``report`` prints alone.
"""

from __future__ import annotations

import argparse
import json
import time
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import torch
from sklearn.decomposition import PCA

from benchmarks.denoising.imputers import NAMES, impute, score
from benchmarks.shared.datasets import load_dataset
from benchmarks.shared.provenance import RESULTS, describe_environment, write_json
from vaesynth.applications import VAEDenoiser
from vaesynth.datasets import fetch_fashion_mnist

LEVELS = (0.1, 0.2, 0.4)
TABLES = ("credit_card_churn", "adult", "magic", "lending_club", "diabetes130")
MASKED_SHARE = 0.2
OURS = ("VAEDenoiser, one for all levels", "VAEDenoiser")


def spoil(images: np.ndarray, sigma: float, seed: int) -> np.ndarray:
    """Put normal noise on images between 0 and 1."""
    noise = np.random.default_rng([seed, int(1000 * sigma)]).normal(size=images.shape)
    return (images + sigma * noise).astype(np.float32)


def compare_images(store: Store, arguments: argparse.Namespace) -> None:
    """Tune on training images that no model learns from, then measure once on test images."""
    from benchmarks.denoising.image_denoisers import (  # tables need no scikit-image
        grids,
        measure,
        tune,
    )

    train = fetch_fashion_mnist().images.astype(np.float32) / 255
    learned, tuning = train[:50_000], train[-arguments.n_tuning :]
    test = fetch_fashion_mnist(subset="test").images[: arguments.n_images].astype(np.float32) / 255
    pca = PCA(784).fit(learned.reshape(len(learned), -1))
    for sigma in LEVELS:
        given, unseen = spoil(tuning, sigma, 0), spoil(test, sigma, 1)
        for name, grid in grids(pca, sigma).items():
            key = f"images/{sigma}/{name}"
            if not store.lacks(key):
                continue
            best = tune(grid, tuning, given)
            start = time.perf_counter()
            results = {by: measure(test, grid[best[by]](unseen))[by] for by in best}
            seconds = (time.perf_counter() - start) / 2
            store.put(key, {**results, "parameters": best, "seconds": seconds})
    learn_images(store, arguments, learned, tuning, test)


def learn_images(
    store: Store,
    arguments: argparse.Namespace,
    learned: np.ndarray,
    tuning: np.ndarray,
    test: np.ndarray,
) -> None:
    """Train the denoiser, for all levels at once and for each, and measure it."""
    from benchmarks.denoising.image_denoisers import measure

    for name in arguments.models:
        for level in [(0.05, 0.45)] if name == OURS[0] else LEVELS:
            sigmas = LEVELS if isinstance(level, tuple) else (level,)
            keys = [f"images/{sigma}/{name}" for sigma in sigmas]
            if not any(map(store.lacks, keys)):
                continue
            start = time.perf_counter()
            denoiser = VAEDenoiser(level=level, random_state=0).fit(learned)
            seconds = time.perf_counter() - start
            for key, sigma in zip(keys, sigmas, strict=True):
                before = measure(tuning, denoiser.transform(spoil(tuning, sigma, 0)))
                start = time.perf_counter()
                after = measure(test, denoiser.transform(spoil(test, sigma, 1)))
                spent = time.perf_counter() - start
                details = {"training seconds": seconds, "seconds": spent, "on tuning": before}
                store.put(key, {**after, **details, "parameters": str(denoiser.model_)})


def compare_tables(store: Store, arguments: argparse.Namespace) -> None:
    """Mask a fifth of the cells at random and ask each imputer for them."""
    warnings.simplefilter("ignore")  # IterativeImputer says that ten rounds are few
    for seed in arguments.seeds:
        for table in arguments.tables:
            truth, categories = read_table(arguments.data, table, arguments.n_rows, seed)
            given = truth.notna().to_numpy()
            masked = given & (np.random.default_rng(seed).random(truth.shape) < MASKED_SHARE)
            for name in arguments.imputers:
                key = f"tables/{table}/{seed}/{name}"
                if not store.lacks(key):
                    continue
                start = time.perf_counter()
                completed = impute(name, truth.mask(masked), categories, seed)
                seconds = time.perf_counter() - start
                error, right = score(truth, completed, masked, categories)
                store.put(key, {"rmse": error, "accuracy": right, "seconds": seconds})


def read_table(folder: Path, name: str, n_rows: int, seed: int) -> tuple[pd.DataFrame, list[str]]:
    """Give rows of a table drawn at random, and its categorical columns."""
    table = load_dataset(folder, name).table
    chosen = np.random.default_rng(seed).permutation(len(table))[:n_rows]
    table = table.iloc[chosen].reset_index(drop=True)
    table = table.loc[:, table.nunique() > 1]
    categories = [name for name in table if not pd.api.types.is_numeric_dtype(table[name])]
    return table.astype({name: float for name in table if name not in categories}), categories


class Store:
    """Results in one JSON file, written after each."""

    def __init__(self, path: Path, arguments: dict[str, Any]) -> None:
        self.path, self.arguments = path, arguments
        content = (
            json.loads(path.read_text(encoding="utf-8"))
            if path.exists()
            else {"results": {}, "runs": []}
        )
        self.results, self.runs = content["results"], content["runs"]
        self.run: dict[str, Any] | None = None

    def lacks(self, key: str) -> bool:
        """Whether there is no such result yet."""
        return key not in self.results

    def put(self, key: str, result: dict[str, Any]) -> None:
        """Keep a result and what it depends on."""
        if self.run is None:
            environment = describe_environment(["scikit-image", "PyWavelets"])
            self.run = {"arguments": self.arguments, "environment": environment}
            self.runs.append(self.run)
        self.results[key] = {**result, "run": len(self.runs) - 1}
        write_json(self.path, {"runs": self.runs, "results": self.results})
        print(key, result, flush=True)


def report_images(results: dict[str, dict]) -> str:
    """Give the table of PSNR and SSIM, ranks by each among those that are compared."""
    names = list(dict.fromkeys(key.split("/")[2] for key in results if key.startswith("images/")))
    head = " | ".join(f"PSNR, {s:g} | SSIM, {s:g}" for s in LEVELS)
    lines = [f"| denoiser | {head} |", "|---" * (1 + 2 * len(LEVELS)) + "|"]
    for name in names:
        cells = []
        for sigma in LEVELS:
            result = results.get(f"images/{sigma}/{name}")
            cells += (
                ["", ""] if result is None else [f"{result['psnr']:.2f}", f"{result['ssim']:.3f}"]
            )
        lines.append(f"| {name} | {' | '.join(cells)} |")
    return "\n".join(lines)


def report_tables(results: dict[str, dict]) -> str:
    """Give the table of errors and accuracies, means and standard deviations over seeds."""
    keys = [key.split("/") for key in results if key.startswith("tables/")]
    tables = list(dict.fromkeys(key[1] for key in keys))
    lines = [
        "| imputer | " + " | ".join(f"{t}, RMSE | accuracy" for t in tables) + " |",
        "|---" * (1 + 2 * len(tables)) + "|",
    ]
    for name in NAMES:
        cells = []
        for table in tables:
            runs = [results["/".join(key)] for key in keys if key[1] == table and key[3] == name]
            if not runs:
                cells += ["", ""]
                continue
            for by in ("rmse", "accuracy"):
                values = np.array([run[by] for run in runs])
                cells.append(
                    "" if np.isnan(values).any() else f"{values.mean():.3f} ± {values.std():.3f}"
                )
        lines.append(f"| {name} | {' | '.join(cells)} |")
    return "\n".join(lines)


def main() -> None:
    """Run, store and report."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("question", choices=["images", "tables", "report"])
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--tables", nargs="+", default=list(TABLES))
    parser.add_argument("--imputers", nargs="+", default=list(NAMES), choices=NAMES)
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    parser.add_argument("--n-rows", type=int, default=2_000)
    parser.add_argument("--n-images", type=int, default=500)
    parser.add_argument("--n-tuning", type=int, default=50)
    parser.add_argument("--models", nargs="+", default=list(OURS[:1]), choices=OURS)
    parser.add_argument("--result", type=Path)
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    path = arguments.result or RESULTS / "denoising.json"
    store = Store(path, vars(arguments))
    if arguments.question == "images":
        compare_images(store, arguments)
    if arguments.question == "tables":
        compare_tables(store, arguments)
    print(report_images(store.results))
    print(report_tables(store.results))


if __name__ == "__main__":
    main()

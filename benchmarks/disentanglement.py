"""How disentanglement depends on beta: BetaVAE on images of shapes whose five factors are known.

Run as ``python -m benchmarks.disentanglement``; prints Markdown and writes ``results/disentanglement.json``.
"""

from __future__ import annotations

import argparse
import time
import warnings
from pathlib import Path

import numpy as np
import torch

from benchmarks.shared.provenance import RESULTS, describe_environment, write_json
from vaesynth import BetaVAE, PosteriorCollapseWarning
from vaesynth.datasets import make_shapes
from vaesynth.metrics import dci_disentanglement, mutual_information_gap


def run(images: np.ndarray, factors: np.ndarray, beta: float, seed: int, max_iter: int) -> dict:
    """Train one model and measure its latents on images it was not trained on."""
    n_train = len(images) - 4_000
    model = BetaVAE(
        beta=beta,
        latent_dim=10,
        likelihood="bernoulli",
        prior="standard_normal",
        early_stopping=False,
        max_iter=max_iter,
        random_state=seed,
    )
    start = time.perf_counter()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", PosteriorCollapseWarning)
        model.fit(images[:n_train])
    seconds = time.perf_counter() - start
    unseen, truth = images[n_train:], factors[n_train:]
    latents = model.transform(unseen)
    error = np.mean((model.reconstruct(unseen) / 255 - unseen / 255) ** 2)
    return {
        "beta": beta,
        "seed": seed,
        "seconds": seconds,
        "mig": mutual_information_gap(latents, truth),
        **dci_disentanglement(latents, truth)._asdict(),
        "active_units": model.active_units_,
        "kl": float(model.kl_per_latent_.sum()),
        "squared_error": float(error),
    }


def report(results: list[dict]) -> str:
    """Means and standard errors over seeds as a Markdown table."""
    keys = ["mig", "disentanglement", "completeness", "informativeness"]
    lines = [
        "| β | MIG | disentanglement | completeness | informativeness | latents in use | KL, nats |",
        "|---|---|---|---|---|---|---|",
    ]
    for beta in sorted({result["beta"] for result in results}):
        runs = [result for result in results if result["beta"] == beta]
        cells = []
        for key in keys:
            values = [run[key] for run in runs]
            error = np.std(values, ddof=1) / len(values) ** 0.5 if len(values) > 1 else 0.0
            cells.append(f"{np.mean(values):.3f} ± {error:.3f}")
        cells += [f"{np.mean([run['active_units'] for run in runs]):.1f}"]
        cells += [f"{np.mean([run['kl'] for run in runs]):.1f}"]
        lines.append(f"| {beta:g} | {' | '.join(cells)} |")
    return "\n".join(lines)


def main() -> None:
    """Run, report and store."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--n-images", type=int, default=14_000)
    parser.add_argument("--max-iter", type=int, default=60)
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    parser.add_argument("--betas", type=float, nargs="+", default=[0.25, 1, 2, 4, 8, 16, 32])
    parser.add_argument("--result", type=Path)
    arguments = parser.parse_args()
    result = arguments.result or RESULTS / "disentanglement.json"
    torch.set_num_threads(1)
    images, factors = make_shapes(arguments.n_images, random_state=0)
    results: list[dict] = []
    for seed in arguments.seeds:
        for beta in arguments.betas:
            results.append(run(images, factors, beta, seed, arguments.max_iter))
            print(results[-1], flush=True)
            content = {"arguments": vars(arguments), "environment": describe_environment()}
            write_json(result, {**content, "results": results})
    print(report(results))


if __name__ == "__main__":
    main()

"""Compare ways to over-sample rare classes of images, by a small convolutional classifier of what they return.

Run as ``python -m benchmarks.images``; prints Markdown and writes ``results/images.json``. What is in that file already
is not computed again. Fashion-MNIST is made long-tailed: the class of rank k has ``largest * ratio ** (-k / 9)``
images. The score is the balanced accuracy on 2,000 test images; every classifier is trained for the same number of
steps.
"""

from __future__ import annotations

import argparse
import json
import os
import time
from collections.abc import Callable
from pathlib import Path

for _name in ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ[_name] = "1"

import numpy as np  # noqa: E402
import pandas as pd  # noqa: E402
import torch  # noqa: E402
from imblearn.over_sampling import SMOTE, RandomOverSampler  # noqa: E402
from sklearn.metrics import balanced_accuracy_score  # noqa: E402
from torch import nn  # noqa: E402

from benchmarks.shared.provenance import RESULTS, describe_environment, write_json  # noqa: E402
from vaesynth import CVAE, CVAESampler  # noqa: E402
from vaesynth.datasets import fetch_fashion_mnist  # noqa: E402

Resampled = tuple[np.ndarray, np.ndarray]
Resample = Callable[[np.ndarray, np.ndarray, int], Resampled]
N_STEPS, BATCH_SIZE, N_TEST = 800, 64, 2000


def make_long_tail(
    images: np.ndarray, y: np.ndarray, largest: int, ratio: float, seed: int
) -> Resampled:
    """Return images of classes of falling size, in an order of the classes that the seed decides."""
    rng = np.random.default_rng(seed)
    chosen = []
    for rank, label in enumerate(rng.permutation(np.unique(y))):
        n = max(2, round(largest * ratio ** (-rank / 9)))
        chosen.append(rng.choice(np.flatnonzero(y == label), n, replace=False))
    index = np.concatenate(chosen)
    return images[index], y[index]


def keep(images: np.ndarray, y: np.ndarray, seed: int) -> Resampled:  # noqa: ARG001
    """Return the images as they are."""
    return images, y


def copy(images: np.ndarray, y: np.ndarray, seed: int) -> Resampled:
    """Repeat images of the rare classes."""
    flat, labels = RandomOverSampler(random_state=seed).fit_resample(images.reshape(len(y), -1), y)
    return flat.reshape(-1, 28, 28), labels


def augment(images: np.ndarray, y: np.ndarray, seed: int) -> Resampled:
    """Repeat images of the rare classes, shifted by up to two pixels and flipped by chance."""
    more, labels = copy(images, y, seed)
    rng = np.random.default_rng(seed)
    for position in range(len(y), len(labels)):
        image = np.pad(more[position], 2)
        top, left = rng.integers(0, 5, 2)
        image = image[top : top + 28, left : left + 28]
        more[position] = image[:, ::-1] if rng.random() < 0.5 else image
    return more, labels


def smote(images: np.ndarray, y: np.ndarray, seed: int) -> Resampled:
    """Draw between neighbours in pixels."""
    k = min(5, np.bincount(y)[np.unique(y)].min() - 1)
    sampler = SMOTE(k_neighbors=max(1, k), random_state=seed)
    flat, labels = sampler.fit_resample(images.reshape(len(y), -1), y)
    return flat.reshape(-1, 28, 28), labels


def cvae(method: str, **parameters: object) -> Resample:
    """Return an over-sampler by a conditional VAE."""

    def resample(images: np.ndarray, y: np.ndarray, seed: int) -> Resampled:
        model = CVAE(**parameters)
        sampler = CVAESampler(model=model, sampling_method=method, random_state=seed, n_jobs=1)
        return sampler.fit_resample(images, y)

    return resample


METHODS: dict[str, Resample] = {
    "none": keep,
    "copies": copy,
    "shifts and flips": augment,
    "SMOTE on pixels": smote,
    "CVAESampler": cvae("neighbors"),
    "CVAESampler, posterior": cvae("posterior"),
    "CVAESampler, prior": cvae("prior"),
}


def train(images: np.ndarray, y: np.ndarray, seed: int) -> nn.Module:
    """Train a small convolutional classifier."""
    torch.manual_seed(seed)
    network = nn.Sequential(
        nn.Conv2d(1, 16, 3, stride=2, padding=1),
        nn.ReLU(),
        nn.Conv2d(16, 32, 3, stride=2, padding=1),
        nn.ReLU(),
        nn.Flatten(),
        nn.Linear(32 * 49, 64),
        nn.ReLU(),
        nn.Linear(64, 10),
    )
    optimizer = torch.optim.Adam(network.parameters(), lr=1e-3)
    x, labels = as_tensor(images), torch.from_numpy(y.astype(np.int64))
    for _ in range(N_STEPS):
        index = torch.randint(len(x), (BATCH_SIZE,))
        loss = nn.functional.cross_entropy(network(x[index]), labels[index])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return network


def as_tensor(images: np.ndarray) -> torch.Tensor:
    """Return bytes as a batch of grey images from 0 to 1."""
    return torch.from_numpy(images.reshape(-1, 1, 28, 28).astype(np.float32) / 255)


def main() -> None:
    """Run, report and store."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--largest", type=int, default=500)
    parser.add_argument("--ratios", type=float, nargs="+", default=[50.0])
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    parser.add_argument("--methods", nargs="+", default=list(METHODS), choices=list(METHODS))
    parser.add_argument("--result", type=Path, default=RESULTS / "images.json")
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    result = arguments.result
    rows = json.loads(result.read_text())["results"] if result.exists() else []
    known = {(row["largest"], row["ratio"], row["seed"], row["method"]) for row in rows}
    images, names = fetch_fashion_mnist(return_X_y=True)
    test, names_of_test = fetch_fashion_mnist(subset="test", return_X_y=True)
    labels, y = np.unique(names, return_inverse=True)
    test, truth = as_tensor(test[:N_TEST]), np.searchsorted(labels, names_of_test[:N_TEST])
    for seed in arguments.seeds:
        for ratio in arguments.ratios:
            part = make_long_tail(images, y, arguments.largest, ratio, seed)
            for method in arguments.methods:
                if (arguments.largest, ratio, seed, method) in known:
                    continue
                start = time.perf_counter()
                resampled = METHODS[method](*part, seed)
                seconds = time.perf_counter() - start
                network = train(*resampled, seed)
                with torch.no_grad():
                    scores = network(test).argmax(1).numpy()
                row = {"largest": arguments.largest, "ratio": ratio, "seed": seed, "method": method}
                row |= {"score": balanced_accuracy_score(truth, scores), "seconds": seconds}
                print(row, flush=True)
                rows.append(row)
                write_json(result, {"environment": describe_environment(), "results": rows})
    frame = pd.DataFrame(rows).groupby(["ratio", "method"], sort=False)[["score", "seconds"]]
    print(frame.agg(["mean", "std"]).round(3).to_markdown())


if __name__ == "__main__":
    main()

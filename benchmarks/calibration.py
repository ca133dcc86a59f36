"""What over-sampling does to probabilities, and whether `calibrate` brings them back.

Run as ``python -m benchmarks.calibration --data ../shared/data``; prints Markdown and writes
``results/calibration.json``. What is in that file already is not computed again.
"""

from __future__ import annotations

import argparse
import itertools
import json
import os
import time
import warnings
from collections.abc import Callable
from pathlib import Path

for _name in ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ[_name] = "1"

import numpy as np  # noqa: E402
import pandas as pd  # noqa: E402
from sklearn.base import BaseEstimator  # noqa: E402
from sklearn.model_selection import StratifiedKFold  # noqa: E402
from sklearn.pipeline import Pipeline, make_pipeline  # noqa: E402

from benchmarks.shared.classifiers import CLASSIFIERS  # noqa: E402
from benchmarks.shared.datasets import Dataset, load_dataset, select_datasets  # noqa: E402
from benchmarks.shared.metrics import fold_scores  # noqa: E402
from benchmarks.shared.preprocessing import make_column_encoder  # noqa: E402
from benchmarks.shared.provenance import RESULTS, describe_environment, write_json  # noqa: E402
from vaesynth import CVAESampler, ResampledClassifier  # noqa: E402

METRICS = ("brier", "log_loss")
STRATEGIES: dict[str, dict] = {
    "none": {},
    "CVAE": {},
    "CVAE, prior": {"calibrate": "prior"},
    "CVAE, prior in closed form": {"calibrate": "prior", "synthetic_weight": 1.0},
    "CVAE, sigmoid": {"calibrate": "sigmoid", "cv": 3},
}
OVER_SAMPLED = tuple(STRATEGIES)[1:]
TOLERANCE = 0.02


def choose_sets(folder: Path) -> list[str]:
    """Give the largest set of each family among those that over-sampling changes much.

    Binary, 500 to 6,000 rows, not marked as easy, at least five rows of the majority for one of the minority.
    """
    manifest = select_datasets(folder, min_rows=500, max_rows=6001, exclude_easy=True)
    wanted = manifest[(manifest["task"] == "binary") & (manifest["imbalance_ratio"] >= 5)]
    ordered = wanted.sort_values(["family", "n_rows", "name"], ascending=[True, False, True])
    return ordered.drop_duplicates("family").sort_values("n_rows")["name"].tolist()


def make_classifier(name: str) -> Pipeline:
    """Put a classifier behind what turns a raw table into its numbers."""
    return make_pipeline(make_column_encoder(), CLASSIFIERS[name]())


class Replay(BaseEstimator):
    """A sampler that asks a function for its rows, and tells which of them are new."""

    def __init__(self, draw: Callable) -> None:
        self.draw = draw

    def fit_resample(self, X: pd.DataFrame, y: np.ndarray) -> tuple:
        """Give the rows that were drawn for these."""
        X_resampled, y_resampled = self.draw(X, y)
        self.synthetic_mask_ = np.arange(len(y_resampled)) >= len(y)
        return X_resampled, y_resampled


def make_replay(seed: int) -> Replay:
    """Over-sample each training part once, whichever classifier asks for it."""
    drawn: dict[bytes, tuple] = {}

    def draw(X: pd.DataFrame, y: np.ndarray) -> tuple:
        rows = X.index.to_numpy().tobytes()
        if rows not in drawn:
            drawn[rows] = CVAESampler(random_state=seed, n_jobs=1).fit_resample(X, y)
        return drawn[rows]

    return Replay(draw)


def evaluate(
    dataset: Dataset, classifiers: list[str], strategies: list[str], seed: int
) -> list[dict]:
    """Score every strategy on the real rows of five held-out folds."""
    codes, rows = dataset.codes, []
    folds = StratifiedKFold(5, shuffle=True, random_state=seed).split(codes, codes)
    for fold, (train, test) in enumerate(folds):
        X, y, replay = dataset.table.iloc[train], codes[train], make_replay(seed)
        for name in classifiers:
            for label in strategies:
                sampler = "passthrough" if label == "none" else replay
                model = ResampledClassifier(sampler, make_classifier(name), **STRATEGIES[label])
                probability = model.fit(X, y).predict_proba(dataset.table.iloc[test])
                scores = fold_scores(codes[test], probability.argmax(1), probability, probability)
                where = {"set": dataset.name, "seed": seed, "fold": fold, "classifier": name}
                rows.append({**where, "sampler": label, **scores})
    return rows


def summarize(rows: list[dict]) -> pd.DataFrame:
    """Means over folds, and each strategy's change relative to no over-sampling."""
    frame = pd.DataFrame(rows)
    means = frame.groupby(["set", "classifier", "sampler"], sort=False)
    table = means[list(METRICS)].mean().unstack("sampler")
    for metric in METRICS:
        for label in OVER_SAMPLED:
            change = table[metric, label] / table[metric, "none"] - 1
            table[f"{metric}, change", label] = change
    return table


def report(table: pd.DataFrame) -> str:
    """Give counts of what is within tolerance, then every figure."""
    lines = ["| metric | strategy | within 2 % of none or better | median change | worst change |"]
    lines.append("|---|---|---|---|---|")
    for metric in METRICS:
        for label in OVER_SAMPLED:
            change = table[f"{metric}, change", label].dropna()
            kept = f"{int((change <= TOLERANCE).sum())} of {len(change)}"
            cells = [metric, label, kept, f"{change.median():+.1%}", f"{change.max():+.1%}"]
            lines.append("| " + " | ".join(cells) + " |")
    for metric in METRICS:
        rounded = table[metric].round(4)
        rounded.columns = [f"{metric}: {label}" for label in rounded.columns]
        lines += ["", rounded.reset_index().to_markdown(index=False)]
    return "\n".join(lines)


def main() -> None:
    """Run, report and store."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--classifiers", nargs="+", default=["lr", "rf", "lgbm"])
    parser.add_argument("--sets", nargs="+")
    parser.add_argument(
        "--strategies", nargs="+", default=list(STRATEGIES), choices=list(STRATEGIES)
    )
    parser.add_argument("--seeds", type=int, nargs="+", default=[0])
    parser.add_argument("--result", type=Path)
    arguments = parser.parse_args()
    result = arguments.result or RESULTS / "calibration.json"
    rows = json.loads(result.read_text(encoding="utf-8"))["results"] if result.exists() else []
    known = {(row["set"], row["seed"], row["sampler"]) for row in rows}
    names = arguments.sets or choose_sets(arguments.data)
    start = time.perf_counter()
    for seed, name in itertools.product(arguments.seeds, names):
        missing = [label for label in arguments.strategies if (name, seed, label) not in known]
        if not missing:
            continue
        dataset = load_dataset(arguments.data, name)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            rows += evaluate(dataset, arguments.classifiers, missing, seed)
        print(name, round(time.perf_counter() - start), "s", flush=True)
        content = {"arguments": vars(arguments), "environment": describe_environment()}
        write_json(result, {**content, "results": rows})
    print(report(summarize(rows)))


if __name__ == "__main__":
    main()

"""Whether design in the latent space reaches a known target, and how few columns counterfactuals change.

Run as ``python benchmarks/design.py --data ../shared/data``; prints Markdown and writes ``results/design.json``. What
is in that file already is not computed again. ``--parts optimize`` needs no data.
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

import _beams as beams  # noqa: E402
import numpy as np  # noqa: E402
import pandas as pd  # noqa: E402
from _datasets import Dataset, load_dataset  # noqa: E402
from _preprocessing import make_column_encoder  # noqa: E402
from _provenance import describe_environment, write_json  # noqa: E402
from sklearn.base import ClassifierMixin  # noqa: E402
from sklearn.ensemble import RandomForestClassifier  # noqa: E402
from sklearn.linear_model import LogisticRegression  # noqa: E402
from sklearn.pipeline import make_pipeline  # noqa: E402

from vaesynth import VAE  # noqa: E402
from vaesynth.applications import LatentDesigner  # noqa: E402
from vaesynth.metrics import nearest_real_rows  # noqa: E402

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
N_STARTS, N_ASKED, MAX_TRAIN = 100, 100, 3000
BETA = 0.1
TASKS = {"all columns free": (), "length and load given": beams.GIVEN}
CLASSIFIERS: dict[str, Callable] = {
    "forest": lambda: RandomForestClassifier(200, min_samples_leaf=3, random_state=0, n_jobs=1),
    "logistic": lambda: LogisticRegression(max_iter=2000),
}


# Optimisation


def optimize_beams(seed: int, task: str) -> dict:
    """Search from 100 beams that no model has seen."""
    fixed = TASKS[task]
    table = beams.make_beams(2000, 1000 + seed)
    model = VAE(beta=BETA, random_state=seed, n_jobs=1).fit(table)
    designer = LatentDesigner(model, random_state=seed).fit(table)
    drawn = beams.make_beams(2 * N_STARTS, 2000 + seed)
    solvable = beams.is_solvable(drawn)
    starts = drawn[solvable].iloc[:N_STARTS].reset_index(drop=True)
    begun = time.perf_counter()
    result = designer.optimize(
        beams.error,
        starts,
        bounds={"material": list(beams.ALLOWED), "height_mm": (None, beams.HIGHEST_MM)},
        constraints=lambda table: beams.HEAVIEST_KG - beams.mass_kg(table),
        fixed=fixed,
        target=beams.TOLERANCE,
        random_state=seed,
    )
    seconds = time.perf_counter() - begun
    unchanged = (result.rows[list(fixed)] == starts[list(fixed)]).all(axis=1).to_numpy()
    return {
        "seed": seed,
        "task": task,
        "n_starts": len(starts),
        "solvable_share": float(solvable.mean()),
        "at_start": float(beams.keeps(starts).mean()),
        "reached": float((beams.keeps(result.rows) & unchanged).mean()),
        "median_evaluations": float(np.median(result.n_evaluations)),
        "mean_evaluations": float(result.n_evaluations.mean()),
        "prior_as_many": draw_until(model, starts, fixed, result.n_evaluations, seed),
        "seconds": seconds,
    }


def draw_until(
    model: VAE, starts: pd.DataFrame, fixed: tuple, n_draws: np.ndarray, seed: int
) -> float:
    """Share of starts that as many draws from the prior reach, the given cells put in."""
    reached = 0
    for i, n in enumerate(n_draws):
        drawn = model.sample(int(n), random_state=seed * 1000 + i)
        reached += beams.keeps(drawn.assign(**starts.loc[i, list(fixed)].to_dict())).any()
    return float(reached / len(starts))


# Counterfactuals


def make_classifier(name: str) -> ClassifierMixin:
    """Put a classifier behind what turns a raw table into its numbers."""
    return make_pipeline(make_column_encoder(), CLASSIFIERS[name]())


def split(dataset: Dataset, seed: int = 0) -> tuple[pd.DataFrame, np.ndarray, pd.DataFrame]:
    """Give rows to learn from, their classes, and 100 others whose levels all were seen."""
    order = np.random.default_rng(seed).permutation(len(dataset.table))
    n_train = min(MAX_TRAIN, int(0.8 * len(order)))
    train = dataset.table.iloc[order[:n_train]].reset_index(drop=True)
    other = dataset.table.iloc[order[n_train:]].reset_index(drop=True)
    for name in train.columns:
        if not pd.api.types.is_numeric_dtype(train[name]):
            other = other[other[name].isin(train[name]) | other[name].isna()]
    return train, dataset.codes[order[:n_train]], other.iloc[:N_ASKED].reset_index(drop=True)


def compare_counterfactuals(dataset: Dataset, classifier_name: str) -> list[dict]:
    """Change 100 held-out rows in four ways, and judge them all alike."""
    train, codes, asked = split(dataset)
    classifier = make_classifier(classifier_name).fit(train, codes)
    begun = time.perf_counter()
    model = VAE(beta=BETA, decoder="independent", random_state=0, n_jobs=1).fit(train)
    designer = LatentDesigner(model).fit(train)
    fit_seconds = time.perf_counter() - begun
    judge = Judge(train, asked, classifier)
    ways = {
        "nearest real row": lambda: nearest_of_other_class(train, asked, classifier),
        "nearest real row, columns given back": lambda: give_back(
            nearest_of_other_class(train, asked, classifier), asked, classifier
        ),
        "counterfactuals": lambda: designer.counterfactuals(asked, classifier).rows,
        "counterfactuals, plausible_share=1": lambda: (
            designer.counterfactuals(asked, classifier, plausible_share=1.0).rows
        ),
    }
    rows = []
    for way, find in ways.items():
        begun = time.perf_counter()
        found = find()
        seconds = time.perf_counter() - begun
        what = {"table": dataset.name, "classifier": classifier_name, "way": way}
        scores = judge.score(found)
        rows.append({**what, **scores, "seconds": seconds, "fit_seconds": fit_seconds})
    return rows


def nearest_of_other_class(
    train: pd.DataFrame, asked: pd.DataFrame, classifier: ClassifierMixin
) -> pd.DataFrame:
    """For each row, the nearest real one to which the classifier gives another class."""
    labels, own = classifier.predict(train), classifier.predict(asked)
    found = asked.copy()
    for label in np.unique(own):
        members = np.flatnonzero(own == label)
        others = train[labels != label].reset_index(drop=True)
        if len(others):
            positions = nearest_real_rows(others, asked.iloc[members])
            found.iloc[members] = others.iloc[positions]
    return found


def give_back(
    found: pd.DataFrame, asked: pd.DataFrame, classifier: ClassifierMixin
) -> pd.DataFrame:
    """Give columns back one by one, in the order that keeps the other class likeliest, plausible or not."""
    found, own = found.copy(), classifier.predict(asked)
    column_of = np.searchsorted(classifier.classes_, own)
    is_open = np.ones(len(found), dtype=bool)
    while is_open.any():
        owners, names = np.nonzero(differing(found, asked) & is_open[:, None])
        if not len(owners):
            break
        trials = found.iloc[owners].reset_index(drop=True)
        for j, name in enumerate(found):
            at = np.flatnonzero(names == j)
            trials.loc[at, name] = asked[name].iloc[owners[at]].to_numpy()
        chances = classifier.predict_proba(trials)[np.arange(len(owners)), column_of[owners]]
        chances[classifier.predict(trials) == own[owners]] = np.inf
        best = pd.Series(chances).groupby(owners).idxmin()
        best = best[np.isfinite(chances[best])]
        is_open[:] = False
        is_open[best.index] = True
        found.iloc[best.index] = trials.iloc[best]
    return found


def differing(first: pd.DataFrame, second: pd.DataFrame) -> np.ndarray:
    """Tell which cells of two tables differ; missing cells are equal."""
    columns = [
        [not same(a, b) for a, b in zip(first[name], second[name], strict=True)] for name in first
    ]
    return np.array(columns).T


def same(first: object, second: object) -> bool:
    """Tell whether two cells are equal or both missing."""
    return bool(pd.isna(first) and pd.isna(second)) or first == second


class Judge:
    """What is asked of changed rows, whoever has made them."""

    def __init__(self, train: pd.DataFrame, asked: pd.DataFrame, classifier: ClassifierMixin):
        self.train, self.asked, self.classifier = train, asked, classifier
        self.own = classifier.predict(asked)
        # Both from training rows: an own rank for each number, and held-out rows as the usual distance.
        self.usual = self._distances_from_real(asked)

    def score(self, found: pd.DataFrame) -> dict[str, float | None]:
        """Count flips and changed columns; measure distances from the original and from real rows."""
        flips = self.classifier.predict(found) != self.own
        n_changed = differing(found, self.asked).sum(axis=1)
        moved = self._costs(found, self.asked).sum(axis=1)
        real = self._distances_from_real(found)
        scores = {
            "flip_rate": float(flips.mean()),
            "changed": float(n_changed[flips].mean()),
            "of_columns": self.asked.shape[1],
            "distance": float(moved[flips].mean()),
            "from_real": float(np.median(real[flips])),
            "usual_from_real": float(np.median(self.usual)),
            "within_usual": float((real[flips] <= np.quantile(self.usual, 0.95)).mean()),
        }
        return {name: None if np.isnan(score) else score for name, score in scores.items()}

    def _costs(self, first: pd.DataFrame, second: pd.DataFrame) -> np.ndarray:
        """Share of the training rows that a number passes, 1 for another level or a missing cell, per column."""
        costs = differing(first, second).astype(float)
        for j, name in enumerate(self.train):
            if pd.api.types.is_numeric_dtype(self.train[name]):
                known = np.sort(self.train[name].dropna().to_numpy(dtype=float))
                ranks = [_ranks(cells[name], known) for cells in (first, second)]
                passed = np.abs(ranks[0] - ranks[1])
                costs[:, j] = np.where(np.isnan(passed), costs[:, j], passed)
        return costs

    def _distances_from_real(self, rows: pd.DataFrame) -> np.ndarray:
        """Distance of each row from the training row nearest to it."""
        nearest = self.train.iloc[nearest_real_rows(self.train, rows)]
        return self._costs(rows, nearest).sum(axis=1)


def _ranks(cells: pd.Series, known: np.ndarray) -> np.ndarray:
    numbers = cells.to_numpy(dtype=float)
    sides = [np.searchsorted(known, numbers, side=side) for side in ("left", "right")]
    return np.where(np.isnan(numbers), np.nan, (sides[0] + sides[1]) / 2 / len(known))


# Report


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
    default = Path(__file__).parent / "results" / "design.json"
    parser.add_argument("--result", type=Path, default=default)
    arguments = parser.parse_args()
    path = arguments.result
    results = {"optimize": [], "counterfactuals": []}
    if path.exists():
        results = json.loads(path.read_text())["results"]
    warnings.simplefilter("ignore")

    def store(part: str, rows: list[dict]) -> None:
        results[part] += rows
        kept = {"parts", "seeds", "tasks", "tables", "classifiers"}
        content: dict = {"command": "python benchmarks/design.py"}
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

"""Does `ResampledClassifierCV` choose well? Nested: it sees the training part of each outer fold alone.

Run::

    python -m benchmarks.choice RESULTS.jsonl --data TABLES --sets pima sick --classifiers lr rf lgbm

Beside it, on the same parts: no resampling, class weights and `CVAESampler` with its defaults. Each line of the file is
one outer fold of one table, classifier and score; lines that are there are not computed again.
"""

from __future__ import annotations

import argparse
import json
import time
import warnings
from pathlib import Path

import numpy as np
import pandas as pd
from sklearn.metrics import average_precision_score, brier_score_loss
from sklearn.model_selection import StratifiedKFold
from sklearn.pipeline import make_pipeline

from benchmarks.shared.classifiers import CLASSIFIERS
from benchmarks.shared.datasets import load_dataset
from benchmarks.shared.preprocessing import make_column_encoder
from vaesynth import CVAESampler, ResampledClassifier, ResampledClassifierCV

SCORES = ("average_precision", "neg_brier_score")
KEY = ["set", "fold", "classifier", "scoring"]


def models(name: str, scoring: str, seed: int) -> dict:
    """Return what is compared, by name; class weights only where the classifier takes them."""
    plain = make_pipeline(make_column_encoder(), CLASSIFIERS[name]())
    sampler = CVAESampler(random_state=seed)
    compared = {
        "none": plain,
        "cvae": ResampledClassifier(sampler, plain),
        "choice": ResampledClassifierCV(
            plain, samplers={"CVAE": sampler}, scoring=scoring, random_state=seed
        ),
    }
    if "class_weight" in plain[-1].get_params():
        weighed = make_pipeline(make_column_encoder(), CLASSIFIERS[name]())
        weighed[-1].set_params(class_weight="balanced")
        compared["class weights"] = weighed
    return compared


def score_fold(dataset, train, test, name: str, scoring: str, seed: int) -> dict:
    """Return average precision, Brier score and seconds of everything, and what was chosen."""
    X, y = dataset.table, dataset.codes
    found: dict = {}
    for label, model in models(name, scoring, seed).items():
        start = time.perf_counter()
        model.fit(X.iloc[train], y[train])
        seconds = time.perf_counter() - start
        probability = model.predict_proba(X.iloc[test])[:, 1]
        found[label] = [
            float(average_precision_score(y[test], probability)),
            float(brier_score_loss(y[test], probability)),
            round(seconds, 2),
        ]
        if label == "choice":
            found["chosen"] = {key: str(value) for key, value in model.best_params_.items()}
    return found


def run(arguments: argparse.Namespace) -> None:
    """Compute what the file lacks, until the time is up."""
    path, start = arguments.results, time.perf_counter()
    known = [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []
    done = {tuple(line[key] for key in KEY) for line in known}
    for name in arguments.sets:
        dataset = load_dataset(arguments.data, name)
        folds = StratifiedKFold(3, shuffle=True, random_state=0)
        for fold, (train, test) in enumerate(folds.split(dataset.codes, dataset.codes)):
            for classifier in arguments.classifiers:
                for scoring in arguments.scoring:
                    place = (name, fold, classifier, scoring)
                    if place in done or time.perf_counter() - start > arguments.limit:
                        continue
                    found = score_fold(dataset, train, test, classifier, scoring, fold)
                    line = {**dict(zip(KEY, place, strict=True)), "family": dataset.family, **found}
                    with path.open("a") as file:
                        file.write(json.dumps(line) + "\n")


def report(path: Path) -> str:
    """Return the means over families, and on how many tables the choice is not behind no resampling."""
    lines = [json.loads(line) for line in path.read_text().splitlines()]
    rows = [
        {**{key: line[key] for key in (*KEY, "family")}, "way": way}
        | dict(zip(("AP", "Brier", "seconds"), line[way], strict=True))
        for line in lines
        for way in ("none", "class weights", "cvae", "choice")
        if way in line
    ]
    frame = pd.DataFrame(rows)
    measures = ["AP", "Brier", "seconds"]
    by_set = frame.groupby(["scoring", "classifier", "way", "family", "set"])[measures].mean()
    means = by_set.groupby(["scoring", "classifier", "way", "family"]).mean()
    parts = [means.groupby(["scoring", "classifier", "way"]).mean().to_markdown(floatfmt=".4f")]
    wide = by_set.unstack("way")
    ratio = wide["Brier"]["choice"] / wide["Brier"]["none"]
    loss = wide["AP"]["none"] - wide["AP"]["choice"]
    for key, group in ratio.groupby(["scoring", "classifier"]):
        n_near, n_behind = int((group <= 1.02).sum()), int((loss.loc[key] > 0.01).sum())
        chosen = [
            line["chosen"]["sampler"]
            for line in lines
            if key == (line["scoring"], line["classifier"])
        ]
        parts.append(
            f"{key[1]}, chosen by {key[0]}: Brier score within 2 % of none or better on {n_near} of {len(group)} "
            f"tables; average precision behind none by more than .01 on {n_behind}; none chosen in "
            f"{chosen.count('none')} of {len(chosen)} folds"
        )
    return "\n\n".join(parts)


def main() -> None:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("results", type=Path, help="a file of JSON lines")
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--sets", nargs="*", default=[])
    parser.add_argument("--classifiers", nargs="+", default=["lr", "rf", "lgbm"])
    parser.add_argument("--scoring", nargs="+", default=list(SCORES), choices=SCORES)
    parser.add_argument(
        "--limit", type=float, default=np.inf, help="seconds after which no fold begins"
    )
    arguments = parser.parse_args()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        run(arguments)
    print(report(arguments.results))


if __name__ == "__main__":
    main()

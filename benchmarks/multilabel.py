"""Over-sampling of rare labels: macro average precision and macro F1 of ours and of others.

Run as ``python -m benchmarks.multilabel --data ../shared/data``; prints Markdown and writes
``results/multilabel.json``. No package here ships the public sets, so that three tasks are made by scikit-learn and the
others are development tables with columns of two levels, the target among them, as labels. Tasks that are in the file
already are not computed again.
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
from sklearn.datasets import make_multilabel_classification  # noqa: E402
from sklearn.ensemble import RandomForestClassifier  # noqa: E402
from sklearn.metrics import average_precision_score, f1_score  # noqa: E402
from sklearn.model_selection import KFold  # noqa: E402
from sklearn.neighbors import NearestNeighbors  # noqa: E402

from benchmarks.shared.datasets import load_dataset, select_datasets  # noqa: E402
from benchmarks.shared.provenance import RESULTS, describe_environment, write_json  # noqa: E402
from vaesynth import MultilabelCVAESampler  # noqa: E402

N_FOLDS, N_NEIGHBORS, N_TABLES = 3, 5, 3
# Rows that a label has at least, and a table at most.
LEAST_ROWS, MOST_ROWS = 15, 1_500
# ML-ROS adds a quarter of the rows, one of the shares of its paper.
ROS_SHARE = 0.25
SAMPLERS = ("none", "mlros", "mlsmote", "cvae")


def imbalance_ratios(Y: np.ndarray) -> tuple[np.ndarray, float]:
    """Give the IRLbl of each label and their mean, of labels with rows."""
    counts = Y.sum(axis=0)
    with np.errstate(divide="ignore"):
        ratios = counts.max() / counts
    return ratios, float(ratios[counts > 0].mean())


def mlros(X: np.ndarray, Y: np.ndarray, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Charte, Rivera, del Jesus, Herrera, Neurocomputing 163 (2015): copies for one rare label after the other."""
    generator = np.random.default_rng(seed)
    chosen = list(range(len(X)))
    counts = Y.sum(axis=0).astype(float)
    ratios, mean = imbalance_ratios(Y)
    rare = [label for label in np.flatnonzero(ratios > mean) if counts[label]]
    bags = {label: np.flatnonzero(Y[:, label]) for label in rare}
    left = int(ROS_SHARE * len(X))
    while left and rare:
        for label in list(rare):
            if not left:
                break
            row = generator.choice(bags[label])
            chosen.append(row)
            counts += Y[row]
            left -= 1
            if counts.max() / counts[label] <= mean:
                rare.remove(label)
    return X[chosen], Y[chosen]


def mlsmote(X: np.ndarray, Y: np.ndarray, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Charte, Rivera, del Jesus, Herrera, "MLSMOTE", Knowledge-Based Systems 89 (2015), labels by ranking."""
    generator = np.random.default_rng(seed)
    ratios, mean = imbalance_ratios(Y)
    scale = np.where(X.std(axis=0) > 0, X.std(axis=0), 1)
    tables, targets = [X], [Y]
    for label in np.flatnonzero((ratios > mean) & (Y.sum(axis=0) > 1)):
        bag = np.flatnonzero(Y[:, label])
        k = min(N_NEIGHBORS, len(bag) - 1)
        search = NearestNeighbors(n_neighbors=k + 1).fit(X[bag] / scale)
        near = search.kneighbors(X[bag] / scale, return_distance=False)
        for i, neighbors in enumerate(near):
            others = bag[neighbors[neighbors != i][:k]]
            reference = generator.choice(others)
            share = generator.random(X.shape[1])
            tables.append((X[bag[i]] + share * (X[reference] - X[bag[i]]))[None])
            # A label of at least half of the row and its neighbours.
            votes = Y[bag[i]] + Y[others].sum(axis=0)
            targets.append((votes > (k + 1) / 2).astype(Y.dtype)[None])
    return np.concatenate(tables), np.concatenate(targets)


def cvae(X: np.ndarray, Y: np.ndarray, seed: int, **parameters: object) -> tuple:
    """Over-sample by vaesynth."""
    sampler = MultilabelCVAESampler(n_jobs=1, random_state=seed, **parameters)
    return sampler.fit_resample(X, Y)


def make_rare(seed: int, n_labels: int) -> tuple[np.ndarray, np.ndarray]:
    """Give 900 rows of scikit-learn's maker, in which later labels are ever rarer."""
    X, Y = make_multilabel_classification(
        8_000, n_features=20, n_classes=n_labels, n_labels=2, length=40, random_state=seed
    )
    generator = np.random.default_rng(seed)
    # Rows with a label are taken away, which leaves the others as they were.
    kept = np.ones(len(X), dtype=bool)
    for label, share in enumerate(np.geomspace(1, 0.08, n_labels)):
        kept &= (Y[:, label] == 0) | (generator.random(len(X)) < share)
    rows = np.flatnonzero(kept)[:900]
    return X[rows], Y[rows][:, Y[rows].sum(axis=0) >= LEAST_ROWS]


def load_tasks(folder: Path) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """Give the made tasks and the tables with most columns of two levels."""
    tasks = {f"made, {n} labels": make_rare(n, n) for n in (4, 6, 9, 12)}
    found: dict[str, tuple[int, tuple]] = {}
    manifest = select_datasets(folder, min_rows=300, max_rows=20_000, part="tune")
    for _, entry in manifest.iterrows():
        data = load_dataset(folder, entry["name"])
        table = data.table.assign(target=data.codes > 0)
        table = table.sample(min(len(table), MOST_ROWS), random_state=0).reset_index(drop=True)
        is_label = [table[name].nunique() == 2 for name in table]
        labels, rest = table.loc[:, is_label], table.loc[:, np.logical_not(is_label)]
        if labels.shape[1] < 3 or rest.shape[1] < 2:
            continue
        columns = [
            rest[name].astype(float).fillna(rest[name].astype(float).median())
            if pd.api.types.is_numeric_dtype(rest[name])
            else pd.Series(pd.factorize(rest[name])[0], dtype=float)
            for name in rest
        ]
        # The rarer of the two levels is the label.
        coded = labels.apply(lambda column: pd.factorize(column)[0])
        Y = (coded == coded.apply(lambda column: column.value_counts().idxmin())).astype(int)
        Y = Y.loc[:, Y.sum() >= LEAST_ROWS].to_numpy()
        if Y.shape[1] < 3 or (imbalance_ratios(Y)[0] < 3).all():
            continue
        best = found.get(entry["family"], (0, None))[0]
        if Y.shape[1] > best:
            found[entry["family"]] = Y.shape[1], (entry["name"], np.column_stack(columns), Y)
    chosen = sorted(found.values(), key=lambda item: -item[0])[:N_TABLES]
    return {**tasks, **{name: (X, Y) for _, (name, X, Y) in chosen}}


def evaluate(
    task: str, X: np.ndarray, Y: np.ndarray, seed: int, samplers: list[str], parameters: dict
) -> list[dict]:
    """Score every sampler with a forest on the folds of one seed."""
    make: dict[str, Callable] = {
        "none": lambda X, Y, _: (X, Y),
        "mlros": mlros,
        "mlsmote": mlsmote,
    }
    rows = []
    for fold, (train, test) in enumerate(KFold(N_FOLDS, shuffle=True, random_state=seed).split(X)):
        judged = (Y[test].sum(axis=0) > 0) & (Y[train].sum(axis=0) > 0)
        ratios, mean = imbalance_ratios(Y[train])
        rare = judged & (ratios > mean)
        for label in samplers:
            start = time.perf_counter()
            name = label.partition(":")[0]
            draw = make.get(name)
            X_res, Y_res = (
                cvae(X[train], Y[train], seed, **parameters)
                if draw is None
                else draw(X[train], Y[train], seed)
            )
            seconds = time.perf_counter() - start
            forest = RandomForestClassifier(100, n_jobs=1, random_state=0).fit(X_res, Y_res)
            probability = np.column_stack(
                [
                    p[:, 1] if p.shape[1] == 2 else np.zeros(len(p))
                    for p in forest.predict_proba(X[test])
                ]
            )
            predicted = probability > 0.5
            ap = np.array(
                [
                    average_precision_score(Y[test][:, j], probability[:, j])
                    for j in range(Y.shape[1])
                ]
            )
            f1 = f1_score(Y[test], predicted, average=None, zero_division=0)
            rows.append(
                {
                    "task": task,
                    "seed": seed,
                    "fold": fold,
                    "sampler": label,
                    "macro_ap": ap[judged].mean(),
                    "macro_f1": f1[judged].mean(),
                    "rare_ap": ap[rare].mean(),
                    "rare_f1": f1[rare].mean(),
                    "n_new": len(X_res) - len(train),
                    "seconds": seconds,
                }
            )
    return rows


def report(rows: list[dict]) -> str:
    """Give means over tasks, then every task."""
    frame = pd.DataFrame(rows)
    measures = ["macro_ap", "macro_f1", "rare_ap", "rare_f1", "n_new", "seconds"]
    means = frame.groupby(["task", "sampler"], sort=False)[measures].mean()
    lines = [
        means.groupby("sampler", sort=False).mean().round(4).reset_index().to_markdown(index=False)
    ]
    for measure in ("macro_ap", "macro_f1", "rare_ap"):
        table = means[measure].unstack("sampler").round(4).reset_index()
        lines += [f"\n**{measure}**\n", table.to_markdown(index=False)]
    return "\n".join(lines)


def main() -> None:
    """Run, report and store."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1])
    parser.add_argument("--samplers", nargs="+", default=list(SAMPLERS))
    parser.add_argument("--parameters", type=json.loads, default={}, help="of cvae, as JSON")
    parser.add_argument("--result", type=Path, default=RESULTS / "multilabel.json")
    parser.add_argument("--list", action="store_true", help="print the tasks only")
    arguments = parser.parse_args()
    tasks = load_tasks(arguments.data)
    if arguments.list:
        for name, (X, Y) in tasks.items():
            print(name, X.shape, Y.sum(axis=0).tolist())
        return
    result = arguments.result
    rows = json.loads(result.read_text(encoding="utf-8"))["results"] if result.exists() else []
    known = {(row["task"], row["seed"], row["sampler"]) for row in rows}
    start = time.perf_counter()
    for seed, (name, task) in itertools.product(arguments.seeds, tasks.items()):
        missing = [label for label in arguments.samplers if (name, seed, label) not in known]
        if not missing:
            continue
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            rows += evaluate(name, *task, seed, missing, arguments.parameters)
        print(seed, name, round(time.perf_counter() - start), "s", flush=True)
        content = {"arguments": vars(arguments), "environment": describe_environment()}
        write_json(result, {**content, "results": rows})
    print(report(rows))


if __name__ == "__main__":
    main()

"""Over-sampling of rare ranges of a numeric target: the errors there, of ours and of others.

Run as ``python -m benchmarks.regression --data ../shared/data``; prints Markdown and writes
``results/regression.json``. Tasks that are in that file already are not computed again.
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
from scipy.stats import wilcoxon  # noqa: E402
from sklearn.datasets import load_diabetes  # noqa: E402
from sklearn.ensemble import RandomForestRegressor  # noqa: E402
from sklearn.model_selection import KFold  # noqa: E402

from benchmarks.shared.datasets import load_dataset, select_datasets  # noqa: E402
from benchmarks.shared.provenance import RESULTS, describe_environment, write_json  # noqa: E402
from benchmarks.shared.regression_rivals import random_over, smogn, smoter  # noqa: E402
from vaesynth import CVAERegressionSampler  # noqa: E402
from vaesynth.metrics import BoxPlotRelevance, squared_error_relevance_area  # noqa: E402

N_FOLDS, N_TARGETS, THRESHOLD = 3, 3, 0.8
# A target takes so many values at least, and so large a share of it is rare.
MIN_VALUES, RARE_SHARE = 50, (0.02, 0.2)
SAMPLERS = ("none", "random", "smoter", "smogn", "cvae")


def _boosting() -> object:
    from lightgbm import LGBMRegressor

    return LGBMRegressor(
        n_estimators=100, num_leaves=15, n_jobs=1, random_state=0, verbosity=-1, deterministic=True
    )


REGRESSORS: dict[str, Callable] = {
    "boosting": _boosting,
    "forest": lambda: RandomForestRegressor(60, n_jobs=1, random_state=0),
}


def find_targets(table: pd.DataFrame) -> list[str]:
    """Give numeric columns of which a suitable share is rare by the box plot, those with most values first."""
    found: list[tuple[int, str]] = []
    for name in table.select_dtypes("number").columns:
        column = table[name].dropna().to_numpy(dtype=float)
        values = len(np.unique(column))
        if values < MIN_VALUES:
            continue
        try:
            rare = (BoxPlotRelevance.of(column)(column) >= THRESHOLD).mean()
        except ValueError:
            continue
        if RARE_SHARE[0] <= rare <= RARE_SHARE[1]:
            found.append((values, name))
    return [name for _, name in sorted(found, reverse=True)[:N_TARGETS]]


def load_tasks(folder: Path) -> dict[str, tuple[pd.DataFrame, np.ndarray]]:
    """Give `load_diabetes`, and of each family of tables to tune on the smallest with suitable columns."""
    X, y = load_diabetes(return_X_y=True, as_frame=True)
    tasks = {"diabetes": (X, y.to_numpy())}
    families = set()
    manifest = select_datasets(folder, min_rows=400, max_rows=2_500, part="tune")
    for _, entry in manifest.iterrows():
        if entry["family"] in families:
            continue
        whole = load_dataset(folder, entry["name"]).table
        for target in find_targets(whole):
            families.add(entry["family"])
            table = whole[whole[target].notna()].reset_index(drop=True)
            y = table.pop(target).to_numpy(dtype=float)
            tasks[f"{entry['name']}: {target}"] = table, y
    return tasks


def make_relevance(y: np.ndarray) -> BoxPlotRelevance:
    """Give the relevance by the box plot, or of the highest tenth where no value is an outlier."""
    try:
        return BoxPlotRelevance.of(y)
    except ValueError:
        return BoxPlotRelevance.between(y, (None, float(np.quantile(y, 0.9))))


def encode(table: pd.DataFrame) -> tuple[pd.DataFrame, np.ndarray]:
    """Give all columns as numbers, missing ones the median, and which of them are codes of categories."""
    is_number = np.array([pd.api.types.is_numeric_dtype(dtype) for dtype in table.dtypes])
    columns = {
        name: table[name].astype(float).fillna(table[name].astype(float).median()).fillna(0.0)
        if numeric
        else pd.Series(pd.factorize(table[name])[0], dtype=float)
        for name, numeric in zip(table.columns, is_number, strict=True)
    }
    return pd.DataFrame(columns), ~is_number


def resample(
    name: str,
    X: np.ndarray,
    y: np.ndarray,
    is_category: np.ndarray,
    relevance: BoxPlotRelevance,
    seed: int,
    parameters: dict,
) -> tuple[np.ndarray, np.ndarray]:
    """Give the rows that a sampler makes of a training part."""
    is_rare = relevance(y) >= THRESHOLD
    if name == "none" or not is_rare.any():
        return X, y
    if name == "random":
        return random_over(X, y, is_rare, seed)
    if name in ("smoter", "smogn"):
        return (smoter if name == "smoter" else smogn)(X, y, is_category, is_rare, seed)
    table = pd.DataFrame(X)
    table[table.columns[is_category]] = table[table.columns[is_category]].astype("category")
    sampler = CVAERegressionSampler(
        relevance=relevance, threshold=THRESHOLD, n_jobs=1, random_state=seed, **parameters
    )
    table, target = sampler.fit_resample(table, y)
    return table.astype(float).to_numpy(), target


def evaluate(
    task: str, table: pd.DataFrame, y: np.ndarray, seed: int, samplers: dict[str, dict]
) -> list[dict]:
    """Score every sampler with every regressor on the folds of one seed."""
    frame, is_category = encode(table)
    X, relevance, rows = frame.to_numpy(), make_relevance(y), []
    for fold, (train, test) in enumerate(KFold(N_FOLDS, shuffle=True, random_state=seed).split(X)):
        # What predicts the mean of the training part: the unit of all errors.
        mean = np.full(len(test), y[train].mean())
        unit = squared_error_relevance_area(y[test], mean, relevance=relevance)
        rare = relevance(y[test]) >= THRESHOLD
        for label, parameters in samplers.items():
            start = time.perf_counter()
            name = label.partition(":")[0]
            X_res, y_res = resample(
                name, X[train], y[train], is_category, relevance, seed, parameters
            )
            seconds = time.perf_counter() - start
            for regressor, make in REGRESSORS.items():
                predicted = make().fit(X_res, y_res).predict(X[test])
                sera = squared_error_relevance_area(y[test], predicted, relevance=relevance)
                error = (predicted - y[test]) ** 2
                rows.append(
                    {
                        "task": task,
                        "seed": seed,
                        "fold": fold,
                        "sampler": label,
                        "regressor": regressor,
                        "sera": sera / unit,
                        "rare_mse": error[rare].mean() / ((mean - y[test]) ** 2)[rare].mean(),
                        "mse": error.mean() / ((mean - y[test]) ** 2).mean(),
                        "seconds": seconds,
                    }
                )
    return rows


def report(rows: list[dict]) -> str:
    """Give means over tasks, then every task."""
    frame = pd.DataFrame(rows)
    lines = []
    measures = ["sera", "rare_mse", "mse"]
    for regressor, part in frame.groupby("regressor"):
        means = part.groupby(["task", "sampler"], sort=False)[[*measures, "seconds"]].mean()
        table = means.groupby("sampler", sort=False).mean()
        sera = means["sera"].unstack("sampler")
        table["rank"] = sera.rank(axis=1).mean()
        table["better"] = [
            f"{(sera['cvae'] < sera[name]).sum()} of {len(sera)}" for name in table.index
        ]
        table["p"] = [
            np.nan if name == "cvae" else wilcoxon(sera["cvae"], sera[name]).pvalue
            for name in table.index
        ]
        lines += [f"\n**{regressor}**\n", table.round(4).reset_index().to_markdown(index=False)]
        lines += ["", sera.round(3).reset_index().to_markdown(index=False)]
    return "\n".join(lines)


def main() -> None:
    """Run, report and store."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1])
    parser.add_argument("--samplers", nargs="+", default=list(SAMPLERS))
    parser.add_argument("--parameters", type=json.loads, default={}, help="of cvae, as JSON")
    parser.add_argument("--result", type=Path, default=RESULTS / "regression.json")
    parser.add_argument("--list", action="store_true", help="print the tasks only")
    arguments = parser.parse_args()
    tasks = load_tasks(arguments.data)
    if arguments.list:
        for name, (table, y) in tasks.items():
            print(name, table.shape, f"{(make_relevance(y)(y) >= THRESHOLD).mean():.3f}")
        return
    result = arguments.result
    rows = json.loads(result.read_text(encoding="utf-8"))["results"] if result.exists() else []
    known = {(row["task"], row["seed"], row["sampler"]) for row in rows}
    start = time.perf_counter()
    for seed, (name, task) in itertools.product(arguments.seeds, tasks.items()):
        missing = {
            label: arguments.parameters
            for label in arguments.samplers
            if (name, seed, label) not in known
        }
        if not missing:
            continue
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            rows += evaluate(name, *task, seed, missing)
        print(seed, name, round(time.perf_counter() - start), "s", flush=True)
        content = {"arguments": vars(arguments), "environment": describe_environment()}
        write_json(result, {**content, "results": rows})
    print(report(rows))


if __name__ == "__main__":
    main()

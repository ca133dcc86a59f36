"""One data set × one sampler: resample every training fold, judge it with every classifier."""

from __future__ import annotations

import time
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from sklearn.model_selection import StratifiedKFold
from sklearn.utils.class_weight import compute_sample_weight

from benchmarks.shared.classifiers import affords, fit_and_score
from benchmarks.shared.datasets import Dataset, load_dataset
from benchmarks.shared.metrics import fold_scores
from benchmarks.shared.preprocessing import TablePreprocessor
from benchmarks.shared.samplers import Sampler, make_sampler
from benchmarks.utility.store import KEY, read_part, write_part


@dataclass(frozen=True)
class Protocol:
    """What every sampler of a run has in common."""

    folder: Path
    results: Path
    classifiers: Sequence[str]
    seed: int = 0
    n_repeats: int = 1
    n_folds: int = 5
    redo: bool = False
    run: str = ""

    def wanted_keys(self, classifiers: Sequence[str]) -> list[tuple[int, int, int, str]]:
        """Return the rows that a finished part holds."""
        return [
            (self.seed, repeat, fold, classifier)
            for repeat in range(self.n_repeats)
            for fold in range(self.n_folds)
            for classifier in classifiers
        ]


def evaluate_part(protocol: Protocol, dataset_name: str, sampler_name: str) -> int:
    """Compute the rows that a part lacks and rewrite it in one step; return how many were added."""
    place = protocol.results, dataset_name, sampler_name
    done = pd.DataFrame() if protocol.redo else read_part(*place)
    dataset = load_dataset(protocol.folder, dataset_name)
    have = set(done[KEY].itertuples(index=False, name=None)) if len(done) else set()
    judges = [name for name in protocol.classifiers if affords(name, len(dataset.table))]
    missing = [key for key in protocol.wanted_keys(judges) if key not in have]
    if not missing:
        return 0
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        rows = _evaluate_rows(protocol, dataset, sampler_name, missing)
    write_part(*place, pd.concat([done, pd.DataFrame(rows)], ignore_index=True))
    return len(rows)


def _evaluate_rows(protocol, dataset: Dataset, sampler_name, missing) -> list[dict]:
    sampler = make_sampler(sampler_name)
    counts = np.bincount(dataset.codes)
    described = {
        "set": dataset.name,
        "kind": dataset.kind,
        "task": dataset.task,
        "family": dataset.family,
        "easy": dataset.easy,
        "imbalance_ratio": counts.max() / counts.min(),
        "sampler": sampler_name,
    }
    rows = []
    for repeat in range(protocol.n_repeats):
        splitter = StratifiedKFold(
            protocol.n_folds, shuffle=True, random_state=protocol.seed + repeat
        )
        splits = splitter.split(dataset.codes, dataset.codes)
        for fold, (train, test) in enumerate(splits):
            classifiers = [key[3] for key in missing if key[1:3] == (repeat, fold)]
            if not classifiers:
                continue
            scores = _evaluate_fold(
                dataset, sampler, train, test, classifiers, (protocol.seed, repeat, fold)
            )
            where = {"run": protocol.run, "seed": protocol.seed, "repeat": repeat, "fold": fold}
            rows += [described | where | score for score in scores]
    return rows


def _evaluate_fold(
    dataset: Dataset, sampler: Sampler, train, test, classifiers, seeds
) -> list[dict]:
    codes = dataset.codes
    n_classes = codes.max() + 1
    preprocessor = TablePreprocessor().fit(dataset.table.iloc[train])
    resampled = _resample(dataset, sampler, train, preprocessor, seeds)
    train_matrix, train_target, about = resampled
    test_matrix = preprocessor.transform(dataset.table.iloc[test])
    weight = compute_sample_weight("balanced", train_target) if sampler.weigh_classes else None
    rows = []
    for classifier in classifiers:
        predicted, score, probability = fit_and_score(
            classifier, train_matrix, train_target, test_matrix, n_classes, weight
        )
        scores = fold_scores(codes[test], predicted, score, probability)
        rows.append({"classifier": classifier} | scores | about)
    return rows


def _resample(dataset: Dataset, sampler: Sampler, train, preprocessor, seeds):
    """Return matrix and target for the classifiers; on any failure those of the original rows."""
    codes = dataset.codes[train]
    seed = int(np.random.SeedSequence(seeds).generate_state(1)[0] % 2**31)
    about = {"seconds": 0.0, "n_train": len(codes), "n_resampled": len(codes), "error": None}
    scaled = preprocessor.scale(dataset.table.iloc[train])
    original = preprocessor.one_hot(scaled), codes
    if sampler.resample is None:
        return *original, about
    table = {"scaled": scaled, "one_hot": original[0], "raw": dataset.table.iloc[train]}
    target = dataset.target.iloc[train] if sampler.form == "raw" else codes
    start = time.perf_counter()
    try:
        X, y = sampler.resample(
            table[sampler.form], target, categorical=preprocessor.categorical_indices, seed=seed
        )
        about["seconds"] = time.perf_counter() - start
        result = _as_matrix(X, y, sampler.form, preprocessor, dataset)
        _check_resampled(*result, codes)
    except Exception as error:
        about["seconds"] = time.perf_counter() - start
        about["error"] = f"{type(error).__name__}: {error}"[:300]
        return *original, about
    about["n_resampled"] = len(result[1])
    return *result, about


def _as_matrix(X, y, form, preprocessor, dataset: Dataset) -> tuple[np.ndarray, np.ndarray]:
    if form == "one_hot":
        return X, np.asarray(y)
    if form == "scaled":
        return preprocessor.one_hot(X), np.asarray(y)
    labels = np.unique(dataset.target.to_numpy())
    return preprocessor.transform(X), np.searchsorted(labels, np.asarray(y))


def _check_resampled(matrix, target, original_target) -> None:
    if not np.isfinite(matrix).all():
        raise ValueError("the resampled table holds missing or infinite numbers")
    before, after = np.bincount(original_target), np.bincount(target)
    if len(set(before)) > 1 and np.array_equal(before, after):
        raise ValueError("the sampler returned the table unchanged")

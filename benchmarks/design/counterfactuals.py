"""How few columns counterfactuals change, and how near to real rows they stay."""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np
import pandas as pd
from sklearn.base import ClassifierMixin
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline

from benchmarks.shared.datasets import Dataset
from benchmarks.shared.preprocessing import make_column_encoder
from vaesynth import VAE
from vaesynth.applications import LatentDesigner
from vaesynth.metrics import nearest_real_rows

N_ASKED, MAX_TRAIN, BETA = 100, 3000, 0.1
CLASSIFIERS: dict[str, Callable] = {
    "forest": lambda: RandomForestClassifier(200, min_samples_leaf=3, random_state=0, n_jobs=1),
    "logistic": lambda: LogisticRegression(max_iter=2000),
}


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

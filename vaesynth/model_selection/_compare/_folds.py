"""Folds of real rows, and competitors that share what is made in one."""

from __future__ import annotations

from numbers import Integral
from typing import Any

import numpy as np
from sklearn.model_selection import RepeatedStratifiedKFold, check_cv

from vaesynth.model_selection._compare._competitors import Competitor
from vaesynth.model_selection._compare._fold_task import Fold
from vaesynth.model_selection._held_out import positive_position

SEED_BOUND = 2**32


def make_folds(
    X: Any, y: np.ndarray, cv: Any, n_repeats: int, seed: int, least: int = 2
) -> list[Fold]:
    """Split rows, and give each fold its seed; each training part has at least so many rows of every class."""
    if isinstance(cv, Integral):
        splitter = _make_splitter(y, int(cv), n_repeats, seed)
    elif n_repeats == 1:
        splitter = check_cv(cv, y, classifier=True)
    else:
        raise ValueError(
            f"`n_repeats` must be 1 where `cv` is no number of folds, got {n_repeats} and {cv!r}"
        )
    splits = list(splitter.split(X, y))
    n_folds = len(splits) // n_repeats
    folds = []
    for position, (train, test) in enumerate(splits):
        counts = np.unique(y[train], return_counts=True)[1]
        if len(counts) < len(np.unique(y)) or counts.min() < least:
            raise ValueError(
                f"every class must have at least {least} row{'s' * (least > 1)} in every training part, got "
                f"{counts.tolist()} in fold {position}"
            )
        repeat, fold = divmod(position, n_folds)
        state = np.random.SeedSequence([seed, repeat, fold]).generate_state(1)
        folds.append(Fold(repeat, fold, train, test, int(state[0]), int(counts.min())))
    return folds


def _make_splitter(y: np.ndarray, n_folds: int, n_repeats: int, seed: int) -> Any:
    labels, counts = np.unique(y, return_counts=True)
    if not 2 <= n_folds <= counts.min():
        rarest = labels[counts.argmin()]
        raise ValueError(
            "`cv` must be at least 2 and at most the number of rows of the smallest class, got "
            f"{n_folds} folds and {counts.min()} rows of class {rarest}"
        )
    return RepeatedStratifiedKFold(n_splits=n_folds, n_repeats=n_repeats, random_state=seed)


def order_classes(y: np.ndarray) -> np.ndarray:
    """Return the labels, of two the rarer one last."""
    classes = np.unique(y)
    if len(classes) == 2 and positive_position(y) == 0:
        return classes[::-1]
    return classes


def group_by_sampler(competitors: dict[str, Competitor]) -> list[dict[str, Competitor]]:
    """Put competitors together that share a sampler, which then resamples once for all of them."""
    groups: dict[Any, dict[str, Competitor]] = {}
    for name, competitor in competitors.items():
        key = id(competitor.sampler) if competitor.resamples else name
        groups.setdefault(key, {})[name] = competitor
    return list(groups.values())

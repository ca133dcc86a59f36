"""Synthetic rows to look at: the sampler learns one half of the table and never sees the other."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from sklearn.base import clone

from vaesynth.over_sampling import CVAESampler

# Distances between all pairs of rows take memory and time with the square of this.
MAX_JUDGED = 5_000
FEWEST_ROWS = 4


@dataclass(frozen=True, eq=False)
class Synthesis:
    """Real and synthetic rows of the rarest class.

    Parameters
    ----------
    label : Any
        The rarest class.
    X, y : DataFrame of shape (n_half, n_features), ndarray of shape (n_half,)
        The half of the table that the sampler was fitted on.
    learned, held_out, synthetic : DataFrame of shape (n_rows, n_features)
        Rows of the rarest class: those it was fitted on, those of the other half, and as many new ones as the first.
    sampler : CVAESampler
        The fitted sampler.
    n_left_out : int
        Rows of the table that neither half has.
    """

    label: Any
    X: pd.DataFrame
    y: np.ndarray
    learned: pd.DataFrame
    held_out: pd.DataFrame
    synthetic: pd.DataFrame
    sampler: CVAESampler
    n_left_out: int


def synthesise(
    X: pd.DataFrame, y: np.ndarray, sampler: CVAESampler, seed: int, max_rows: int
) -> Synthesis:
    """Fit a sampler on half of the rows and draw rows of the rarest class.

    Parameters
    ----------
    X : DataFrame of shape (n_samples, n_features)
        The table.
    y : ndarray of shape (n_samples,)
        Classes; the rarest has at least four rows.
    sampler : CVAESampler
        Cloned before it is fitted.
    seed : int
        Decides the halves, the fit and the rows.
    max_rows : int
        Rows in both halves together, at most; each class keeps its share.

    Returns
    -------
    Synthesis
    """
    label, _ = find_rarest(y)
    first, second = _halve(y, max_rows, np.random.default_rng(seed))
    half, labels = X.iloc[first].reset_index(drop=True), y[first]
    fitted = clone(sampler).set_params(random_state=seed, verbose=False)
    fitted.fit_resample(half, labels)
    learned = half[labels == label].iloc[:MAX_JUDGED].reset_index(drop=True)
    return Synthesis(
        label=label,
        X=half,
        y=labels,
        learned=learned,
        held_out=X.iloc[second[y[second] == label][:MAX_JUDGED]].reset_index(drop=True),
        synthetic=fitted.sample(len(learned), y=label),
        sampler=fitted,
        n_left_out=len(y) - len(first) - len(second),
    )


def find_rarest(y: np.ndarray) -> tuple[Any, int]:
    """Return the rarest class, of equals the last, and how many rows it has.

    Examples
    --------
    >>> import numpy as np
    >>> find_rarest(np.array(["b", "a", "b"]))
    ('a', 1)
    """
    classes, counts = np.unique(y, return_counts=True)
    position = len(counts) - 1 - int(np.argmin(counts[::-1]))
    return classes.tolist()[position], int(counts[position])


def as_frame(X: Any) -> pd.DataFrame:
    """Return a table of any container as a DataFrame whose columns are named by strings.

    Examples
    --------
    >>> as_frame([[1, 2], [3, 4]]).columns.tolist()
    ['x0', 'x1']
    """
    if hasattr(X, "toarray"):
        X = X.toarray()
    elif not isinstance(X, pd.DataFrame) and hasattr(X, "to_pandas"):
        X = X.to_pandas()
    if isinstance(X, pd.DataFrame):
        return X.rename(columns=str).reset_index(drop=True)
    frame = pd.DataFrame(X).infer_objects()
    return frame.rename(columns=lambda position: f"x{position}")


def _halve(y: np.ndarray, max_rows: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Return the positions of two halves with the same class shares; the first half has the odd rows."""
    kept = min(1.0, max_rows / len(y))
    first, second = [], []
    for label in np.unique(y):
        members = rng.permutation(np.flatnonzero(y == label))
        members = members[: max(FEWEST_ROWS, round(kept * len(members)))]
        middle = -(-len(members) // 2)
        first.append(members[:middle])
        second.append(members[middle:])
    return rng.permutation(np.concatenate(first)), rng.permutation(np.concatenate(second))

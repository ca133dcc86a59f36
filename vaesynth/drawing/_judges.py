"""Judges of new rows, who say how likely it is that a row belongs to the class it was drawn for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import torch
from sklearn.ensemble import RandomForestClassifier
from torch import Tensor

from vaesynth.drawing._parents import RealRows
from vaesynth.models import GaussianVAE
from vaesynth.nn import Rows

ROWS_FOR_THREADS = 2_000
# Cells that a split chooses among: the root of their number, but of more than 400 cells a forest would take as long as
# everything else together.
MOST_FEATURES = 20


class Judge(Protocol):
    """Says how likely the class with code `label` is for each row, up to a factor."""

    def log_posterior(self, model: GaussianVAE, rows: Rows, label: int) -> Tensor:
        """Return log p(label | x) in nats, shape (n_rows,)."""


@dataclass(frozen=True)
class ModelJudge:
    """The class posterior of the model itself: the softmax of log p(y) plus the bound on log p(x | y).

    Parameters
    ----------
    beta : float, default=1.0
        Weight of the KL term in the bound.
    class_share : tuple of float, optional
        p(y) for each class code, up to a factor; None takes all classes as equally likely.

    Examples
    --------
    >>> ModelJudge(class_share=(0.9, 0.1)).beta
    1.0
    """

    beta: float = 1.0
    class_share: tuple[float, ...] | None = None

    def log_posterior(self, model: GaussianVAE, rows: Rows, label: int) -> Tensor:
        """Return log p(label | x) in nats, shape (n_rows,)."""
        alike = model.class_log_posterior(rows, self.beta)
        if self.class_share is None:
            return alike[:, label]
        share = alike.new_tensor(self.class_share)
        return torch.log_softmax(alike + share.log(), dim=1)[:, label]


class ForestJudge:
    """The class posterior of a random forest on the encoded real rows, at their shares.

    It knows rules that a small network blurs, such as which categories go together. Its probabilities are those of its
    trees and of one more that knows the shares of the classes alone, so that none is zero.

    Parameters
    ----------
    real_rows : mapping of int to RealRows
        Real rows by class code. Within its class a row counts in proportion to its weight.
    seed : int
        Seed of the forest.
    n_trees : int, default=60
        Number of trees.
    n_jobs : int, default=1
        Threads for growing them.

    Examples
    --------
    >>> import numpy as np
    >>> from vaesynth.nn import Rows
    >>> def rows(value):
    ...     return Rows.from_arrays(np.full((9, 1), value), np.zeros((9, 0)))
    >>> real_rows = {i: RealRows(rows(i), i, np.ones(9), np.arange(9)) for i in (0, 1)}
    >>> judge = ForestJudge(real_rows, seed=0)
    >>> judge.log_posterior(None, rows(1.0), 1).exp()[:2]
    tensor([0.9918, 0.9918], dtype=torch.float64)
    """

    def __init__(
        self, real_rows: Mapping[int, RealRows], seed: int, n_trees: int = 60, n_jobs: int = 1
    ) -> None:
        parts = list(real_rows.values())
        self._labels = [part.label for part in parts]
        sizes = np.array([part.rows.n_rows for part in parts])
        weight = np.concatenate([part.weight / np.mean(part.weight) for part in parts])
        self._share = sizes / sizes.sum()
        # Starting threads takes longer than growing the trees of a small table.
        n_threads = n_jobs if sizes.sum() >= ROWS_FOR_THREADS else 1
        features = np.concatenate([_as_features(part.rows) for part in parts])
        self._forest = RandomForestClassifier(
            n_trees,
            max_features=MOST_FEATURES if features.shape[1] > MOST_FEATURES**2 else "sqrt",
            random_state=seed % 2**32,
            n_jobs=n_threads,
        )
        self._forest.fit(
            features,
            np.repeat(np.arange(len(parts)), sizes),
            sample_weight=None if (weight == 1).all() else weight,
        )
        # Threads add up the trees in any order, and so would round as they come.
        self._forest.set_params(n_jobs=1)

    def log_posterior(self, model: GaussianVAE | None, rows: Rows, label: int) -> Tensor:
        """Return log p(label | x) in nats, shape (n_rows,); no model is asked."""
        position = self._labels.index(label)
        n_trees = self._forest.n_estimators
        by_trees = self._forest.predict_proba(_as_features(rows))[:, position]
        smoothed = (n_trees * by_trees + self._share[position]) / (n_trees + 1)
        return torch.from_numpy(np.log(smoothed)).to(rows.values.device)


@dataclass(frozen=True)
class PooledJudge:
    """The weighted geometric mean of what several judges say (a logarithmic opinion pool).

    Parameters
    ----------
    judges : tuple of Judge
        Who is asked.
    weights : tuple of float
        What each counts.

    Examples
    --------
    >>> PooledJudge((ModelJudge(), ModelJudge(beta=0.1)), (0.5, 0.5)).weights
    (0.5, 0.5)
    """

    judges: tuple[Judge, ...]
    weights: tuple[float, ...]

    def log_posterior(self, model: GaussianVAE, rows: Rows, label: int) -> Tensor:
        """Return log p(label | x) in nats, up to a factor of the class probabilities, shape (n_rows,)."""
        opinions = [judge.log_posterior(model, rows, label).double() for judge in self.judges]
        return torch.stack(opinions, dim=1) @ opinions[0].new_tensor(self.weights)


def _as_features(rows: Rows) -> np.ndarray:
    """Return all cells as numbers; a table of constant columns, of which rows have no cells, gets one of zeros."""
    values, codes = rows.to_arrays()
    features = np.hstack([values, codes.astype(np.float32)])
    return features if features.shape[1] else np.zeros((rows.n_rows, 1), dtype=np.float32)

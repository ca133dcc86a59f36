"""Judges of new rows, who say how likely it is that a row belongs to the class it was drawn for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

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
# Rows of a tree's bootstrap sample: trees of large tables are grown on a part of them, which bounds the time.
MOST_SAMPLES = 5_000
# Trees that judge a row with two parents, on average.
N_JUDGES = 27
# What the share of the class counts, in trees.
N_TREES_OF_SHARE = 2


class Judge(Protocol):
    """Says how likely the class with code `label` is for each row, up to a factor.

    `parents` are the positions of the real rows that each row starts from, where there are such rows.
    """

    def log_posterior(
        self, model: GaussianVAE, rows: Rows, label: int, parents: np.ndarray | None = None
    ) -> Tensor:
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

    def log_posterior(
        self, model: GaussianVAE, rows: Rows, label: int, parents: np.ndarray | None = None
    ) -> Tensor:
        """Return log p(label | x) in nats, shape (n_rows,), whatever rows they start from."""
        alike = model.class_log_posterior(rows, self.beta)
        if self.class_share is None:
            return alike[:, label]
        share = alike.new_tensor(self.class_share)
        return torch.log_softmax(alike + share.log(), dim=1)[:, label]


class ForestJudge:
    """The class posterior of a random forest on the encoded real rows, at their shares.

    It knows rules that a small network blurs, such as which categories go together. A tree that has grown on the
    parents of a row says their class for whatever lies between them. A row with parents is therefore judged only by
    trees in whose bootstrap sample none of them was. The posterior is (Σ p_t + 2 π) / (T + 2), with the probabilities
    p_t of these T trees and the share π of the class, so that it is never zero.

    Parameters
    ----------
    real_rows : mapping of int to RealRows
        Real rows by class code. Within its class a row counts in proportion to its weight.
    seed : int
        Seed of the forest.
    n_trees : int or None, default=None
        Number of trees. None grows as many as leave 27, on average, that have seen neither of two parents: 200 where a
        tree has a full bootstrap sample, and fewer for more than 5,000 rows, of which a tree sees 5,000.
    n_jobs : int, default=1
        Threads for growing them.
    unseen : sequence of int, default=()
        Positions of cells, values before codes, that the forest does not see: those of a target that says the class.

    Examples
    --------
    >>> import numpy as np
    >>> from vaesynth.nn import Rows
    >>> def rows(value):
    ...     return Rows.from_arrays(np.full((9, 1), value), np.zeros((9, 0)))
    >>> real_rows = {i: RealRows(rows(i), i, np.ones(9), np.arange(9) + 9 * i) for i in (0, 1)}
    >>> judge = ForestJudge(real_rows, seed=0)
    >>> judge.log_posterior(None, rows(1.0), 1).exp()[:2]
    tensor([0.9950, 0.9950], dtype=torch.float64)
    """

    def __init__(
        self,
        real_rows: Mapping[int, RealRows],
        seed: int,
        n_trees: int | None = None,
        n_jobs: int = 1,
        unseen: Sequence[int] = (),
    ) -> None:
        self._unseen = tuple(unseen)
        parts = list(real_rows.values())
        self._labels = [part.label for part in parts]
        sizes = np.array([part.rows.n_rows for part in parts])
        weight = np.concatenate([part.weight / np.mean(part.weight) for part in parts])
        self._share = sizes / sizes.sum()
        # Starting threads takes longer than growing the trees of a small table.
        n_threads = n_jobs if sizes.sum() >= ROWS_FOR_THREADS else 1
        features = np.concatenate([self._features(part.rows) for part in parts])
        forest = RandomForestClassifier(
            _count_trees(len(features)) if n_trees is None else n_trees,
            max_features=MOST_FEATURES if features.shape[1] > MOST_FEATURES**2 else "sqrt",
            max_samples=MOST_SAMPLES if len(features) > MOST_SAMPLES else None,
            random_state=seed % 2**32,
            n_jobs=n_threads,
        )
        forest.fit(
            features,
            np.repeat(np.arange(len(parts)), sizes),
            sample_weight=None if (weight == 1).all() else weight,
        )
        self._trees = [tree.tree_ for tree in forest.estimators_]
        self._has_seen = _rows_of_trees(forest, np.concatenate([part.positions for part in parts]))

    def log_posterior(
        self,
        model: GaussianVAE | None,
        rows: Rows,
        label: int,
        parents: np.ndarray | None = None,
    ) -> Tensor:
        """Return log p(label | x) in nats, shape (n_rows,); no model is asked."""
        position = self._labels.index(label)
        features = np.ascontiguousarray(self._features(rows), dtype=np.float32)
        total = np.full(len(features), N_TREES_OF_SHARE * self._share[position])
        n_judges = np.full(len(features), float(N_TREES_OF_SHARE))
        for tree, has_seen in zip(self._trees, self._has_seen, strict=True):
            asked: Any = slice(None)
            if parents is not None:
                asked = np.flatnonzero(~has_seen[parents].any(axis=1))
            total[asked] += tree.value[tree.apply(features[asked]), 0, position]
            n_judges[asked] += 1
        return torch.from_numpy(np.log(total / n_judges)).to(rows.values.device)

    def _features(self, rows: Rows) -> np.ndarray:
        """Return the cells that the forest sees as numbers; a table without any gets a column of zeros."""
        values, codes = rows.to_arrays()
        features = np.hstack([values, codes.astype(np.float32)])
        if self._unseen:
            features = np.delete(features, self._unseen, axis=1)
        return features if features.shape[1] else np.zeros((rows.n_rows, 1), dtype=np.float32)


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

    def log_posterior(
        self, model: GaussianVAE, rows: Rows, label: int, parents: np.ndarray | None = None
    ) -> Tensor:
        """Return log p(label | x) in nats, up to a factor of the class probabilities, shape (n_rows,)."""
        opinions = [
            judge.log_posterior(model, rows, label, parents).double() for judge in self.judges
        ]
        return torch.stack(opinions, dim=1) @ opinions[0].new_tensor(self.weights)


def _count_trees(n_rows: int) -> int:
    """Return how many trees leave `N_JUDGES` that have seen neither of two rows.

    A bootstrap sample of m of n rows lacks each of two with probability exp(-2 m / n).
    """
    share_seen = min(n_rows, MOST_SAMPLES) / n_rows
    return int(np.ceil(N_JUDGES * np.exp(2 * share_seen)))


def _rows_of_trees(forest: RandomForestClassifier, positions: np.ndarray) -> np.ndarray:
    """Return whether each tree has grown on the real row at a position, shape (n_trees, largest position + 1)."""
    has_seen = np.zeros((forest.n_estimators, positions.max() + 1), dtype=bool)
    for of_tree, rows in zip(has_seen, forest.estimators_samples_, strict=True):
        of_tree[positions[rows]] = True
    return has_seen

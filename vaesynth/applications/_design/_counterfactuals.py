"""The nearest row of another class, with few changes."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from vaesynth.applications._design._cell_pool import CellChanges, CellPool
from vaesynth.applications._design._constraints import Constraints
from vaesynth.applications._design._latent_model import LatentModel
from vaesynth.applications._design._optimization import Reach
from vaesynth.applications._design._results import Counterfactuals

# Real rows of the other class to look at, near in the latent space and near as rows, and how far to walk towards the
# nearest of the former.
_N_NEIGHBORS = 64
_N_NEAREST_ROWS = 16
_N_PATHS = 5
_SHARES = (0.4, 0.7, 1.0)


class ClassFlips:
    """A user's classifier, and the classes that are wanted in place of those it predicts.

    Parameters
    ----------
    classifier : fitted classifier, or callable
        With ``predict`` and perhaps ``predict_proba``; or a function of rows that gives their labels.
    rows : table
        Rows whose class is to change.
    target : label or None
        The class they shall have; None takes any but their own.
    """

    def __init__(self, classifier: Any, rows: Any, target: Any) -> None:
        self._predict = getattr(classifier, "predict", classifier)
        if not callable(self._predict):
            raise TypeError(
                f"`classifier` must have `predict` or be a function of rows, got {type(classifier).__name__}"
            )
        self._probabilities = getattr(classifier, "predict_proba", None)
        self._classes = getattr(classifier, "classes_", None)
        self.target = target
        self.own = self.labels(rows)
        if target is not None and self._classes is not None and target not in self._classes:
            raise ValueError(
                f"`target` must be a class of the classifier, {list(self._classes)}, got {target!r}"
            )

    def labels(self, rows: Any) -> np.ndarray:
        """Return predicted classes, shape (n_rows,)."""
        labels = np.asarray(self._predict(rows))
        if labels.shape != (len(rows),):
            raise ValueError(
                f"`classifier` must give one label for each of {len(rows)} rows, got shape {labels.shape}"
            )
        return labels

    def is_wanted(self, labels: np.ndarray, owners: np.ndarray) -> np.ndarray:
        """Return which labels are wanted of the rows at positions `owners`, shape (n_labels,)."""
        if self.target is None:
            return labels != self.own[owners]
        return labels == self.target

    def confidence(self, rows: Any, owners: np.ndarray) -> np.ndarray | None:
        """Return the probability of a wanted class, shape (n_rows,); None where the classifier has none."""
        if self._probabilities is None or self._classes is None:
            return None
        probabilities = np.asarray(self._probabilities(rows), dtype=float)
        classes = np.asarray(self._classes)
        if self.target is not None:
            return probabilities[:, np.flatnonzero(classes == self.target)[0]]
        own = np.searchsorted(classes, self.own[owners])
        return 1 - probabilities[np.arange(len(probabilities)), own]


@dataclass(frozen=True, eq=False)
class Proposals:
    """Rows that are proposed, each in place of one of the rows asked about.

    Parameters
    ----------
    owners : ndarray of int, shape (n_proposals,)
        Which row each is proposed for.
    choice : ndarray of int, shape (n_proposals, n_columns)
        Its cells, by their positions in the pool.
    scores : ndarray of shape (n_proposals,)
        Nats by which the model finds it likely.
    """

    owners: np.ndarray
    choice: np.ndarray
    scores: np.ndarray

    def take(self, kept: np.ndarray) -> Proposals:
        """Keep some of them, by mask or positions."""
        return Proposals(self.owners[kept], self.choice[kept], self.scores[kept])


class CounterfactualSearch:
    """Search around all rows at once.

    The pool holds the real rows, then those asked about, then those decoded from paths between them.

    Parameters
    ----------
    model : LatentModel
        Encodes, decodes and tells how likely rows are.
    reach : Reach
        Finds real neighbours in the latent space.
    reference : table
        The real rows.
    flips : ClassFlips
        The classifier and what is wanted of it.
    constraints : Constraints
        What changed rows must keep to.
    held : ndarray of int
        Positions of the columns that must not change.
    plausible_share : float
        Share of the real rows that count as plausible.
    n_candidates : int
        Proposals to make sparse for each row.
    """

    def __init__(
        self,
        model: LatentModel,
        reach: Reach,
        reference: Any,
        flips: ClassFlips,
        constraints: Constraints,
        held: np.ndarray,
        plausible_share: float,
        n_candidates: int,
    ) -> None:
        self._model, self._reach, self._reference = model, reach, reference
        self._flips, self._constraints, self._held = flips, constraints, held
        self._n_candidates = n_candidates
        scores = model.score(reference)
        self._usual_score = float(np.quantile(scores, 1 - plausible_share))

    def run(self, X: Any) -> Counterfactuals:
        """Return the best counterfactual of each row."""
        points = self._model.encode(X)
        self._n_reference = len(self._reference)
        neighbours = self._find_neighbours(points, X)
        decoded = self._walk(points, neighbours)
        tables = [self._reference, X] + ([] if decoded is None else [decoded[1]])
        self._pool = CellPool.stack(tables)
        self._changes = CellChanges(self._pool, self._n_reference)
        self._floor = np.minimum(self._usual_score, self._model.score(X))
        proposals = self._propose(neighbours, None if decoded is None else decoded[0])
        best = self._pick(self._revert(proposals), 1)
        best = self._pick(self._move_back(best), 1)
        return self._collect(best, X)

    def _find_neighbours(self, points: np.ndarray, X: Any) -> list[np.ndarray]:
        """Return for each row the positions of near real rows of a wanted class, those near as points first."""
        labels = self._flips.labels(self._reference)
        changes = CellChanges(CellPool.stack([self._reference, X]), self._n_reference)
        neighbours: list[np.ndarray] = [np.array([], dtype=int)] * len(points)
        for own in np.unique(self._flips.own):
            members = np.flatnonzero(self._flips.own == own)
            wanted = self._flips.is_wanted(labels, np.full(len(labels), members[0]))
            if not wanted.any():
                continue
            near = self._reach.neighbours(points[members], wanted, _N_NEIGHBORS)
            candidates = np.flatnonzero(wanted)
            for member, positions in zip(members.tolist(), near, strict=True):
                others = np.setdiff1d(candidates, positions)
                closest = self._closest(changes, others, self._n_reference + member)
                neighbours[member] = np.concatenate([positions, closest])
        return neighbours

    def _closest(self, changes: CellChanges, candidates: np.ndarray, origin: int) -> np.ndarray:
        whole = np.repeat(candidates[:, None], len(changes.is_ordered), axis=1)
        costs = changes.costs(whole, np.full(len(candidates), origin)).sum(axis=1)
        return candidates[np.argsort(costs, kind="stable")[:_N_NEAREST_ROWS]]

    def _walk(
        self, points: np.ndarray, neighbours: list[np.ndarray]
    ) -> tuple[np.ndarray, Any] | None:
        """Return rows on the paths to the nearest few, and for which row each is; None where there are no paths."""
        near = [positions[:_N_PATHS] for positions in neighbours]
        owners = np.repeat(np.arange(len(points)), [len(part) for part in near])
        if not len(owners):
            return None
        ends = self._reach.points[np.concatenate(near)]
        shares = np.array(_SHARES)[None, :, None]
        path = points[owners][:, None] + shares * (ends - points[owners])[:, None]
        rows = self._model.decode(path.reshape(-1, points.shape[1]))
        return np.repeat(owners, len(_SHARES)), rows

    def _propose(self, neighbours: list[np.ndarray], walkers: np.ndarray | None) -> Proposals:
        """Return real neighbours and rows on the way to them that keep to everything, the nearest for each row."""
        n_real = [len(part) for part in neighbours]
        owners = np.repeat(np.arange(len(neighbours)), n_real)
        positions = np.concatenate(neighbours)
        if walkers is not None:
            owners = np.concatenate([owners, walkers])
            first = self._n_reference + len(neighbours)
            positions = np.concatenate([positions, first + np.arange(len(walkers))])
        choice = np.repeat(positions[:, None].astype(int), self._pool.n_columns, axis=1)
        choice[:, self._held] = self._n_reference + owners[:, None]
        kept = self._keeps(choice, owners)
        owners, choice = owners[kept], choice[kept]
        near = Proposals(owners, choice, np.zeros(len(owners)))
        near = self._nearest(near)
        return replace(near, scores=self._score(near.choice))

    def _nearest(self, proposals: Proposals) -> Proposals:
        costs = self._costs(proposals).sum(axis=1)
        return proposals.take(_first_of_each(proposals.owners, (costs,), self._n_candidates))

    def _revert(self, proposals: Proposals) -> Proposals:
        """Give columns back one by one while a row stays wanted, as plausible as it was, and within the limits."""
        is_open = np.ones(len(proposals.owners), dtype=bool)
        choice, scores = proposals.choice.copy(), proposals.scores.copy()
        while is_open.any():
            current = Proposals(proposals.owners, choice, scores)
            rows, columns = np.nonzero(self._changed(current) & is_open[:, None])
            trials = choice[rows]
            trials[np.arange(len(rows)), columns] = self._n_reference + proposals.owners[rows]
            passed, trial_scores = self._passes(trials, rows, current)
            if not passed.any():
                break
            kept = np.flatnonzero(passed)
            gains = self._gains(trials[kept], proposals.owners[rows[kept]])
            winners = kept[_first_of_each(rows[kept], (-gains,), 1)]
            choice[rows[winners]], scores[rows[winners]] = trials[winners], trial_scores[winners]
            is_open[:] = False
            is_open[rows[winners]] = True
        return Proposals(proposals.owners, choice, scores)

    def _gains(self, trials: np.ndarray, owners: np.ndarray) -> np.ndarray:
        """Return how good it is to give a column back: the more room it leaves to give back others, the better."""
        confidence = self._flips.confidence(self._pool.take(trials), owners)
        if confidence is None:
            return -self._changes.costs(trials, self._n_reference + owners).sum(axis=1)
        return confidence

    def _move_back(self, proposals: Proposals) -> Proposals:
        """Move numbers back towards the original, by bisection over the levels that real rows have."""
        choice, scores = proposals.choice.copy(), proposals.scores.copy()
        for column in np.flatnonzero(self._changes.is_ordered).tolist():
            _, positions = self._changes.real_levels(column)
            near, far = self._ends(column, proposals.owners, choice)
            while (is_open := np.abs(far - near) > 1).any():
                rows = np.flatnonzero(is_open)
                middle = (near[rows] + far[rows]) // 2
                trials = choice[rows]
                trials[:, column] = positions[middle]
                current = Proposals(proposals.owners, choice, scores)
                passed, trial_scores = self._passes(trials, rows, current)
                choice[rows[passed]] = trials[passed]
                scores[rows[passed]] = trial_scores[passed]
                far[rows[passed]], near[rows[~passed]] = middle[passed], middle[~passed]
        return Proposals(proposals.owners, choice, scores)

    def _ends(
        self, column: int, owners: np.ndarray, choice: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray]:
        """Return the numbers of the real levels that enclose those strictly between own and proposed cells."""
        levels, _ = self._changes.real_levels(column)
        own = self._changes.codes[self._n_reference + owners, column]
        new = self._changes.codes[choice[:, column], column]
        rises = own < new
        last, first = (np.searchsorted(levels, (own, new), side=side) for side in ("right", "left"))
        near = np.where(rises, last[0] - 1, first[0])
        far = np.where(rises, first[1], last[1] - 1)
        is_open = (own >= 0) & (new >= 0) & (rises == (far > near))
        return np.where(is_open, near, 0), np.where(is_open, far, 0)

    def _passes(
        self, trials: np.ndarray, rows: np.ndarray, current: Proposals
    ) -> tuple[np.ndarray, np.ndarray]:
        """Return which trials may take the place of the proposals at `rows`, and their scores."""
        owners = current.owners[rows]
        passed = self._keeps(trials, owners)
        scores = np.full(len(trials), -np.inf)
        if passed.any():
            scores[passed] = self._score(trials[passed])
        return passed & (scores >= np.minimum(self._floor[owners], current.scores[rows])), scores

    def _keeps(self, choice: np.ndarray, owners: np.ndarray) -> np.ndarray:
        """Return which rows have a wanted class and keep to the limits."""
        if not len(choice):
            return np.zeros(0, dtype=bool)
        rows = self._pool.take(choice)
        wanted = self._flips.is_wanted(self._flips.labels(rows), owners)
        return wanted & (self._constraints.violation(rows) == 0)

    def _score(self, choice: np.ndarray) -> np.ndarray:
        return self._model.score(self._pool.take(choice)) if len(choice) else np.zeros(0)

    def _changed(self, proposals: Proposals) -> np.ndarray:
        return self._changes.find(proposals.choice, self._n_reference + proposals.owners)

    def _costs(self, proposals: Proposals) -> np.ndarray:
        return self._changes.costs(proposals.choice, self._n_reference + proposals.owners)

    def _pick(self, proposals: Proposals, n_kept: int) -> Proposals:
        """Return the best for each row: the plausible before others, then by changed columns, then by distance."""
        is_odd = proposals.scores < self._floor[proposals.owners]
        keys = (
            is_odd,
            self._changed(proposals).sum(axis=1),
            self._costs(proposals).sum(axis=1),
        )
        return proposals.take(_first_of_each(proposals.owners, keys, n_kept))

    def _collect(self, best: Proposals, X: Any) -> Counterfactuals:
        n_rows, n_columns = len(X), self._pool.n_columns
        choice = np.repeat(self._n_reference + np.arange(n_rows)[:, None], n_columns, axis=1)
        choice[best.owners] = best.choice
        is_found, is_plausible = np.zeros(n_rows, dtype=bool), np.zeros(n_rows, dtype=bool)
        is_found[best.owners] = True
        is_plausible[best.owners] = best.scores >= self._floor[best.owners]
        origin = self._n_reference + np.arange(n_rows)
        distances = self._changes.costs(choice, origin).sum(axis=1)
        rows = self._pool.take(choice)
        return Counterfactuals(
            rows=rows,
            originals=X,
            is_found=is_found,
            is_plausible=is_plausible,
            changed=self._changes.find(choice, origin),
            distances=np.where(is_found, distances, np.nan),
            labels_before=self._flips.own,
            labels=self._flips.labels(rows),
        )


def _first_of_each(owners: np.ndarray, keys: tuple[np.ndarray, ...], n_kept: int) -> np.ndarray:
    """Return positions of the first few of each owner by some keys, the first key first."""
    order = np.lexsort((*keys[::-1], owners))
    grouped = owners[order]
    starts = np.searchsorted(grouped, grouped)
    return order[np.arange(len(order)) - starts < n_kept]

"""Rows that make a function small, searched for in the latent space."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import scipy.sparse as sp
from scipy.optimize import differential_evolution
from sklearn.neighbors import NearestNeighbors

from vaesynth._sklearn import safe_indexing
from vaesynth.applications._design._cell_pool import hold_cells
from vaesynth.applications._design._constraints import Constraints
from vaesynth.applications._design._latent_model import LatentModel
from vaesynth.applications._design._results import DesignResult
from vaesynth.tabular import concatenate_tables, evaluate

# As in `active_units_`: a latent is in use where its posterior mean varies by more.
_LEAST_VARIANCE = 0.01
_USUAL_SHARE = 0.95


class Reach:
    """Distances from the latent points of real rows.

    Distances are Euclidean, after each latent is divided by its standard deviation over the rows. Their unit is the
    distance within which 95 % of the points of real rows have another one.

    Parameters
    ----------
    points : ndarray of shape (n_rows, n_latents)
        Latent points of at least two rows.
    """

    def __init__(self, points: np.ndarray) -> None:
        variance = points.var(axis=0)
        self.is_active = variance > _LEAST_VARIANCE
        if not self.is_active.any():
            raise ValueError(
                f"the latents must tell the rows apart by a variance above {_LEAST_VARIANCE}, got at most "
                f"{variance.max():.2g}: fit the model with a lower `beta`, and decoder='independent'"
            )
        self.spread = np.sqrt(variance[self.is_active])
        self.points = points
        self._points = self._scale(points)
        # Rows that occur twice would make the usual distance 0.
        distinct = np.unique(self._points, axis=0)
        self._search = NearestNeighbors(n_neighbors=2).fit(distinct)
        self.low, self.high = points.min(axis=0), points.max(axis=0)
        own = self._search.kneighbors(distinct)[0][:, 1]
        self._unit = float(np.quantile(own, _USUAL_SHARE))

    def distance(self, points: np.ndarray) -> np.ndarray:
        """Return the distance from the nearest point of a real row, in units of what is usual among real rows."""
        return self._search.kneighbors(self._scale(points), n_neighbors=1)[0][:, 0] / self._unit

    def neighbours(self, points: np.ndarray, among: np.ndarray, n_neighbors: int) -> np.ndarray:
        """Return positions of the nearest real rows of those in the mask `among`, nearest first."""
        members = np.flatnonzero(among)
        search = NearestNeighbors(n_neighbors=min(n_neighbors, len(members)))
        search.fit(self._points[members])
        return members[search.kneighbors(self._scale(points), return_distance=False)]

    def _scale(self, points: np.ndarray) -> np.ndarray:
        return points[:, self.is_active] / self.spread


Energy = Callable[[np.ndarray], np.ndarray]
Optimizer = Callable[[Energy, np.ndarray, np.ndarray, np.random.Generator], Any]

# Above any objective, so that comparing two energies is comparing by the rules of Deb (2000).
_INFEASIBLE = 1e30
_FEWEST_MEMBERS = 24
_FIRST_STEP = 0.5
_TOLERANCE = 1e-6


@dataclass(frozen=True, eq=False)
class Search:
    """What all starts of an optimisation share.

    Parameters
    ----------
    model : LatentModel
        Decodes points.
    objective : callable
        Takes rows and returns a float for each; lower is better.
    constraints : Constraints
        What rows must keep to.
    held : ndarray of int
        Positions of the columns whose cells stay those of the start.
    reach : Reach
        Where real rows lie.
    trust_radius : float or None
        How far from real rows' points a point may be.
    target : float or None
        A value that is low enough to stop.
    max_evaluations : int
        Rows to try from a start.
    """

    model: LatentModel
    objective: Callable[[Any], Any]
    constraints: Constraints
    held: np.ndarray
    reach: Reach
    trust_radius: float | None
    target: float | None
    max_evaluations: int

    def run(
        self, start: Any, label: Any, optimizer: Optimizer | None, seed: np.random.SeedSequence
    ) -> Attempt:
        """Search from one row, given as a table of one row."""
        attempt = Attempt(self, start, label)
        rng = np.random.default_rng(seed)
        active = self.reach.is_active
        box = np.column_stack([self.reach.low, self.reach.high])
        point = attempt.point[0]
        box[:, 0], box[:, 1] = np.minimum(box[:, 0], point), np.maximum(box[:, 1], point)
        try:
            attempt.try_start()
            (optimizer or self._evolve)(attempt.energy, point[active], box[active], rng)
            # The optimiser takes members that are all as far outside the limits for converged.
            if optimizer is None and not attempt.is_satisfied:
                self._evolve_anew(attempt, box[active], rng)
        except _SearchEndError:
            pass
        return attempt

    def _evolve(
        self, energy: Energy, start: np.ndarray, box: np.ndarray, rng: np.random.Generator
    ) -> None:
        """Search around the start."""
        n_members = max(_FEWEST_MEMBERS, 3 * len(start))
        steps = rng.normal(0, _FIRST_STEP, (n_members, len(start))) * self.reach.spread
        members = np.clip(start + steps, box[:, 0], box[:, 1])
        members[0] = start
        self._evolve_from(energy, members, box, rng)

    def _evolve_anew(self, attempt: Attempt, box: np.ndarray, rng: np.random.Generator) -> None:
        """Search from the best point and those of real rows, until all evaluations are spent."""
        active = self.reach.is_active
        real = self.reach.points[:, active]
        n_members = max(_FEWEST_MEMBERS, 3 * real.shape[1])
        while True:
            members = np.clip(rng.choice(real, n_members), box[:, 0], box[:, 1])
            members[0] = attempt.best_point[0, active]
            self._evolve_from(attempt.energy, members, box, rng)

    def _evolve_from(
        self, energy: Energy, members: np.ndarray, box: np.ndarray, rng: np.random.Generator
    ) -> None:
        differential_evolution(
            lambda columns: energy(columns.T),
            box,
            init=members,
            maxiter=self.max_evaluations,
            tol=_TOLERANCE,
            polish=False,
            updating="deferred",
            vectorized=True,
            seed=rng,
        )


class _SearchEndError(Exception):
    """The target is reached, or all evaluations are spent."""


class Attempt:
    """One search: counts, judges, and keeps the best row.

    Parameters
    ----------
    search : Search
        What all starts share.
    start : table of one row
        Where the search starts.
    label : label or None
        Class of all rows, for a model with classes.
    """

    def __init__(self, search: Search, start: Any, label: Any) -> None:
        self._search, self._start = search, start
        self._y = None if label is None else np.array([label])
        self.point = search.model.encode(start, self._y)
        self.best_row, self.best_point = start, self.point
        self.best_energy, self.best_value = np.inf, np.inf
        self.n_evaluations = 0

    @property
    def is_feasible(self) -> bool:
        """Return whether the best row keeps to all limits."""
        return bool(self.best_energy < _INFEASIBLE)

    @property
    def has_reached(self) -> bool:
        """Return whether the best row keeps to all limits with a value of at most the target."""
        target = self._search.target
        return self.is_feasible and target is not None and self.best_energy <= target

    @property
    def is_satisfied(self) -> bool:
        """Return whether all that is asked for is found, but for a lower value."""
        return self.is_feasible if self._search.target is None else self.has_reached

    def try_start(self) -> None:
        """Judge the start as it is, so that a search never ends with a worse row."""
        self._judge(self._start, self.point)

    def energy(self, points: np.ndarray) -> np.ndarray:
        """Judge rows at points of the latents in use, shape (n_points, n_active) -> (n_points,).

        Rows that keep to all limits get their objective. Others get a number that is above any objective and grows with
        their violation.
        """
        left = self._search.max_evaluations - self.n_evaluations
        if left <= 0:
            raise _SearchEndError
        points = np.atleast_2d(points)
        whole = np.repeat(self.point, len(points), axis=0)
        whole[:, self._search.reach.is_active] = points
        energies = np.full(len(points), np.inf)
        whole = whole[:left]
        energies[:left] = self._judge(self._decode(whole), whole)
        return energies

    def _decode(self, points: np.ndarray) -> Any:
        y = None if self._y is None else np.repeat(self._y, len(points))
        rows = self._search.model.decode(points, y)
        return hold_cells(rows, self._start, self._search.held)

    def _judge(self, rows: Any, points: np.ndarray) -> np.ndarray:
        search = self._search
        violation = search.constraints.violation(rows)
        if search.trust_radius is not None:
            beyond = search.reach.distance(points) / search.trust_radius - 1
            violation = violation + np.maximum(beyond, 0)
        energies = _INFEASIBLE * (1 + violation)
        keeps = np.flatnonzero(violation == 0)
        if len(keeps):
            energies[keeps] = self._objective(take_rows(rows, keeps))
        self.n_evaluations += len(points)
        best = int(energies.argmin())
        if energies[best] < self.best_energy:
            self.best_energy = float(energies[best])
            self.best_row, self.best_point = take_rows(rows, [best]), points[[best]]
        if self.has_reached:
            raise _SearchEndError
        return energies

    def _objective(self, rows: Any) -> np.ndarray:
        values = evaluate(self._search.objective, rows, "`objective`").astype(float)
        if (np.abs(values) >= _INFEASIBLE).any():
            raise ValueError(f"`objective` must give numbers below {_INFEASIBLE:g}, got {values}")
        return values


def collect(attempts: list[Attempt], starts: Any, objective: Callable[[Any], Any]) -> DesignResult:
    """Put the best rows of all searches together."""
    rows = concatenate_tables([attempt.best_row for attempt in attempts])
    return DesignResult(
        rows=rows,
        points=np.concatenate([attempt.best_point for attempt in attempts]),
        values=evaluate(objective, rows, "`objective`").astype(float),
        is_feasible=np.array([attempt.is_feasible for attempt in attempts]),
        has_reached=np.array([attempt.has_reached for attempt in attempts]),
        starts=starts,
        n_evaluations=np.array([attempt.n_evaluations for attempt in attempts]),
    )


def take_rows(rows: Any, positions: Any) -> Any:
    """Return rows of a table or images by their positions, with a fresh index."""
    if sp.issparse(rows):
        # Not every sparse container can be indexed.
        return type(rows)(rows.tocsr()[positions])
    taken = safe_indexing(rows, positions)
    return taken.reset_index(drop=True) if hasattr(taken, "iloc") else taken

"""Rivals with our judge: what they gain by it says what the network adds.

Candidates are those of SMOTE, of SMOTE with noise, and of ProWSyn. The forest of `CVAESampler` keeps one of sixteen, by
trees that have seen neither parent, with the sampler's own power and growth. New categories come from one parent.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from sklearn.neighbors import NearestNeighbors

from vaesynth import CVAESampler
from vaesynth.drawing import ForestJudge, RealRows
from vaesynth.nn import Rows
from vaesynth.over_sampling import choose_growth

N_CANDIDATES = 16
K_NEIGHBORS = 10
# Standard deviations of the class.
NOISE = 0.3
# ProWSyn's own defaults: levels of nearness to the other classes, neighbours, and how fast weights fall by level.
N_LEVELS, N_NEAR, THETA = 5, 5, 1.0
# Of so many new rows candidates are drawn at once.
CHUNK = 4_096

Pairs = Callable[[np.ndarray, np.ndarray, int, np.random.Generator], tuple[np.ndarray, np.ndarray]]


def judged(pairs: Pairs, *, noise: float = 0.0) -> Callable:
    """Return a sampler of standardised numbers and category codes.

    Parameters
    ----------
    pairs : callable
        Takes rows of the class as numbers, those of all others, a number and a generator, and returns the positions of
        two rows of the class for each candidate.
    noise : float, default=0
        Standard deviation of the noise in numbers, in those of the class.
    """

    def resample(X, y, *, seed, categorical, growth=None, power=None):
        default = CVAESampler()
        growth = default.growth if growth is None else growth
        power = default.selection_power if power is None else power
        if growth == "auto":
            growth = choose_growth(dict(enumerate(np.bincount(y))))
        rng = np.random.default_rng(seed)
        is_code = np.isin(np.arange(X.shape[1]), categorical)
        rows = Rows.from_arrays(X[:, ~is_code], X[:, is_code].astype(int))
        members = {int(label): np.flatnonzero(y == label) for label in np.unique(y)}
        judge = ForestJudge(
            {
                label: RealRows(rows.take(at), label, np.ones(len(at)), at)
                for label, at in members.items()
            },
            seed,
        )
        wide, total = _as_numbers(X, is_code), round(growth * max(map(len, members.values())))
        made, labels = [X], [y]
        for label, at in members.items():
            n_new = total - len(at)
            for start in range(0, n_new, CHUNK):
                n = min(CHUNK, n_new - start)
                own, others = wide[at], np.delete(wide, at, axis=0)
                first, second = pairs(own, others, n * N_CANDIDATES, rng)
                drawn = _between(X[at], first, second, is_code, noise, rng)
                asked = Rows.from_arrays(drawn[:, ~is_code], drawn[:, is_code].astype(int))
                parents = at[np.column_stack([first, second])]
                log_p = judge.log_posterior(None, asked, label, parents).numpy()
                chances = power * log_p.reshape(n, N_CANDIDATES) + rng.gumbel(
                    size=(n, N_CANDIDATES)
                )
                made.append(drawn[chances.argmax(axis=1) + np.arange(n) * N_CANDIDATES])
                labels.append(np.full(n, label))
        return np.vstack(made), np.concatenate(labels)

    return resample


def smote_pairs(own, _others, n, rng):
    """Choose rows evenly, and for each one of its nearest rows of the class."""
    first = rng.permutation(np.resize(rng.permutation(len(own)), n))
    return first, _one_near(own, first, K_NEIGHBORS, rng)


def prowsyn_pairs(own, others, n, rng):
    """Choose rows near the other classes more often, and for each another row that is as near to them."""
    level = _levels(own, others)
    weight = np.exp(-THETA * level) / np.bincount(level)[level]
    first = rng.choice(len(own), n, p=weight / weight.sum())
    alike = [np.flatnonzero(level == each) for each in range(level.max() + 1)]
    second = np.empty(n, dtype=int)
    for each, group in enumerate(alike):
        asked = level[first] == each
        second[asked] = rng.choice(group, asked.sum()) if len(group) else 0
    return first, second


def _levels(own: np.ndarray, others: np.ndarray) -> np.ndarray:
    """Return the level of each row of the class: 0 for neighbours of the other classes, and so on; the rest last."""
    level, left = np.full(len(own), N_LEVELS - 1), np.arange(len(own))
    for each in range(N_LEVELS - 1):
        if not len(left):
            break
        search = NearestNeighbors(n_neighbors=min(N_NEAR, len(left))).fit(own[left])
        found = np.unique(search.kneighbors(others, return_distance=False))
        level[left[found]] = each
        left = np.delete(left, found)
    return np.unique(level, return_inverse=True)[1]


def _one_near(own, first, k_neighbors, rng) -> np.ndarray:
    if len(own) == 1:
        return first
    k = min(k_neighbors, len(own) - 1)
    near = NearestNeighbors(n_neighbors=k).fit(own).kneighbors(return_distance=False)
    return near[first, rng.integers(0, k, len(first))]


def _between(own, first, second, is_code, noise, rng) -> np.ndarray:
    share = rng.random((len(first), 1))
    drawn = own[first] + share * (own[second] - own[first])
    drawn += noise * own.std(axis=0) * rng.normal(size=drawn.shape)
    is_second = rng.random((len(first), is_code.sum())) < 0.5
    drawn[:, is_code] = np.where(is_second, own[second][:, is_code], own[first][:, is_code])
    return drawn


def _as_numbers(X: np.ndarray, is_code: np.ndarray) -> np.ndarray:
    """Return numbers and indicators of categories, two different ones as far apart as SMOTENC takes them to be."""
    spread = np.median(X[:, ~is_code].std(axis=0)) if (~is_code).any() else 1.0
    levels = [column[:, None] == np.unique(column) for column in X[:, is_code].T]
    return np.hstack([X[:, ~is_code], *(block * spread / np.sqrt(2) for block in levels)])


JUDGED = {
    "judged-smote": judged(smote_pairs),
    "judged-jitter": judged(smote_pairs, noise=NOISE),
    "judged-prowsyn": judged(prowsyn_pairs),
}

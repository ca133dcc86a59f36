"""Rows of which some cells are given: the others are drawn from their distribution given those."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor

from vaesynth._threads import single_thread, thread_pool
from vaesynth.drawing._strategies import Generators
from vaesynth.models import GaussianVAE
from vaesynth.nn import Rows, draw_levels, draw_normal, normal_log_prob

CHUNK = 8192
# Candidates of a row at first and at most, for each draw of it; more come where few of them are likely.
LEAST_CANDIDATES, MOST_CANDIDATES = 64, 2**17
CANDIDATES_PER_DRAW = 128
LEAST_EFFECTIVE = 16
# Markov steps after the choice among candidates: independent cells need more, as theirs are cheap and move the latents.
N_STEPS = {True: 12, False: 3}


@dataclass(frozen=True)
class GivenCells:
    """Rows of which some cells are given.

    Parameters
    ----------
    rows : Rows
        Encoded rows; cells that are not given may hold anything.
    is_given : Tensor of bool, shape (n_rows, n_values + n_codes)
        Which cells are given.
    log_shares : Tensor of shape (n_rows, n_classes)
        Logarithms of the probabilities of the classes before anything is given, up to a constant.
    """

    rows: Rows
    is_given: Tensor
    log_shares: Tensor

    def take(self, index: Tensor) -> GivenCells:
        """Return the rows at these positions."""
        return GivenCells(self.rows.take(index), self.is_given[index], self.log_shares[index])


class _Particles(NamedTuple):
    """Draws of latents, class and cells, each of one of the given rows."""

    z: Tensor
    y: Tensor
    rows: Rows

    def take(self, index: Tensor) -> _Particles:
        return _Particles(self.z[index], self.y[index], self.rows.take(index))

    @classmethod
    def concatenate(cls, parts: list[_Particles]) -> _Particles:
        z, y, rows = zip(*parts, strict=True)
        return cls(torch.cat(z), torch.cat(y), Rows.concatenate(list(rows)))


def draw_given(
    model: GaussianVAE,
    given: GivenCells,
    counts: np.ndarray,
    seed: np.random.SeedSequence,
    n_jobs: int = 1,
) -> tuple[Rows, np.ndarray]:
    r"""Draw rows from p(x, y | given cells).

    Candidates are drawn from the prior with the given cells put in, weighted by the likelihood of those cells, and
    chosen by weight (sampling-importance-resampling). Their number grows until enough of them have weight, or to
    128 for each row. Markov steps follow that keep p(z, x | given): latents move by proposals of the encoder, cells by
    those of the decoder (Metropolis within Gibbs). They lead to where no candidate of the prior was, and apart what
    has come of the same candidate.

    Parameters
    ----------
    model : GaussianVAE
        The trained model of a table.
    given : GivenCells
        What is given.
    counts : ndarray of int, shape (n_given,)
        Draws of each given row, at least 1.
    seed : SeedSequence
        Source of the draws.
    n_jobs : int, default=1
        Threads; the rows do not depend on their number.

    Returns
    -------
    rows : Rows
        Draws of the first given row, then of the second, and so on.
    classes : ndarray of int64, shape (sum of counts,)
        Class codes.

    References
    ----------
    Rubin, "Using the SIR algorithm to simulate posterior distributions", Bayesian Statistics 3, 1988; Mattei, Frellsen,
    "Leveraging the Exact Likelihood of Deep Latent Variable Models", NeurIPS 2018 (Metropolis within Gibbs).
    """
    run = _Run(model, given, n_jobs)
    with torch.no_grad(), single_thread():
        owners = np.repeat(np.arange(len(counts)), counts)
        chosen = run.choose(counts, seed)
        moved = run.map(run.move, owners, seed, chosen)
    return moved.rows, moved.y.cpu().numpy()


@dataclass(frozen=True)
class _Run:
    """Draws given some cells, in chunks of bounded memory, each from a seed of its own."""

    model: GaussianVAE
    given: GivenCells
    n_jobs: int

    def map(
        self,
        function: Callable[..., Any],
        owners: np.ndarray,
        seed: np.random.SeedSequence,
        particles: _Particles | None = None,
    ) -> Any:
        """Apply a function to the given rows of each chunk, its generator and, where there are any, its particles."""
        starts = range(0, len(owners), CHUNK)
        seeds = seed.spawn(len(starts))

        def apply(start: int, chunk_seed: np.random.SeedSequence) -> Any:
            with torch.no_grad():
                part = torch.arange(start, min(start + CHUNK, len(owners)))
                chosen = torch.from_numpy(owners)[part].to(self.model.device)
                generator = Generators.from_seed(chunk_seed).tensor
                own = [] if particles is None else [particles.take(part.to(self.model.device))]
                return function(self.given.take(chosen), generator, *own)

        with thread_pool(min(self.n_jobs, len(starts))) as pool:
            parts = list((map if pool is None else pool.map)(apply, starts, seeds))
        if particles is not None:
            return _Particles.concatenate(parts)
        drawn, weights = zip(*parts, strict=True)
        return _Particles.concatenate(list(drawn)), torch.cat(weights).double().cpu().numpy()

    def choose(self, counts: np.ndarray, seed: np.random.SeedSequence) -> _Particles:
        """Draw candidates until enough of them have weight, and choose among them."""
        most = np.clip(CANDIDATES_PER_DRAW * counts, 2048, MOST_CANDIDATES)
        wanted = np.maximum(LEAST_EFFECTIVE, counts)
        sizes = np.zeros(len(counts), dtype=np.int64)
        more = np.maximum(LEAST_CANDIDATES, 2 * counts)
        parts, weights, owners = [], [], np.zeros(0, dtype=np.int64)
        while more.any():
            of_round = np.repeat(np.arange(len(counts)), more)
            drawn, log_weight = self.map(self.propose, of_round, seed)
            parts.append(drawn)
            weights.append(log_weight)
            owners = np.concatenate([owners, of_round])
            sizes += more
            shares = _normalize(np.concatenate(weights), owners, len(counts))
            effective = 1 / np.bincount(owners, shares**2, len(counts))
            more = np.where((effective < wanted) & (sizes < most), 3 * sizes, 0)
        generator = Generators.from_seed(seed.spawn(1)[0]).array
        index = _resample(owners, shares, counts, generator)
        return _Particles.concatenate(parts).take(torch.from_numpy(index).to(self.model.device))

    def propose(self, given: GivenCells, generator: torch.Generator) -> tuple[_Particles, Tensor]:
        """Draw candidates from the prior, and return the log-likelihood of what is given."""
        y = draw_levels(given.log_shares.softmax(1), generator)
        z = self.model.prior.sample(y, generator)
        outputs = self.model.decode(z, y)
        head = self.model.head
        rows, log_weight = head.sample_given(outputs, given.rows, given.is_given, generator)
        return _Particles(z, y, rows), log_weight

    def move(
        self, given: GivenCells, generator: torch.Generator, particles: _Particles
    ) -> _Particles:
        """Take Markov steps that keep the distribution of latents and cells given the given cells."""
        (z, y, rows), head = particles, self.model.head
        for _ in range(N_STEPS[head.has_residual]):
            z = self._move_latents(z, y, rows, generator)
            outputs = self.model.decode(z, y)
            rows = head.redraw_given(outputs, rows, given.is_given, generator)
        return _Particles(z, y, rows)

    def _move_latents(self, z: Tensor, y: Tensor, rows: Rows, generator: torch.Generator) -> Tensor:
        """Propose latents by the encoder, and take them with the chance that p(z | x) asks for."""
        mean, log_var = self.model.encode(rows, y)
        proposed = draw_normal(mean, log_var, generator)

        def weigh(points: Tensor) -> Tensor:
            standardized = (points - mean) * (-0.5 * log_var).exp()
            of_proposal = (normal_log_prob(standardized) - 0.5 * log_var).sum(1)
            likelihood = self.model.head.log_prob(self.model.decode(points, y), rows)
            return likelihood + self.model.prior.log_prob(points, y) - of_proposal

        gain = weigh(proposed) - weigh(z)
        chance = torch.rand(gain.shape, generator=generator).to(gain)
        return torch.where((chance.log() < gain)[:, None], proposed, z)


def _normalize(log_weight: np.ndarray, owners: np.ndarray, n_owners: int) -> np.ndarray:
    """Return weights that sum to one over the candidates of each owner."""
    largest = np.full(n_owners, -np.inf)
    np.maximum.at(largest, owners, log_weight)
    weight = np.exp(log_weight - largest[owners])
    return weight / np.bincount(owners, weight, n_owners)[owners]


def _resample(
    owners: np.ndarray, shares: np.ndarray, counts: np.ndarray, generator: np.random.Generator
) -> np.ndarray:
    """Choose candidates of each owner in proportion to their shares, by systematic sampling, in random order."""
    order = np.argsort(owners, kind="stable")
    of_draw = np.repeat(np.arange(len(counts)), counts)
    rank = np.arange(len(of_draw)) - np.repeat(np.cumsum(counts) - counts, counts)
    marks = (rank + generator.random(len(counts))[of_draw]) / counts[of_draw]
    sizes = np.bincount(owners, minlength=len(counts))
    ends = np.cumsum(sizes)
    # The sum of each owner runs from its number to the next.
    place = np.searchsorted(np.cumsum(shares[order]), of_draw + marks, side="right")
    place = np.clip(place, (ends - sizes)[of_draw], ends[of_draw] - 1)
    shuffled = np.lexsort((generator.random(len(of_draw)), of_draw))
    return order[place[shuffled]]

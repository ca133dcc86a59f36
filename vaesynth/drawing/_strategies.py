"""Ways to draw new rows of a class: from its prior, around real rows, between real rows, by copies with noise."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import NamedTuple, Protocol

import numpy as np
import torch
from torch import Tensor

from vaesynth.drawing._neighbor_hulls import NUMBERS_AT_ONCE, follow_neighbors
from vaesynth.drawing._parents import Parents, class_codes
from vaesynth.models import GaussianVAE
from vaesynth.nn import Rows


class Draw(NamedTuple):
    """New rows and, where the strategy has them, the positions of their real parents, shape (n_rows, n_parents).

    Examples
    --------
    >>> import torch
    >>> from vaesynth.nn import Rows
    >>> empty = torch.zeros(2, 0)
    >>> Draw(Rows(empty, empty, torch.zeros(2, 1, dtype=torch.int64)), None).rows.n_rows
    2
    """

    rows: Rows
    parents: np.ndarray | None


class Strategy(Protocol):
    """A way to draw `n` new rows of a class; `parents` are its real rows, for the strategies that start from them."""

    def draw(
        self,
        model: GaussianVAE,
        label: int,
        n: int,
        generators: Generators,
        parents: Parents | None,
    ) -> Draw:
        """Draw `n` rows of the class with code `label`."""


class Generators(NamedTuple):
    """The private random sources of one draw.

    Examples
    --------
    >>> Generators.from_seed(0).array.random() == Generators.from_seed(0).array.random()
    True
    """

    array: np.random.Generator
    tensor: torch.Generator

    @classmethod
    def from_seed(cls, seed: int | np.random.SeedSequence) -> Generators:
        """Make both sources from one seed."""
        array = np.random.default_rng(seed)
        return cls(array, torch.Generator().manual_seed(int(array.integers(2**63))))

    def normal(self, like: Tensor) -> Tensor:
        """Draw standard normal noise of the shape and device of `like`."""
        return torch.randn(like.shape, generator=self.tensor).to(like.device)


@dataclass(frozen=True)
class PriorDraw:
    """Draw the latent point from p(z | y) and the row from the decoder's likelihood.

    Parameters
    ----------
    likeliest : bool, default=False
        Whether to give the likeliest row at the latent point in place of a draw, as is usual for images.

    Examples
    --------
    >>> import torch
    >>> from vaesynth.models import GaussianVAE
    >>> model = GaussianVAE.for_table(2, [], 2, 1, [8], torch.Generator().manual_seed(0))
    >>> with torch.no_grad():
    ...     drawn = PriorDraw().draw(model, 1, 5, Generators.from_seed(0), None)
    >>> drawn.rows.n_rows, drawn.parents
    (5, None)
    """

    likeliest: bool = False

    def draw(
        self,
        model: GaussianVAE,
        label: int,
        n: int,
        generators: Generators,
        parents: Parents | None,
    ) -> Draw:
        """Draw `n` rows of the class with code `label`."""
        y = class_codes(label, n, model.device)
        outputs = model.decode(model.prior.sample(y, generators.tensor), y)
        head = model.head
        rows = head.mode(outputs) if self.likeliest else head.sample(outputs, generators.tensor)
        return Draw(rows, None)


@dataclass(frozen=True)
class PosteriorDraw:
    """Draw the latent point from the posterior of a real row and carry over the row's residual.

    Parameters
    ----------
    noise_scale : float, default=1.0
        Factor of the posterior's standard deviation.

    Examples
    --------
    >>> PosteriorDraw(noise_scale=0.5)
    PosteriorDraw(noise_scale=0.5)
    """

    noise_scale: float = 1.0

    def draw(
        self,
        model: GaussianVAE,
        label: int,
        n: int,
        generators: Generators,
        parents: Parents | None,
    ) -> Draw:
        """Draw `n` rows of the class with code `label`."""
        parents = require_parents(parents, self)
        chosen = parents.choose(n, generators.array)
        share = torch.zeros(n, device=parents.mean.device)
        rows = _draw_between(model, parents, chosen, chosen, share, self.noise_scale, generators)
        return Draw(rows, parents.positions[chosen][:, None])


@dataclass(frozen=True)
class NeighborDraw:
    """Draw a point between the latent means of two neighbouring real rows, with noise of the posterior's scale.

    The decoder bends the line along the class; the interpolated residuals of both rows give back what it smooths away.
    Where the real rows come with a scale of their numbers, new numbers are combinations of the row and its neighbours
    in the units of their columns, so that what holds among columns, such as a sum or an order, holds in new rows too.

    Parameters
    ----------
    k_neighbors : int, default=10
        Number of neighbours in latent space to choose the second row from.
    noise_scale : float, default=1.0
        Factor of the posterior's standard deviation.
    max_reference : int, default=20_000
        Largest number of rows among which all neighbours are looked for; in a larger class, a random quarter of this
        number, drawn again for every few thousand rows, represents all rows.

    Examples
    --------
    >>> NeighborDraw(k_neighbors=3).noise_scale
    1.0
    """

    k_neighbors: int = 10
    noise_scale: float = 1.0
    max_reference: int = 20_000

    def draw(
        self,
        model: GaussianVAE,
        label: int,
        n: int,
        generators: Generators,
        parents: Parents | None,
    ) -> Draw:
        """Draw `n` rows of the class with code `label`."""
        parents = require_parents(parents, self)
        first = parents.choose(n, generators.array)
        near = parents.find_neighbors(first, self.k_neighbors, self.max_reference, generators.array)
        picked = generators.array.integers(0, near.shape[1], n)
        second = near[np.arange(n), picked]
        share = torch.rand(n, generator=generators.tensor).to(parents.mean.device)
        around = _Surroundings(near, picked)
        rows = _draw_between(
            model, parents, first, second, share, self.noise_scale, generators, around
        )
        return Draw(rows, parents.positions[np.column_stack([first, second])])


@dataclass(frozen=True)
class JitterDraw:
    """Copy a real row and add noise to its numbers; its categories stay.

    Parameters
    ----------
    scale : float, default=0.05
        Standard deviation of the noise as a share of the column's own.

    Examples
    --------
    >>> JitterDraw(scale=0.1)
    JitterDraw(scale=0.1)
    """

    scale: float = 0.05

    def draw(
        self,
        model: GaussianVAE,
        label: int,
        n: int,
        generators: Generators,
        parents: Parents | None,
    ) -> Draw:
        """Draw `n` rows of the class with code `label`."""
        parents = require_parents(parents, self)
        chosen = parents.choose(n, generators.array)
        values, present, codes = parents.rows.take(torch.from_numpy(chosen))
        noisy = (values + self.scale * generators.normal(values)) * present
        return Draw(Rows(noisy, present, codes), parents.positions[chosen][:, None])


# What a sampler calls the ways to draw, each made from its `k_neighbors` and its `noise_scale`. Draws between
# neighbours are combinations if the source has a scale of numbers.
SAMPLING_METHODS: Mapping[str, Callable[[int, float], Strategy]] = {
    "neighbors": NeighborDraw,
    "combinations": NeighborDraw,
    "posterior": lambda k_neighbors, noise_scale: PosteriorDraw(noise_scale),
    "prior": lambda k_neighbors, noise_scale: PriorDraw(),
}


def concatenate_draws(draws: list[Draw]) -> Draw:
    """Stack draws of one strategy."""
    rows = Rows.concatenate([draw.rows for draw in draws])
    parents = [draw.parents for draw in draws if draw.parents is not None]
    return Draw(rows, np.concatenate(parents) if parents else None)


def require_parents(parents: Parents | None, strategy: object) -> Parents:
    """Return the parents, or raise where the strategy needs them and there are none."""
    if parents is None:
        raise ValueError(
            f"{type(strategy).__name__} must be given real rows to start from, got none"
        )
    return parents


def _draw_between(
    model: GaussianVAE,
    parents: Parents,
    first: np.ndarray,
    second: np.ndarray,
    share: Tensor,
    noise_scale: float,
    generators: Generators,
    around: _Surroundings | None = None,
) -> Rows:
    """Draw rows between pairs of real rows; numbers follow what is `around` the first ones, where it is given."""
    device = parents.mean.device
    i, j = torch.from_numpy(first).to(device), torch.from_numpy(second).to(device)
    y = class_codes(parents.label, len(first), device)
    mean = torch.lerp(parents.mean[i], parents.mean[j], share[:, None])
    scale = torch.lerp(parents.scale[i], parents.scale[j], share[:, None])
    z = mean + noise_scale * scale * generators.normal(mean)
    if not model.head.can_carry:
        drawn: Rows = model.head.sample(model.decode(z, y), generators.tensor)
        return drawn
    carried = torch.lerp(parents.residual(model, i), parents.residual(model, j), share[:, None])
    expected = model.head.mean(model.decode(z, y)) + carried
    if around is not None:
        _keep_relations(parents, first, around, share, expected)
    moved: Rows = model.head.sample_at_mean(expected, generators.tensor, parents.span)
    return moved


class _Surroundings(NamedTuple):
    """Neighbours of rows, shape (n_rows, n_neighbors), and which of them was picked, shape (n_rows,)."""

    near: np.ndarray
    picked: np.ndarray


def _keep_relations(
    parents: Parents, first: np.ndarray, around: _Surroundings, share: Tensor, expected: Tensor
) -> None:
    """Move expected values, in place, to combinations of real rows in the units of their columns.

    Values that the first row does not have stay.
    """
    scale, numbers = parents.number_scale, parents.numbers
    if scale is None or numbers is None:
        return
    n_values = numbers.shape[1]
    values = expected[:, :n_values].double().cpu().numpy()
    shares = share.double().cpu().numpy()
    size = max(1, NUMBERS_AT_ONCE // (around.near.shape[1] * n_values))
    for begin in range(0, len(first), size):
        part = slice(begin, begin + size)
        origin, neighbors = numbers[first[part]], numbers[around.near[part]]
        wanted = scale.to_numbers(values[part])
        is_there = np.isfinite(origin) & np.isfinite(wanted)
        origin, wanted = np.where(is_there, origin, 0.0), np.where(is_there, wanted, 0.0)
        has_all = is_there[:, None] & np.isfinite(neighbors)
        neighbors = np.where(has_all, neighbors, origin[:, None])
        followed = follow_neighbors(wanted, origin, neighbors, around.picked[part], shares[part])
        moved = torch.from_numpy(scale.to_values(followed)).to(expected)
        kept = torch.from_numpy(is_there).to(expected.device)
        expected[part, :n_values] = torch.where(kept, moved, expected[part, :n_values])

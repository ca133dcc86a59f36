"""Draws of the rows of each batch, made in advance for an epoch."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import torch
from torch import Tensor


def balanced_probabilities(y: Tensor, weight: Tensor, balance: float = 1.0) -> Tensor:
    """Return the probability of each row such that every class is equally likely and rows of a class go by weight.

    With `balance` below 1 a class of n rows of positive weight is as likely as ``n ** (1 - balance)``: 0 gives the
    classes their own shares.

    Examples
    --------
    >>> import torch
    >>> balanced_probabilities(torch.tensor([0, 0, 0, 1]), torch.tensor([1.0, 1.0, 2.0, 5.0])).tolist()
    [0.125, 0.125, 0.25, 0.5]
    >>> balanced_probabilities(torch.tensor([0, 0, 0, 1]), torch.ones(4), 0.0).tolist()
    [0.25, 0.25, 0.25, 0.25]
    """
    totals = torch.zeros(int(y.max()) + 1, dtype=torch.float64).index_add_(0, y, weight.double())
    n_rows = torch.bincount(y[weight > 0], minlength=len(totals)).double()
    shares = class_shares(torch.where(totals > 0, n_rows.clamp_min(1), 0.0), balance)
    return weight.double() / totals[y].clamp_min(1e-300) * shares[y]


def class_shares(n_rows: Tensor, balance: float) -> Tensor:
    """Return the probability of each class in a batch, from its number of rows; a class of none has none.

    Examples
    --------
    >>> import torch
    >>> class_shares(torch.tensor([9.0, 0.0, 1.0]), 0.5).tolist()
    [0.75, 0.0, 0.25]
    """
    shares = torch.where(n_rows > 0, n_rows ** (1 - balance), 0.0)
    return shares / shares.sum()


def draw_epoch(probabilities: Tensor, n_draws: int, generator: torch.Generator) -> Tensor:
    """Draw row numbers with the given probabilities, stratified over the whole epoch.

    One uniform number falls into each of `n_draws` equal strata, so a row of probability p is drawn at least
    floor(p·n_draws) - 1 times. This is close to a pass without replacement, for any weights.

    Parameters
    ----------
    probabilities : Tensor of shape (n_rows,)
        Probabilities that sum to one.
    n_draws : int
        Number of draws.
    generator : torch.Generator
        Source of the draws.

    Returns
    -------
    Tensor of shape (n_draws,), int64

    Examples
    --------
    >>> import torch
    >>> drawn = draw_epoch(torch.tensor([0.75, 0.25]), 8, torch.Generator().manual_seed(0))
    >>> torch.bincount(drawn).tolist()
    [6, 2]
    """
    cumulated = probabilities.cumsum(0)
    marks = draw_marks(n_draws, generator)
    drawn = torch.searchsorted(cumulated, marks * cumulated[-1], right=True)
    return drawn.clamp_max(int(probabilities.nonzero().max()))


def draw_marks(n_draws: int, generator: torch.Generator) -> Tensor:
    """Draw one number from each of `n_draws` equal parts of [0, 1), in random order.

    Examples
    --------
    >>> import torch
    >>> marks = draw_marks(4, torch.Generator().manual_seed(0))
    >>> (4 * marks.sort().values).floor().tolist()
    [0.0, 1.0, 2.0, 3.0]
    """
    strata = torch.randperm(n_draws, generator=generator).double()
    return (strata + torch.rand(n_draws, generator=generator, dtype=torch.float64)) / n_draws


@dataclass(frozen=True)
class RowDraws:
    """Batches of rows, each drawn with its probability.

    Parameters
    ----------
    probabilities : Tensor of shape (n_rows,)
        Probabilities that sum to one.

    Examples
    --------
    >>> import torch
    >>> draws = RowDraws(torch.tensor([0.5, 0.5]))
    >>> [batch.sort().values.tolist() for batch in draws.epoch(1, 4, torch.Generator())]
    [[0, 0, 1, 1]]
    """

    probabilities: Tensor

    @property
    def n_rows(self) -> int:
        """Number of rows."""
        return len(self.probabilities)

    def epoch(
        self, n_batches: int, batch_size: int, generator: torch.Generator
    ) -> Iterator[Tensor]:
        """Return the positions of the rows in each batch."""
        yield from draw_epoch(self.probabilities, n_batches * batch_size, generator).split(
            batch_size
        )


def draw_poisson_epoch(
    n_rows: int, rate: float, n_batches: int, generator: torch.Generator
) -> Iterator[Tensor]:
    """Draw batches in which each row takes part independently with the same probability; a batch may be empty.

    Examples
    --------
    >>> import torch
    >>> batches = draw_poisson_epoch(1000, 0.1, 2, torch.Generator().manual_seed(0))
    >>> [80 < len(batch) < 120 for batch in batches]
    [True, True]
    """
    for _ in range(n_batches):
        drawn = torch.rand(n_rows, generator=generator, dtype=torch.float64) < rate
        yield drawn.nonzero()[:, 0]

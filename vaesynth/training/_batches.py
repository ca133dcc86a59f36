"""Which rows go into which batch, drawn ahead for an epoch."""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch import Tensor


def balanced_probabilities(y: Tensor, weight: Tensor) -> Tensor:
    """Probability of each row such that every class is equally likely and rows of a class go by weight.

    Examples
    --------
    >>> import torch
    >>> balanced_probabilities(torch.tensor([0, 0, 0, 1]), torch.tensor([1.0, 1.0, 2.0, 5.0])).tolist()
    [0.125, 0.125, 0.25, 0.5]
    """
    totals = torch.zeros(int(y.max()) + 1, dtype=torch.float64).index_add_(0, y, weight.double())
    n_present = int((totals > 0).sum())
    return weight.double() / (totals[y].clamp_min(1e-300) * n_present)


def draw_epoch(probabilities: Tensor, n_draws: int, generator: torch.Generator) -> Tensor:
    """Draw row numbers with the given probabilities, stratified over the whole epoch.

    One uniform number falls into each of `n_draws` equal strata, so that a row of probability p is drawn
    floor(p·n_draws) times at least, less one: close to a pass without replacement, whatever the weights.

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
    strata = torch.randperm(n_draws, generator=generator).double()
    marks = (strata + torch.rand(n_draws, generator=generator, dtype=torch.float64)) / n_draws
    drawn = torch.searchsorted(cumulated, marks * cumulated[-1], right=True)
    return drawn.clamp_max(int(probabilities.nonzero().max()))


def draw_poisson_epoch(
    n_rows: int, rate: float, n_batches: int, generator: torch.Generator
) -> Iterator[Tensor]:
    """Draw batches in which every row takes part with the same probability, by itself; a batch may be empty.

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

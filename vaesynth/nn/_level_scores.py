"""Log-probabilities of picked levels under many categorical distributions that lie side by side in one matrix."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor, nn

from vaesynth.nn._precision import full_precision

# Tables whose sums are taken in one matrix product: its cost for each level grows with them.
GROUP = 64


class LevelScores(nn.Module):
    """Log-probability of one level of each table of logits, summed over the tables.

    Sums over the levels of all tables are one product with a matrix of zeros and ones, and what the gradient needs is
    kept from the forward pass: a handful of operations on the whole matrix in place of a dozen on each table.

    Parameters
    ----------
    widths : sequence of int
        Room of each table in a row of logits, one after the other.
    n_levels : sequence of int
        Levels of each table, at most its room; what is beyond counts for nothing.

    Examples
    --------
    >>> import torch
    >>> scores = LevelScores([2, 3], [2, 2])
    >>> scores(torch.zeros(1, 5), torch.tensor([[1, 2]])).exp()
    tensor([0.2500])
    """

    def __init__(self, widths: Sequence[int], n_levels: Sequence[int]) -> None:
        super().__init__()
        self.sizes: list[int] = []
        for number, first in enumerate(range(0, len(widths), GROUP)):
            rooms, levels = widths[first : first + GROUP], n_levels[first : first + GROUP]
            owner = torch.repeat_interleave(torch.eye(len(rooms)), torch.tensor(rooms), dim=0)
            self.register_buffer(f"owner_{number}", owner, persistent=False)
            closed = _close(rooms, levels) if list(rooms) != list(levels) else None
            self.register_buffer(f"closed_{number}", closed, persistent=False)
            self.sizes.append(len(owner))

    def forward(self, logits: Tensor, places: Tensor) -> Tensor:
        """Score the level at each of the `places` among the logits of its row, one in each table.

        Parameters
        ----------
        logits : Tensor of shape (n_rows, sum of widths)
            Logits of all tables.
        places : Tensor of shape (n_rows, n_tables), int64
            Positions in a row of logits, in the order of the tables.

        Returns
        -------
        Tensor of shape (n_rows,)
            Nats.
        """
        total = logits.new_zeros(len(logits))
        if not self.sizes:
            return total
        parts = [logits] if len(self.sizes) == 1 else logits.split(self.sizes, dim=1)
        start = 0
        for number, (part, own) in enumerate(zip(parts, places.split(GROUP, dim=1), strict=True)):
            owner, closed = getattr(self, f"owner_{number}"), getattr(self, f"closed_{number}")
            opened = part if closed is None else part + closed
            with full_precision(opened):
                total = total + _GroupScore.apply(opened, own - start, owner)[0]
            start += self.sizes[number]
        return total


def _close(widths: Sequence[int], n_levels: Sequence[int]) -> Tensor:
    """Give what closes the room beyond the levels: -inf there, 0 elsewhere."""
    return torch.cat(
        [
            torch.zeros(width).masked_fill(torch.arange(width) >= n, -torch.inf)
            for width, n in zip(widths, n_levels, strict=True)
        ]
    )


def _reference(logits: Tensor, picked: Tensor) -> Tensor:
    """Logit of each table that counts as 0 in its exponentials, shape (n_rows, n_tables).

    With the picked one no sum falls below 1. Where a picked level is hopeless the largest logit of the row says how far
    the others may lie above it before their exponentials overflow. Only of tables that lie further apart than the
    range of the floats, as those of a diverged network may, a score is not finite.
    """
    room = 0.9 * math.log(torch.finfo(logits.dtype).max)
    return torch.maximum(picked, logits.amax(1, keepdim=True) - room)


class _GroupScore(torch.autograd.Function):
    """Scores of one group of tables, with `softmax - one-hot` as the gradient of their negative."""

    generate_vmap_rule = True

    @staticmethod
    def forward(logits: Tensor, places: Tensor, owner: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Nats of the picked levels, and the exponentials and their sums that the gradient needs."""
        picked = logits.gather(1, places)
        reference = _reference(logits, picked)
        exponentials = (logits - reference @ owner.T).exp()
        sums = exponentials @ owner
        return (picked - reference - sums.log()).sum(1), exponentials, sums

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple, output: tuple) -> None:
        """Keep what the gradient needs."""
        _, places, owner = inputs
        _, exponentials, sums = output
        ctx.mark_non_differentiable(exponentials, sums)
        ctx.save_for_backward(places, owner, exponentials, sums)

    @staticmethod
    def backward(ctx: Any, gradient: Tensor, *_: Tensor) -> tuple[Tensor | None, ...]:
        """One-hot minus softmax, times the gradient of each row."""
        places, owner, exponentials, sums = ctx.saved_tensors
        rows = gradient[:, None]
        of_logits = ((-rows / sums) @ owner.T) * exponentials
        one_hot = rows.expand(places.shape)
        return of_logits.scatter_add(1, places, one_hot), None, None

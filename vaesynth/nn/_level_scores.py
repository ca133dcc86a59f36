"""Log-probabilities of picked levels under many categorical distributions that lie side by side in one matrix."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor, nn

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
        self.runs: list[list[tuple[int, int]]] = []
        for number, first in enumerate(range(0, len(widths), GROUP)):
            rooms, levels = widths[first : first + GROUP], n_levels[first : first + GROUP]
            owner = torch.repeat_interleave(torch.eye(len(rooms)), torch.tensor(rooms), dim=0)
            self.register_buffer(f"owner_{number}", owner, persistent=False)
            closed = _close(rooms, levels) if list(rooms) != list(levels) else None
            self.register_buffer(f"closed_{number}", closed, persistent=False)
            self.sizes.append(len(owner))
            self.runs.append(_runs(rooms))

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
            total = total + _GroupScore.apply(opened, own - start, owner, self.runs[number])[0]
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


def _runs(widths: Sequence[int]) -> list[tuple[int, int]]:
    """Numbers of equal widths in a row, and these widths."""
    runs: list[tuple[int, int]] = []
    for width in widths:
        if runs and runs[-1][1] == width:
            runs[-1] = (runs[-1][0] + 1, width)
        else:
            runs.append((1, width))
    return runs


def _largest(logits: Tensor, runs: Sequence[tuple[int, int]]) -> Tensor:
    """Largest logit of each table, shape (n_rows, n_tables)."""
    parts = logits.split([n_tables * width for n_tables, width in runs], dim=1)
    return torch.cat(
        [
            part.unflatten(1, (n_tables, width)).amax(2)
            for part, (n_tables, width) in zip(parts, runs, strict=True)
        ],
        dim=1,
    )


class _GroupScore(torch.autograd.Function):
    """Scores of one group of tables, with `softmax - one-hot` as the gradient of their negative."""

    generate_vmap_rule = True

    @staticmethod
    def forward(
        logits: Tensor,
        places: Tensor,
        owner: Tensor,
        runs: Sequence[tuple[int, int]],
    ) -> tuple[Tensor, Tensor, Tensor]:
        """Nats of the picked levels, and the exponentials and their sums that the gradient needs."""
        largest = _largest(logits, runs)
        exponentials = (logits - largest @ owner.T).exp()
        sums = exponentials @ owner
        picked = logits.gather(1, places)
        return (picked - largest - sums.log()).sum(1), exponentials, sums

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple, output: tuple) -> None:
        """Keep what the gradient needs."""
        _, places, owner, _ = inputs
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
        return of_logits.scatter_add(1, places, one_hot), None, None, None

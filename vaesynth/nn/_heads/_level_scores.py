"""Log-probabilities of picked levels under many categorical distributions that lie side by side in one matrix."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import groupby
from typing import Any

import torch
from torch import Tensor, nn

from vaesynth.nn._normal import full_precision

# Tables whose sums are taken in one matrix product: its cost for each level grows with them.
GROUP = 64


class LevelScores(nn.Module):
    """Log-probability of one level of each table of logits, summed over the tables.

    Sums over the levels of all tables are one product with a matrix of zeros and ones. The forward pass keeps what the
    gradient needs. This takes a few operations on the whole matrix instead of a dozen on each table.

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
        # Tables in succession that have the same room, as (number, room).
        self.runs: list[tuple[tuple[int, int], ...]] = []
        for number, first in enumerate(range(0, len(widths), GROUP)):
            rooms, levels = widths[first : first + GROUP], n_levels[first : first + GROUP]
            owner = torch.repeat_interleave(torch.eye(len(rooms)), torch.tensor(rooms), dim=0)
            is_level = _are_levels(rooms, levels)
            counted = owner * is_level[:, None]
            beyond = None if is_level.all() else is_level == 0
            self.register_buffer(f"owner_{number}", owner, persistent=False)
            self.register_buffer(f"counted_{number}", counted, persistent=False)
            self.register_buffer(f"beyond_{number}", beyond, persistent=False)
            self.sizes.append(len(owner))
            self.runs.append(tuple((len([*run]), room) for room, run in groupby(rooms)))

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
        for part, own, *of_group in self._groups(logits, places):
            with full_precision(part):
                total = total + _score_group(part, own, *of_group)[0]
        return total

    def evaluate(self, logits: Tensor, places: Tensor) -> tuple[Tensor, list[Tensor]]:
        """Return the scores of a call and the values that `gradient` needs, without autograd."""
        total, kept = logits.new_zeros(logits.shape[0]), []
        for group in self._groups(logits, places):
            scores, *needed = _GroupScore.forward(*group)
            total = total + scores
            kept += needed
        return total, kept

    def gradient(self, places: Tensor, kept: Sequence[Tensor], of_scores: Tensor) -> Tensor:
        """Return the gradient of the logits, in their shape, from the places and the values that `evaluate` kept."""
        groups = self._groups(None, places)
        parts = [
            _of_logits(own, counted, exponentials, sums, of_scores[:, None])
            for (_, own, _, counted, *_), exponentials, sums in zip(
                groups, kept[::2], kept[1::2], strict=True
            )
        ]
        if not parts:
            return of_scores.new_zeros(len(of_scores), 0)
        return parts[0] if len(parts) == 1 else torch.cat(parts, dim=1)

    def _groups(self, logits: Tensor | None, places: Tensor) -> Iterator[tuple[Any, ...]]:
        """Return the arguments of `_GroupScore` for each group of tables."""
        parts = [logits] * len(self.sizes)
        if logits is not None and len(self.sizes) > 1:
            parts = list(logits.split(self.sizes, dim=1))
        start = 0
        for number, (part, size) in enumerate(zip(parts, self.sizes, strict=True)):
            own = places if len(parts) == 1 else places[:, number * GROUP : (number + 1) * GROUP]
            names = ("owner", "counted", "beyond")
            buffers = [getattr(self, f"{name}_{number}") for name in names]
            yield part, own - start if start else own, *buffers, self.runs[number]
            start += size


def _are_levels(widths: Sequence[int], n_levels: Sequence[int]) -> Tensor:
    """Tell levels, 1, from the room beyond them, 0."""
    return torch.cat(
        [torch.arange(width) < n for width, n in zip(widths, n_levels, strict=True)]
    ).float()


def _largest(logits: Tensor, beyond: Tensor | None, runs: Sequence[tuple[int, int]]) -> Tensor:
    """Return the largest logit of each table, shape (n_rows, n_tables).

    It counts as 0 in the exponentials of its table, so no exponential overflows and no sum falls below 1, for any
    differences between tables. Tables may drift apart, because a constant added to all logits of a table does not
    change its scores.
    """
    levels = logits if beyond is None else logits.masked_fill(beyond, -torch.inf)
    parts = levels.split([n_tables * room for n_tables, room in runs], dim=1)
    return torch.cat(
        [
            part.unflatten(1, (n_tables, room)).amax(2)
            for part, (n_tables, room) in zip(parts, runs, strict=True)
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
        counted: Tensor,
        beyond: Tensor | None,
        runs: tuple[tuple[int, int], ...],
    ) -> tuple[Tensor, Tensor, Tensor]:
        """Return the nats of the picked levels, and the exponentials and their sums that the gradient needs.

        The room beyond the levels of a table has an owner and is cut, so that its exponentials do not overflow, but it
        is not counted: exponentials of -inf would take six times as long.
        """
        picked = logits.gather(1, places)
        reference = _largest(logits, beyond, runs)
        exponentials = torch.addmm(logits, reference, owner.T, alpha=-1)
        if beyond is not None:
            exponentials.clamp_max_(0)
        exponentials.exp_()
        sums = exponentials @ counted
        return (picked - reference - sums.log()).sum(1), exponentials, sums

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple[Any, ...], output: tuple[Any, ...]) -> None:
        """Keep what the gradient needs."""
        _, places, _, counted, *_ = inputs
        _, exponentials, sums = output
        ctx.mark_non_differentiable(exponentials, sums)
        ctx.set_materialize_grads(False)
        ctx.save_for_backward(places, counted, exponentials, sums)

    @staticmethod
    def backward(ctx: Any, gradient: Tensor, *_: Tensor) -> tuple[Tensor | None, ...]:
        """Return one-hot minus softmax, times the gradient of each row."""
        places, counted, exponentials, sums = ctx.saved_tensors
        of_logits = _of_logits(places, counted, exponentials, sums, gradient[:, None])
        return of_logits, None, None, None, None, None


_score_group: Callable[..., tuple[Tensor, Tensor, Tensor]] = _GroupScore.apply


def _of_logits(
    places: Tensor, counted: Tensor, exponentials: Tensor, sums: Tensor, of_rows: Tensor
) -> Tensor:
    of_logits = ((-of_rows / sums) @ counted.T).mul_(exponentials)
    return of_logits.scatter_add_(1, places, of_rows.expand(places.shape))

"""The likelihood of codes, which are scored together in a few batched operations."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from vaesynth.nn._heads._level_scores import LevelScores
from vaesynth.nn._rows import Rows

# Multiples of this step around a circle of length one leave smaller gaps than those of any other.
_GOLDEN_RATIO = (5**0.5 - 1) / 2


@dataclass(frozen=True)
class CodeBlock:
    """Codes of similar cardinality, scored together: `columns` padded to `width` levels."""

    columns: tuple[int, ...]
    width: int
    start: int

    @property
    def stop(self) -> int:
        """Return the end of the block among the decoder's outputs."""
        return self.start + len(self.columns) * self.width


def plan_blocks(cardinalities: Sequence[int], max_padding: float = 1.25) -> list[CodeBlock]:
    """Group codes so that padding to the widest of a group wastes little.

    Examples
    --------
    >>> [(block.columns, block.width) for block in plan_blocks([3, 50, 48, 2])]
    [((1, 2), 50), ((0,), 3), ((3,), 2)]
    """
    blocks: list[CodeBlock] = []
    start = 0
    order = sorted(range(len(cardinalities)), key=lambda column: -cardinalities[column])
    while order:
        width = cardinalities[order[0]]
        members = [column for column in order if cardinalities[column] * max_padding >= width]
        blocks.append(CodeBlock(tuple(members), width, start))
        start = blocks[-1].stop
        order = order[len(members) :]
    return blocks


def draw_levels(probabilities: Tensor, generator: torch.Generator) -> Tensor:
    """Draw a level from each table of probabilities along the last axis; they need not sum to one.

    Examples
    --------
    >>> import torch
    >>> draw_levels(torch.tensor([[0.0, 2.0], [1.0, 0.0]]), torch.Generator().manual_seed(0))
    tensor([1, 0])
    """
    cumulated = probabilities.cumsum(-1)
    uniform = torch.rand((*cumulated.shape[:-1], 1), generator=generator)
    return _find_levels(cumulated, uniform.to(cumulated))


def draw_levels_evenly(probabilities: Tensor, generator: torch.Generator) -> Tensor:
    """Draw a level for each row of probabilities, so that similar rows share them as their probabilities say.

    Each row has its own distribution, as in `draw_levels`, but rows are not independent of each other: among rows whose
    probabilities are alike, the counts of the levels are nearly the expected ones. This is systematic sampling: one
    random number moves a sequence that is even in every stretch of the rows, sorted by their mean level.

    Parameters
    ----------
    probabilities : Tensor of shape (n_rows, n_levels)
        They need not sum to one.
    generator : torch.Generator
        Source of the random number.

    Returns
    -------
    Tensor of int64, shape (n_rows,)

    Examples
    --------
    >>> import torch
    >>> halves = torch.full((1_000, 2), 0.5)
    >>> 498 <= int(draw_levels_evenly(halves, torch.Generator().manual_seed(0)).sum()) <= 502
    True
    """
    cumulated = probabilities.double().cumsum(-1)
    # The higher the sum of what is cumulated, the lower the mean level.
    order = (cumulated / cumulated[:, -1:]).sum(-1).argsort(stable=True)
    shift = torch.rand((), generator=generator, dtype=torch.float64)
    steps = torch.arange(len(cumulated), dtype=torch.float64) * _GOLDEN_RATIO
    uniform = torch.empty_like(cumulated[:, :1])
    uniform[order, 0] = ((steps + shift) % 1).to(uniform)
    return _find_levels(cumulated, uniform)


def _find_levels(cumulated: Tensor, uniform: Tensor) -> Tensor:
    """Return the level in which each share of the total lies."""
    total = cumulated[..., -1:]
    drawn = torch.searchsorted(cumulated, uniform * total, right=True)
    # Where rounding puts the mark on the total itself, the last level of any probability is meant.
    last = (cumulated < total).sum(-1)
    return torch.minimum(drawn.squeeze(-1), last)


class CategoricalHead(nn.Module):
    """Categorical likelihood of the codes; all codes are scored in a few batched operations.

    Parameters
    ----------
    cardinalities : sequence of int
        Number of levels of each code.

    Examples
    --------
    >>> import torch
    >>> head = CategoricalHead([4, 2])
    >>> head.mean(torch.zeros(1, head.n_outputs)).tolist()
    [[0.25, 0.25, 0.25, 0.25, 0.5, 0.5]]
    """

    starts: Tensor
    order: Tensor

    def __init__(self, cardinalities: Sequence[int]) -> None:
        super().__init__()
        self.n_codes = len(cardinalities)
        self.blocks = plan_blocks(cardinalities)
        order = [column for block in self.blocks for column in block.columns]
        self.register_buffer("order", torch.tensor(order, dtype=torch.int64), persistent=False)
        self.n_outputs = self.blocks[-1].stop if self.blocks else 0
        starts = torch.zeros(self.n_codes, dtype=torch.int64)
        for number, block in enumerate(self.blocks):
            columns = list(block.columns)
            starts[columns] = block.start + block.width * torch.arange(len(columns))
            levels = torch.tensor([cardinalities[column] for column in columns])
            padding = torch.arange(block.width) >= levels[:, None]
            closed = torch.zeros(padding.shape).masked_fill(padding, float("-inf"))
            self.register_buffer(f"closed_{number}", closed, persistent=False)
        self.register_buffer("starts", starts, persistent=False)
        widths = [block.width for block in self.blocks for _ in block.columns]
        self.scores = LevelScores(widths, [cardinalities[column] for column in order])

    @property
    def closed(self) -> Tensor:
        """Return what masks the padding in the layout of the outputs: -inf there, 0 elsewhere."""
        parts = [getattr(self, f"closed_{number}").flatten() for number in range(len(self.blocks))]
        return torch.cat(parts) if parts else torch.zeros(0)

    def tables(self, outputs: Tensor) -> list[Tensor]:
        """Cut outputs into blocks, each of shape (n_rows, n_columns_of_block, width)."""
        if not self.blocks:
            return []
        # One split, not a slice for each block: the gradient is then put together once.
        parts = outputs.split([block.stop - block.start for block in self.blocks], dim=1)
        return [
            part.reshape(len(outputs), len(block.columns), block.width)
            for block, part in zip(self.blocks, parts, strict=True)
        ]

    def log_probs(self, outputs: Tensor) -> Tensor:
        """Return the log-probabilities of all levels in the layout of the outputs, -inf for padding."""
        blocks = [
            torch.log_softmax(table + getattr(self, f"closed_{number}"), dim=2).flatten(1)
            for number, table in enumerate(self.tables(outputs))
        ]
        return torch.cat(blocks, dim=1) if blocks else outputs

    def log_prob(self, outputs: Tensor, rows: Rows) -> Tensor:
        """Return the log-probability of the codes in nats, shape (n_rows,)."""
        log_probabilities: Tensor = self.scores(outputs, self.places(rows))
        return log_probabilities

    def places(self, rows: Rows) -> Tensor:
        """Return the positions of the codes among the outputs, in the order of the outputs, shape (n_rows, n_codes)."""
        return (rows.codes + self.starts).gather(1, self.order.expand(rows.codes.shape))

    def cell_log_prob(self, outputs: Tensor, rows: Rows) -> Tensor:
        """Return the log-probability of each code in nats, shape (n_rows, n_codes)."""
        return self.log_probs(outputs).gather(1, rows.codes + self.starts)

    def mean(self, outputs: Tensor) -> Tensor:
        """Return the probabilities of all levels in the layout of the outputs, 0 for padding."""
        return self.log_probs(outputs).exp()

    def observe(self, rows: Rows) -> Tensor:
        """Return one-hot codes in the layout of the outputs."""
        zeros = torch.zeros(rows.n_rows, self.n_outputs, device=rows.codes.device)
        return zeros.scatter_(1, rows.codes + self.starts, 1.0)

    def find_levels(self, rows: Rows) -> Tensor:
        """Return which levels the rows have, in the layout of the outputs, bool, shape (n_outputs,)."""
        has_level = torch.zeros(self.n_outputs, dtype=torch.bool, device=rows.codes.device)
        has_level[(rows.codes + self.starts).flatten()] = True
        return has_level

    def sample(self, mean: Tensor, generator: torch.Generator) -> Tensor:
        """Draw a code from each table of probabilities, shape (n_rows, n_codes); they need not sum to one."""
        codes = torch.zeros((len(mean), self.n_codes), dtype=torch.int64, device=mean.device)
        for block, table in zip(self.blocks, self.tables(mean), strict=True):
            codes[:, list(block.columns)] = draw_levels(table, generator)
        return codes

    def mode(self, outputs: Tensor) -> Tensor:
        """Return the likeliest codes, shape (n_rows, n_codes)."""
        codes = torch.zeros((len(outputs), self.n_codes), dtype=torch.int64, device=outputs.device)
        for number, block in enumerate(self.blocks):
            logits = outputs[:, block.start : block.stop].unflatten(1, (-1, block.width))
            levels = (logits + getattr(self, f"closed_{number}")).argmax(2)
            codes[:, list(block.columns)] = levels
        return codes

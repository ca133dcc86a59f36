"""Output heads: decoder outputs read as distributions over the cells of a row.

A head owns what differs between kinds of cells: the likelihood, a draw, the mean, and the residual by which a real
cell differs from its reconstruction. Whoever draws rows asks the head and never looks at the kinds.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from vaesynth.nn._rows import Rows

LOG_SQRT_2PI = 0.5 * math.log(2 * math.pi)


class GaussianHead(nn.Module):
    """Normal likelihood of the values, with one learned scale per column (the σ of a σ-VAE).

    Parameters
    ----------
    n_values : int
        Number of values in a row.
    min_scale : float, default=0.01
        Floor of the scale, in normalised units: without one the density of a constant grows without bound.

    References
    ----------
    Rybkin, Daniilidis, Levine, "Simple and Effective VAE Training with Calibrated Decoders", ICML 2021.

    Examples
    --------
    >>> import torch
    >>> from vaesynth.nn import Rows
    >>> rows = Rows(torch.zeros(1, 2), torch.ones(1, 2), torch.zeros(1, 0, dtype=torch.int64))
    >>> GaussianHead(2).log_prob(torch.zeros(1, 2), rows).shape
    torch.Size([1])
    """

    def __init__(self, n_values: int, min_scale: float = 0.01) -> None:
        super().__init__()
        self.n_values = n_values
        self.min_scale = min_scale
        self.raw_scale = nn.Parameter(torch.zeros(n_values))

    @property
    def scale(self) -> Tensor:
        """Standard deviation per column, shape (n_values,)."""
        return self.raw_scale.exp() + self.min_scale

    def log_prob(self, means: Tensor, rows: Rows) -> Tensor:
        """Log-density of the present values in nats, shape (n_rows,)."""
        scale = self.scale
        standardized = (rows.values - means) / scale
        density = -0.5 * standardized.square() - scale.log() - LOG_SQRT_2PI
        return (density * rows.present).sum(1)

    def sample(self, means: Tensor, generator: torch.Generator) -> Tensor:
        """Draw values around their means, same shape."""
        noise = torch.randn(means.shape, generator=generator).to(means.device)
        return means + noise * self.scale


@dataclass(frozen=True)
class CodeBlock:
    """Codes of similar cardinality, scored together: `columns` padded to `width` levels."""

    columns: tuple[int, ...]
    width: int
    start: int

    @property
    def stop(self) -> int:
        """End of the block among the decoder's outputs."""
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


class CategoricalHead(nn.Module):
    """Categorical likelihood of the codes; all codes are scored in a few batched operations.

    Parameters
    ----------
    cardinalities : sequence of int
        Number of levels of each code.

    Examples
    --------
    >>> import torch
    >>> head = CategoricalHead([3, 2])
    >>> [table.shape for table in head.log_probs(torch.zeros(1, head.n_outputs))]
    [torch.Size([1, 1, 3]), torch.Size([1, 1, 2])]
    """

    def __init__(self, cardinalities: Sequence[int]) -> None:
        super().__init__()
        self.n_codes = len(cardinalities)
        self.blocks = plan_blocks(cardinalities)
        self.n_outputs = self.blocks[-1].stop if self.blocks else 0
        for number, block in enumerate(self.blocks):
            levels = torch.tensor([cardinalities[column] for column in block.columns])
            padding = torch.arange(block.width) >= levels[:, None]
            closed = torch.zeros(padding.shape).masked_fill(padding, float("-inf"))
            self.register_buffer(f"closed_{number}", closed, persistent=False)
            self.register_buffer(f"columns_{number}", torch.tensor(block.columns), persistent=False)

    def log_probs(self, outputs: Tensor) -> list[Tensor]:
        """Log-probabilities per block, each of shape (n_rows, n_columns_of_block, width)."""
        tables = []
        for number, block in enumerate(self.blocks):
            logits = outputs[:, block.start : block.stop]
            logits = logits.view(len(outputs), len(block.columns), block.width)
            tables.append(torch.log_softmax(logits + getattr(self, f"closed_{number}"), dim=2))
        return tables

    def pick(self, tables: list[Tensor], codes: Tensor) -> list[Tensor]:
        """Entries of the tables at the given codes, each of shape (n_rows, n_columns_of_block)."""
        return [
            table.gather(2, codes[:, getattr(self, f"columns_{number}")].unsqueeze(2)).squeeze(2)
            for number, table in enumerate(tables)
        ]

    def log_prob(self, outputs: Tensor, rows: Rows) -> Tensor:
        """Log-probability of the codes in nats, shape (n_rows,)."""
        total = outputs.new_zeros(len(outputs))
        for picked in self.pick(self.log_probs(outputs), rows.codes):
            total = total + picked.sum(1)
        return total

    def sample(self, tables: list[Tensor], generator: torch.Generator) -> Tensor:
        """Draw a code from each table of probabilities, shape (n_rows, n_codes)."""
        n_rows = len(tables[0]) if tables else 0
        codes = torch.zeros((n_rows, self.n_codes), dtype=torch.int64)
        for block, table in zip(self.blocks, tables, strict=True):
            cumulated = table.cumsum(2)
            uniform = torch.rand((n_rows, len(block.columns), 1), generator=generator)
            # Below the total by construction: rounding can never draw a level past the last.
            mark = uniform.to(table.device) * cumulated[:, :, -1:]
            drawn = torch.searchsorted(cumulated, mark, right=True).squeeze(2)
            last = (cumulated < cumulated[:, :, -1:]).sum(2)
            codes[:, list(block.columns)] = torch.minimum(drawn, last).cpu()
        return codes

    def mode(self, outputs: Tensor) -> Tensor:
        """Give the likeliest codes, shape (n_rows, n_codes)."""
        codes = torch.zeros((len(outputs), self.n_codes), dtype=torch.int64, device=outputs.device)
        for number, block in enumerate(self.blocks):
            logits = outputs[:, block.start : block.stop].unflatten(1, (-1, block.width))
            levels = (logits + getattr(self, f"closed_{number}")).argmax(2)
            codes[:, list(block.columns)] = levels
        return codes


class RowHead(nn.Module):
    """Joint likelihood of a whole row: normal values and categorical codes, independent given the decoder's outputs.

    Parameters
    ----------
    n_values : int
        Number of values in a row.
    cardinalities : sequence of int
        Number of levels of each code.
    state_codes : sequence of int, optional
        For each value the position of the code that says whether the row has it (level 0: it has), or -1 where every
        row has it. By default every row has every value.

    Attributes
    ----------
    n_outputs : int
        Number of decoder outputs that parametrise the head.

    Examples
    --------
    >>> import torch
    >>> head = RowHead(2, [3])
    >>> head.n_outputs
    5
    >>> head.sample(torch.zeros(4, 5), torch.Generator().manual_seed(0)).codes.shape
    torch.Size([4, 1])
    """

    states: Tensor

    def __init__(
        self,
        n_values: int,
        cardinalities: Sequence[int],
        state_codes: Sequence[int] | None = None,
    ) -> None:
        super().__init__()
        states = [-1] * n_values if state_codes is None else list(state_codes)
        self.register_buffer("states", torch.tensor(states, dtype=torch.int64), persistent=False)
        self.n_values = n_values
        self.numbers = GaussianHead(n_values)
        self.levels = CategoricalHead(cardinalities)
        self.n_outputs = n_values + self.levels.n_outputs

    def split(self, outputs: Tensor) -> tuple[Tensor, Tensor]:
        """Cut the outputs into those of the values and those of the codes."""
        return outputs[:, : self.n_values], outputs[:, self.n_values :]

    def log_prob(self, outputs: Tensor, rows: Rows) -> Tensor:
        """Log-likelihood in nats per row, shape (n_rows,)."""
        means, logits = self.split(outputs)
        return self.numbers.log_prob(means, rows) + self.levels.log_prob(logits, rows)

    def sample(self, outputs: Tensor, generator: torch.Generator) -> Rows:
        """Draw rows from the likelihood."""
        means, logits = self.split(outputs)
        values = self.numbers.sample(means, generator)
        codes = self._sample_codes(
            [table.exp() for table in self.levels.log_probs(logits)], means, generator
        )
        return self._assemble(values, codes)

    def mode(self, outputs: Tensor) -> Rows:
        """Give the likeliest row: mean values and likeliest codes."""
        means, logits = self.split(outputs)
        return self._assemble(means, self.levels.mode(logits))

    def _assemble(self, values: Tensor, codes: Tensor) -> Rows:
        """Rows whose absent values are those that their state code says are absent."""
        governed = self.states >= 0
        present = torch.ones_like(values)
        if governed.any():
            present[:, governed] = (codes[:, self.states[governed]] == 0).to(values.dtype)
        return Rows(values * present, present, codes)

    def _sample_codes(
        self, tables: list[Tensor], like: Tensor, generator: torch.Generator
    ) -> Tensor:
        if not tables:
            return torch.zeros((len(like), 0), dtype=torch.int64, device=like.device)
        return self.levels.sample(tables, generator).to(like.device)

    def blend(
        self,
        outputs: Tensor,
        parents: Sequence[tuple[Tensor, Rows, Tensor]],
        generator: torch.Generator,
    ) -> Rows:
        """Decode and carry over what the reconstruction of real parents misses.

        A value becomes its decoded mean plus the weighted residuals ``value − mean`` of its parents; a code is drawn
        from the decoded probabilities plus the weighted residuals ``one-hot − probabilities``, clipped at zero.

        Parameters
        ----------
        outputs : Tensor of shape (n_rows, n_outputs)
            Decoder outputs at the new points.
        parents : sequence of (outputs, rows, weight)
            Decoder outputs at each parent's own latent mean, the parents, and their weights of shape (n_rows,).
        generator : torch.Generator
            Source of the draws.

        Returns
        -------
        Rows
        """
        values, logits = self.split(outputs)
        tables = [table.exp() for table in self.levels.log_probs(logits)]
        for parent_outputs, rows, weight in parents:
            parent_means, parent_logits = self.split(parent_outputs)
            values = values + weight[:, None] * (rows.values - parent_means) * rows.present
            tables = self._add_code_residual(tables, parent_logits, rows, weight)
        tables = [table.clamp_min(0) for table in tables]
        codes = self._sample_codes(tables, values, generator)
        return self._assemble(values, codes)

    def _add_code_residual(
        self, tables: list[Tensor], logits: Tensor, rows: Rows, weight: Tensor
    ) -> list[Tensor]:
        mixed = []
        for number, (table, parent) in enumerate(
            zip(tables, self.levels.log_probs(logits), strict=True)
        ):
            columns = getattr(self.levels, f"columns_{number}")
            blended = table - weight[:, None, None] * parent.exp()
            one_hot = weight[:, None, None].expand(-1, len(columns), 1)
            mixed.append(blended.scatter_add(2, rows.codes[:, columns].unsqueeze(2), one_hot))
        return mixed

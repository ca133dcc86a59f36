"""Sums of embeddings, with a gradient that adds up the rows of each level in one pass."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn


def sum_embeddings(index: Tensor, table: Tensor) -> Tensor:
    """Sum of the vectors at each row of positions, shape (n_rows, width).

    Parameters
    ----------
    index : Tensor of shape (n_rows, n_codes), int64
        Positions in the table. Every code has its own levels, so its positions are above those of the code before.
    table : Tensor of shape (n_levels, width)
        Vectors.

    Examples
    --------
    >>> import torch
    >>> sum_embeddings(torch.tensor([[0, 2], [1, 2]]), torch.tensor([[1.0], [2.0], [5.0]])).tolist()
    [[6.0], [7.0]]
    """
    return _sum_embeddings(index, table)


def sum_levels(index: Tensor, vectors: Tensor, n_levels: int) -> Tensor:
    """Return for each level the sum of the vectors of the rows that have it, shape (n_levels, width).

    Parameters
    ----------
    index : Tensor of shape (n_rows, n_codes), int64
        Levels of each row; the levels of each code are above those of the code before.
    vectors : Tensor of shape (n_rows, width)
        Vectors.
    n_levels : int
        Number of levels.

    Examples
    --------
    >>> import torch
    >>> sum_levels(torch.tensor([[0, 2], [1, 2]]), torch.tensor([[1.0], [5.0]]), 3).tolist()
    [[1.0], [5.0], [6.0]]
    """
    counts = torch.bincount(index.flatten(), minlength=n_levels)
    starts = counts.cumsum(0) - counts
    return nn.functional.embedding_bag(_order(index, n_levels), vectors, starts, mode="sum")


class _EmbeddingSum(torch.autograd.Function):
    """Torch's own gradient takes five times as long: it walks through the levels one by one."""

    generate_vmap_rule = True

    @staticmethod
    def forward(index: Tensor, table: Tensor) -> Tensor:
        """Add up the vectors of each row."""
        return nn.functional.embedding_bag(index, table, mode="sum")

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple[Any, ...], output: Tensor) -> None:  # noqa: ARG004
        """Keep the positions."""
        index, table = inputs
        ctx.n_levels = len(table)
        ctx.save_for_backward(index)

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> tuple[None, Tensor]:
        """Add up, for each level, the gradients of the rows that have it."""
        (index,) = ctx.saved_tensors
        return None, _sum_levels(index, gradient, ctx.n_levels)


class _LevelSums(torch.autograd.Function):
    """For each level the sum of the vectors of the rows that have it: a sum of embeddings the other way round."""

    @staticmethod
    def forward(index: Tensor, vectors: Tensor, n_levels: int) -> Tensor:
        """Sum the vectors, shape (n_levels, width)."""
        return sum_levels(index, vectors, n_levels)

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple[Any, ...], output: Tensor) -> None:
        """Keep nothing: a gradient of a gradient is not given."""

    @staticmethod
    def vmap(
        info: Any, in_dims: tuple[int | None, ...], index: Tensor, vectors: Tensor, n_levels: int
    ) -> tuple[Tensor, int]:
        """Sum within each member of a batch, as a product with the numbers of times that a row has a level."""
        index, vectors = (
            part.expand(info.batch_size, *part.shape) if dim is None else part.movedim(dim, 0)
            for part, dim in zip((index, vectors), in_dims, strict=False)
        )
        times = vectors.new_zeros(*index.shape[:2], n_levels)
        times.scatter_add_(2, index, torch.ones_like(index, dtype=vectors.dtype))
        return times.transpose(1, 2) @ vectors, 0


_sum_embeddings: Callable[[Tensor, Tensor], Tensor] = _EmbeddingSum.apply
_sum_levels: Callable[[Tensor, Tensor, int], Tensor] = _LevelSums.apply


def _order(index: Tensor, n_levels: int) -> Tensor:
    """Return the rows sorted by level for the first code, then for the second and so on, shape (n_codes * n_rows,)."""
    if index.device.type == "cpu" and n_levels <= np.iinfo(np.uint16).max:
        # Short integers are sorted digit by digit, in an eighth of the time.
        levels = np.ascontiguousarray(index.numpy().T, dtype=np.uint16)
        return torch.from_numpy(np.argsort(levels, axis=1, kind="stable")).flatten()
    return torch.sort(index.T.contiguous(), dim=1, stable=True).indices.flatten()

"""The range of each value and the levels of each code in some rows."""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor

from vaesynth.nn._rows import Rows


class Span(NamedTuple):
    """The range of each value of some rows, and the levels that they have.

    Attributes
    ----------
    lower, upper : Tensor of shape (n_values,)
        Smallest and largest present value, 0 of a value that no row has.
    has_level : Tensor of bool, shape (n_level_outputs,)
        Whether a row has the level, in the layout of the outputs of a `CategoricalHead`.

    Examples
    --------
    >>> import torch
    >>> from vaesynth.nn import RowHead, Rows
    >>> rows = Rows(torch.tensor([[1.0], [3.0]]), torch.ones(2, 1), torch.tensor([[0], [2]]))
    >>> span = RowHead(1, [3]).span(rows)
    >>> span.lower.item(), span.upper.item(), span.has_level.tolist()
    (1.0, 3.0, [True, False, True])
    """

    lower: Tensor
    upper: Tensor
    has_level: Tensor

    def reflect(self, values: Tensor) -> Tensor:
        """Return values within the range; one beyond a bound is reflected, so that values do not pile up there."""
        return reflect(values, self.lower, self.upper)


def measure_range(rows: Rows) -> tuple[Tensor, Tensor]:
    """Return the smallest and the largest present value of each column, 0 where no row has one."""
    is_there = (rows.present > 0).expand(rows.values.shape)
    lower = rows.values.masked_fill(~is_there, torch.inf).amin(dim=0)
    upper = rows.values.masked_fill(~is_there, -torch.inf).amax(dim=0)
    is_absent = lower > upper
    return lower.masked_fill(is_absent, 0), upper.masked_fill(is_absent, 0)


def reflect(values: Tensor, lower: Tensor, upper: Tensor) -> Tensor:
    """Return values within the bounds: mirrored at the upper one, then at the lower one, then cut."""
    values = torch.where(values > upper, 2 * upper - values, values)
    values = torch.where(values < lower, 2 * lower - values, values)
    return torch.minimum(torch.maximum(values, lower), upper)

"""Rows as tensors, the input of networks and of output heads, and the span of what rows hold."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor


class Rows(NamedTuple):
    """A batch of encoded rows.

    Parameters
    ----------
    values : Tensor of shape (n_rows, n_values)
        Normalised numbers, 0 where a row has none.
    present : Tensor of shape (n_rows, n_values)
        1 where a row has a number, else 0; same type as `values`.
    codes : Tensor of shape (n_rows, n_codes), int64
        Levels of the discrete cells.

    Examples
    --------
    >>> import numpy as np
    >>> rows = Rows.from_arrays(np.array([[1.0], [np.nan]], np.float32), np.array([[0], [2]]))
    >>> rows.values.tolist(), rows.present.tolist()
    ([[1.0], [0.0]], [[1.0], [0.0]])
    """

    values: Tensor
    present: Tensor
    codes: Tensor

    @classmethod
    def from_arrays(
        cls, values: np.ndarray, codes: np.ndarray, device: torch.device | str = "cpu"
    ) -> Rows:
        """Make rows from arrays in which NaN marks a value that a row does not have."""
        # A copy: arrays may be read-only memory maps, which torch does not take.
        numbers = torch.from_numpy(np.array(values, dtype=np.float32)).to(device)
        present = (~torch.isnan(numbers)).to(numbers.dtype)
        levels = torch.from_numpy(np.array(codes, dtype=np.int64)).to(device)
        return cls(torch.nan_to_num(numbers), present, levels)

    def to_arrays(self) -> tuple[np.ndarray, np.ndarray]:
        """Return the values (NaN where absent) and codes as numpy arrays."""
        absent = self.values.new_tensor(float("nan"))
        values = torch.where(self.present > 0, self.values, absent)
        return values.cpu().numpy(), self.codes.cpu().numpy()

    @property
    def n_rows(self) -> int:
        """Number of rows."""
        return self.values.shape[0]

    def take(self, index: Tensor | slice) -> Rows:
        """Return the rows at the given positions."""
        values, codes = _pick(self.values, index), _pick(self.codes, index)
        if self.is_complete:
            return Rows(values, self.present[:1, :1].expand(values.shape), codes)
        return Rows(values, _pick(self.present, index), codes)

    @property
    def is_complete(self) -> bool:
        """Return whether one cell stands for the whole mask; then every row has every value."""
        return self.present.numel() > 0 and not any(self.present.stride())

    @staticmethod
    def concatenate(parts: list[Rows]) -> Rows:
        """Stack batches of rows."""
        return Rows(*(torch.cat(tensors) for tensors in zip(*parts, strict=True)))


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


def _pick(part: Tensor, index: Tensor | slice) -> Tensor:
    # For positions, this takes a third of the time of an index in brackets.
    if isinstance(index, Tensor) and index.dtype == torch.int64:
        return part.index_select(0, index)
    return part[index]

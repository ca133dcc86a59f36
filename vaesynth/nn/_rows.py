"""Rows as tensors: the input of networks and of output heads."""

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


def _pick(part: Tensor, index: Tensor | slice) -> Tensor:
    # For positions, this takes a third of the time of an index in brackets.
    if isinstance(index, Tensor) and index.dtype == torch.int64:
        return part.index_select(0, index)
    return part[index]

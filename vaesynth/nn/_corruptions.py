"""Noise models for rows: an encoder that learns to denoise reads noisy rows instead of clean ones."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence

import torch
from torch import Tensor

from vaesynth.nn._rows import Rows


class Corruption(ABC):
    """Base of the noise models: each row has its own noise level, drawn uniformly from a range.

    Parameters
    ----------
    lowest, highest : float
        Range of the level.
    cardinalities : sequence of int, default=()
        Number of levels of each code of a row.

    Examples
    --------
    >>> import torch
    >>> from vaesynth.nn import GaussianCorruption, Rows
    >>> rows = Rows(torch.zeros(1, 9), torch.ones(1, 9), torch.zeros(1, 0, dtype=torch.int64))
    >>> noise = GaussianCorruption(0.5, 0.5)
    >>> bool((noise(rows, torch.Generator().manual_seed(0)).values != 0).all())
    True
    """

    def __init__(self, lowest: float, highest: float, cardinalities: Sequence[int] = ()) -> None:
        self.lowest, self.highest = lowest, highest
        self.n_levels = torch.tensor(cardinalities, dtype=torch.float64)

    def __call__(self, rows: Rows, generator: torch.Generator) -> Rows:
        """Return rows with noise of one draw on them; a value that a row does not have stays absent."""
        share = torch.rand(rows.n_rows, 1, generator=generator)
        level = self.lowest + (self.highest - self.lowest) * share
        noisy = self._corrupt(rows, level.to(rows.values), generator)
        return noisy._replace(values=noisy.values * rows.present)

    @abstractmethod
    def _corrupt(self, rows: Rows, level: Tensor, generator: torch.Generator) -> Rows:
        """Return rows with noise of the given level, shape (n_rows, 1)."""

    def _replace_codes(self, rows: Rows, level: Tensor, generator: torch.Generator) -> Tensor:
        """Return the codes with a share `level` of them redrawn; all levels of a code are equally likely."""
        shape = rows.codes.shape
        hit = torch.rand(shape, generator=generator).to(level) < level
        drawn = torch.rand(shape, generator=generator, dtype=torch.float64) * self.n_levels
        return torch.where(hit, drawn.long().to(rows.codes.device), rows.codes)


class GaussianCorruption(Corruption):
    """Normal noise on values, whose standard deviation is the level; codes are left alone.

    Examples
    --------
    >>> import torch
    >>> from vaesynth.nn import Rows
    >>> rows = Rows(torch.zeros(1, 10_000), torch.ones(1, 1), torch.zeros(1, 0, dtype=torch.int64))
    >>> noisy = GaussianCorruption(0.5, 0.5)(rows, torch.Generator().manual_seed(0))
    >>> round(float(noisy.values.std()), 2)
    0.5
    """

    def _corrupt(self, rows: Rows, level: Tensor, generator: torch.Generator) -> Rows:
        noise = torch.randn(rows.values.shape, generator=generator).to(level)
        return rows._replace(values=rows.values + level * noise)


class MaskingCorruption(Corruption):
    """Masks: a share of `level` of the values becomes 0, and as many codes any level.

    Examples
    --------
    >>> import torch
    >>> from vaesynth.nn import Rows
    >>> rows = Rows(torch.ones(1, 10_000), torch.ones(1, 1), torch.zeros(1, 0, dtype=torch.int64))
    >>> noisy = MaskingCorruption(0.2, 0.2)(rows, torch.Generator().manual_seed(0))
    >>> round(float(noisy.values.mean()), 2)
    0.8
    """

    def _corrupt(self, rows: Rows, level: Tensor, generator: torch.Generator) -> Rows:
        hit = torch.rand(rows.values.shape, generator=generator).to(level) < level
        codes = self._replace_codes(rows, level, generator)
        return Rows(rows.values.masked_fill(hit, 0.0), rows.present, codes)


class SaltAndPepperCorruption(Corruption):
    """Salt and pepper: a share `level` of the values is set to an end of their range, and of the codes to any level.

    Parameters
    ----------
    lowest, highest : float
        Range of the level.
    lower, upper : Tensor of shape (n_values,) or ()
        Ends of the range of the values.
    cardinalities : sequence of int, default=()
        Number of levels of each code of a row.

    Examples
    --------
    >>> import torch
    >>> from vaesynth.nn import Rows
    >>> rows = Rows(torch.full((1, 999), 0.5), torch.ones(1, 1), torch.zeros(1, 0, dtype=torch.int64))
    >>> noise = SaltAndPepperCorruption(0.2, 0.2, torch.tensor(0.0), torch.tensor(1.0))
    >>> noise(rows, torch.Generator().manual_seed(0)).values.unique().tolist()
    [0.0, 0.5, 1.0]
    """

    def __init__(
        self,
        lowest: float,
        highest: float,
        lower: Tensor,
        upper: Tensor,
        cardinalities: Sequence[int] = (),
    ) -> None:
        super().__init__(lowest, highest, cardinalities)
        self.lower, self.upper = lower, upper

    def _corrupt(self, rows: Rows, level: Tensor, generator: torch.Generator) -> Rows:
        shape = rows.values.shape
        hit = torch.rand(shape, generator=generator).to(level) < level
        is_salt = torch.rand(shape, generator=generator).to(level.device) < 0.5
        ends = torch.where(is_salt, self.upper.to(level), self.lower.to(level))
        codes = self._replace_codes(rows, level, generator)
        return Rows(torch.where(hit, ends, rows.values), rows.present, codes)

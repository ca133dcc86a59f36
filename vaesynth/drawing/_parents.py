"""Real rows of one class, as the strategies that start from them need them."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import NamedTuple

import numpy as np
import torch
from sklearn.neighbors import NearestNeighbors
from torch import Tensor

from vaesynth.drawing._neighbor_hulls import NumberScale
from vaesynth.models import GaussianVAE
from vaesynth.nn import Rows, Span

# Residuals of the real rows are kept up to this many numbers (64 MiB), and computed again beyond.
KEPT_RESIDUALS = 2**24
_FINITE = (np.finfo(float).min, np.finfo(float).max)


class RealRows(NamedTuple):
    """Rows of one class code, their weights, and their positions in the table that they come from.

    Examples
    --------
    >>> import numpy as np
    >>> from vaesynth.nn import Rows
    >>> rows = Rows.from_arrays(np.zeros((2, 1)), np.zeros((2, 0)))
    >>> RealRows(rows, 0, np.ones(2), np.array([5, 7])).positions.tolist()
    [5, 7]
    """

    rows: Rows
    label: int
    weight: np.ndarray
    positions: np.ndarray


@dataclass(frozen=True)
class Parents:
    """Rows of one class with their posteriors.

    Attributes
    ----------
    rows : Rows
        The real rows.
    label : int
        Their class code.
    mean, scale : Tensor of shape (n_rows, latent_dim)
        Posterior mean and standard deviation of each row.
    cumulated_weight : ndarray of shape (n_rows,)
        Cumulated probability of each row to be chosen.
    positions : ndarray of shape (n_rows,)
        Positions of the rows in the table that they come from.
    kept_residual : Tensor of shape (n_rows, n_outputs) or None
        What each row is beyond its reconstruction; None where that would take too much memory to keep.
    span : Span or None
        What the rows hold; None where the head leaves no residual.
    n_siblings : int
        How many chosen rows in succession are the same one.
    number_scale : NumberScale or None
        What turns values into the units of their columns; None where nothing is to be kept in units.
    numbers : ndarray of shape (n_rows, n_values) or None
        Values of the rows in units, NaN where a row has none.

    Examples
    --------
    >>> import numpy as np
    >>> import torch
    >>> from vaesynth.models import GaussianVAE
    >>> from vaesynth.nn import Rows
    >>> model = GaussianVAE.for_table(2, [], 2, 1, [8], torch.Generator().manual_seed(0))
    >>> rows = Rows.from_arrays(np.random.default_rng(0).normal(size=(9, 2)), np.zeros((9, 0)))
    >>> parents = Parents.encode(model, rows, 1, np.ones(9), np.arange(9))
    >>> parents.mean.shape
    torch.Size([9, 1])
    """

    rows: Rows
    label: int
    mean: Tensor
    scale: Tensor
    cumulated_weight: np.ndarray
    positions: np.ndarray
    kept_residual: Tensor | None
    span: Span | None = None
    n_siblings: int = 1
    number_scale: NumberScale | None = None
    numbers: np.ndarray | None = None
    _near: dict[int, np.ndarray] = field(default_factory=dict, repr=False)

    @classmethod
    @torch.no_grad()
    def encode(
        cls,
        model: GaussianVAE,
        rows: Rows,
        label: int,
        weight: np.ndarray,
        positions: np.ndarray,
        number_scale: NumberScale | None = None,
    ) -> Parents:
        """Encode real rows of one class; rows of weight 0 are never chosen."""
        y = class_codes(label, rows.n_rows, rows.values.device)
        mean, log_var = model.encode_in_parts(rows, y)
        cumulated = np.cumsum(weight, dtype=np.float64)
        share = cumulated / cumulated[-1]
        span = model.head.span(rows) if model.head.can_carry else None
        parents = cls(rows, label, mean, (0.5 * log_var).exp(), share, positions, None, span)
        if number_scale is not None and model.head.can_carry:
            numbers = number_scale.to_numbers(rows.to_arrays()[0].astype(np.float64))
            numbers = np.clip(numbers, *_FINITE)
            parents = replace(parents, number_scale=number_scale, numbers=numbers)
        if not model.head.can_carry or rows.n_rows * model.head.n_outputs > KEPT_RESIDUALS:
            return parents
        everything = torch.arange(rows.n_rows, device=parents.mean.device)
        return replace(parents, kept_residual=parents.residual(model, everything))

    def residual(self, model: GaussianVAE, index: Tensor) -> Tensor:
        """Return the residuals of the rows at `index` at their own posterior means, shape (len(index), n_outputs)."""
        if self.kept_residual is not None:
            return self.kept_residual[index]
        distinct, position = torch.unique(index, return_inverse=True)
        y = class_codes(self.label, len(distinct), index.device)
        outputs = model.decode(self.mean[distinct], y)
        residual: Tensor = model.head.residual(outputs, self.rows.take(distinct))[position]
        return residual

    @property
    def n_rows(self) -> int:
        """Number of real rows."""
        return self.rows.n_rows

    def choose(self, n: int, generator: np.random.Generator) -> np.ndarray:
        """Choose `n` rows by weight, each nearly equally often and `n_siblings` times in succession; shape (n,)."""
        n_chosen = -(-n // self.n_siblings)
        marks = (generator.permutation(n_chosen) + generator.random(n_chosen)) / n_chosen
        chosen = np.searchsorted(self.cumulated_weight, marks, side="right")
        last = np.flatnonzero(np.diff(self.cumulated_weight, prepend=0)).max()
        return np.repeat(np.minimum(chosen, last), self.n_siblings)[:n]

    def find_neighbors(
        self,
        chosen: np.ndarray,
        k_neighbors: int,
        max_reference: int,
        generator: np.random.Generator,
    ) -> np.ndarray:
        """Return the `k_neighbors` nearest rows in latent space of each row, other than itself; fewer where there are.

        Beyond `max_reference` rows the neighbours come from a random quarter as many, which bounds time and memory: in
        sixteen dimensions the neighbours of one in four rows are a tenth farther away than those of all.
        """
        reference = np.flatnonzero(np.diff(self.cumulated_weight, prepend=0))
        if len(reference) == 1:
            return chosen[:, None]
        if len(reference) > max_reference:
            n_chosen = max(2, max_reference // 4)
            reference = np.sort(generator.choice(reference, n_chosen, replace=False))
            asked, place = np.unique(chosen, return_inverse=True)
            near = self._nearest(asked, reference, k_neighbors)
        else:
            near, place = self._all_nearest(reference, k_neighbors), chosen
        return near[place]

    def _all_nearest(self, reference: np.ndarray, k_neighbors: int) -> np.ndarray:
        if k_neighbors not in self._near:
            rows = np.arange(self.n_rows)
            self._near[k_neighbors] = self._nearest(rows, reference, k_neighbors)
        return self._near[k_neighbors]

    def _nearest(self, rows: np.ndarray, reference: np.ndarray, k_neighbors: int) -> np.ndarray:
        """Return the nearest `reference` rows of each row but itself, shape (len(rows), at most k_neighbors)."""
        latent = self.mean.cpu().numpy()
        n_found = min(k_neighbors + 1, len(reference))
        search = NearestNeighbors(n_neighbors=n_found, algorithm="brute").fit(latent[reference])
        near = reference[search.kneighbors(latent[rows], return_distance=False)]
        # The row itself is left out; where it was not found, among its equals, the farthest is.
        is_own = near == rows[:, None]
        is_own[~is_own.any(axis=1), -1] = True
        others: np.ndarray = near[~is_own].reshape(len(rows), n_found - 1)
        return others


def class_codes(label: int, n: int, device: torch.device | str) -> Tensor:
    """Return `n` times the same class code."""
    return torch.full((n,), label, dtype=torch.int64, device=device)

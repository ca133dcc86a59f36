"""Real rows of one class, as the strategies that start from them need them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from sklearn.neighbors import NearestNeighbors
from torch import Tensor

from vaesynth.models import ConditionalVAE
from vaesynth.nn import Rows

CHUNK = 8192


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

    Examples
    --------
    >>> import numpy as np
    >>> import torch
    >>> from vaesynth.models import ConditionalVAE
    >>> from vaesynth.nn import Rows
    >>> model = ConditionalVAE(2, [], 2, 1, [8], torch.Generator().manual_seed(0))
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

    @classmethod
    @torch.no_grad()
    def encode(
        cls,
        model: ConditionalVAE,
        rows: Rows,
        label: int,
        weight: np.ndarray,
        positions: np.ndarray,
    ) -> Parents:
        """Encode real rows of one class; rows of weight 0 are never chosen."""
        means, scales = [], []
        for start in range(0, rows.n_rows, CHUNK):
            part = rows.take(slice(start, start + CHUNK))
            mean, log_var = model.encode(part, class_codes(label, part.n_rows, part.values.device))
            means.append(mean)
            scales.append((0.5 * log_var).exp())
        cumulated = np.cumsum(weight, dtype=np.float64)
        return cls(
            rows, label, torch.cat(means), torch.cat(scales), cumulated / cumulated[-1], positions
        )

    @property
    def n_rows(self) -> int:
        """Number of real rows."""
        return self.rows.n_rows

    def choose(self, n: int, generator: np.random.Generator) -> np.ndarray:
        """Choose `n` rows by weight, each nearly equally often; shape (n,)."""
        marks = (generator.permutation(n) + generator.random(n)) / n
        chosen = np.searchsorted(self.cumulated_weight, marks, side="right")
        return np.minimum(chosen, np.flatnonzero(np.diff(self.cumulated_weight, prepend=0)).max())

    def choose_neighbors(
        self,
        chosen: np.ndarray,
        k_neighbors: int,
        max_reference: int,
        generator: np.random.Generator,
    ) -> np.ndarray:
        """Choose for each row one of its `k_neighbors` nearest rows in latent space, other than itself.

        Beyond `max_reference` rows the neighbours come from a random part of that size, which bounds time and memory.
        """
        reference = np.flatnonzero(np.diff(self.cumulated_weight, prepend=0))
        if len(reference) > max_reference:
            reference = np.sort(generator.choice(reference, max_reference, replace=False))
        latent = self.mean.cpu().numpy()
        unique, position = np.unique(chosen, return_inverse=True)
        k = min(k_neighbors + 1, len(reference))
        search = NearestNeighbors(n_neighbors=k, n_jobs=1).fit(latent[reference])
        near = reference[search.kneighbors(latent[unique], return_distance=False)]
        picked = near[position, generator.integers(0, k, len(chosen))]
        # A row found as its own neighbour gives its place to the farthest of the k + 1, which is no neighbour else.
        own = picked == chosen
        picked[own] = near[position[own], -1]
        return picked


def class_codes(label: int, n: int, device: torch.device | str) -> Tensor:
    """`n` times the same class code."""
    return torch.full((n,), label, dtype=torch.int64, device=device)

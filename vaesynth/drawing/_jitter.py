"""Copies of a real row with a little noise: all that a class of one row allows."""

from __future__ import annotations

from dataclasses import dataclass

import torch

from vaesynth.drawing._parents import Parents
from vaesynth.drawing._strategies import Draw, Generators, require_parents
from vaesynth.models import GaussianVAE
from vaesynth.nn import Rows


@dataclass(frozen=True)
class JitterDraw:
    """Copy a real row and add noise to its numbers; its categories stay.

    Parameters
    ----------
    scale : float, default=0.05
        Standard deviation of the noise as a share of the column's own.

    Examples
    --------
    >>> JitterDraw(scale=0.1)
    JitterDraw(scale=0.1)
    """

    scale: float = 0.05

    def draw(
        self,
        model: GaussianVAE,
        label: int,
        n: int,
        generators: Generators,
        parents: Parents | None,
    ) -> Draw:
        """Draw `n` rows of the class with code `label`."""
        parents = require_parents(parents, self)
        chosen = parents.choose(n, generators.array)
        values, present, codes = parents.rows.take(torch.from_numpy(chosen))
        noisy = (values + self.scale * generators.normal(values)) * present
        return Draw(Rows(noisy, present, codes), parents.positions[chosen][:, None])

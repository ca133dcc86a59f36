"""New rows of any class from one model: strategies, seeds, chunks and threads brought together."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch

from vaesynth._threads import single_thread, thread_pool
from vaesynth.drawing._judges import ForestJudge
from vaesynth.drawing._neighbor_hulls import NumberScale
from vaesynth.drawing._parents import Parents, RealRows
from vaesynth.drawing._strategies import Draw, Generators, Strategy, concatenate_draws
from vaesynth.models import GaussianVAE


@dataclass(frozen=True)
class RowSource:
    """Draw rows of a class in chunks of bounded memory, each from a seed of its own.

    Parameters
    ----------
    model : GaussianVAE
        The trained model.
    real_rows : mapping of int to RealRows
        Real rows by class code, for the strategies that start from them; a class is encoded when first asked for.
    chunk_size : int, default=8192
        Rows drawn at once.
    n_jobs : int, default=1
        Threads; the rows do not depend on their number.
    unseen : tuple of int, default=()
        Positions of cells, values before codes, that a forest does not see when it judges a row.
    number_scale : NumberScale, optional
        What turns values into the units of their columns: between neighbours relations among numbers are then kept.

    Examples
    --------
    >>> import numpy as np
    >>> import torch
    >>> from vaesynth.drawing import PriorDraw
    >>> from vaesynth.models import GaussianVAE
    >>> model = GaussianVAE.for_table(2, [], 2, 1, [8], torch.Generator().manual_seed(0))
    >>> source = RowSource(model, n_jobs=2)
    >>> source.draw(0, 5, PriorDraw(), np.random.SeedSequence(0)).rows.n_rows
    5
    """

    model: GaussianVAE
    real_rows: Mapping[int, RealRows] = field(default_factory=dict)
    chunk_size: int = 8192
    n_jobs: int = 1
    unseen: tuple[int, ...] = ()
    number_scale: NumberScale | None = None
    _encoded: dict[int, Parents] = field(default_factory=dict, init=False, repr=False)
    _forests: dict[int, ForestJudge] = field(default_factory=dict, init=False, repr=False)

    def draw(self, label: int, n: int, strategy: Strategy, seed: np.random.SeedSequence) -> Draw:
        """Draw `n` rows of the class with code `label`."""
        starts = range(0, n, self.chunk_size)
        seeds = seed.spawn(len(starts))

        def draw_chunk(start: int, chunk_seed: np.random.SeedSequence) -> Draw:
            size = min(self.chunk_size, n - start)
            with torch.no_grad():
                generators = Generators.from_seed(chunk_seed)
                return strategy.draw(self.model, label, size, generators, parents)

        with single_thread(), thread_pool(min(self.n_jobs, len(starts))) as pool:
            parents = self._parents(label)
            draws = list((map if pool is None else pool.map)(draw_chunk, starts, seeds))
        return concatenate_draws(draws)

    def grow_forest(self, seed: int) -> ForestJudge:
        """Return the forest of this seed on the real rows, grown when first asked for."""
        if seed not in self._forests:
            self._forests[seed] = ForestJudge(
                self.real_rows, seed, n_jobs=self.n_jobs, unseen=self.unseen
            )
        return self._forests[seed]

    def __getstate__(self) -> dict[str, Any]:
        # What is made when asked for is no part of what is saved or copied.
        return {**self.__dict__, "_encoded": {}, "_forests": {}}

    def _parents(self, label: int) -> Parents | None:
        if label in self.real_rows and label not in self._encoded:
            self._encoded[label] = Parents.encode(
                self.model, *self.real_rows[label], self.number_scale
            )
        return self._encoded.get(label)

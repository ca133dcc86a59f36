"""Keep, of several candidates for a row, one that belongs to its class."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import torch

from vaesynth.drawing._judges import Judge, ModelJudge
from vaesynth.drawing._parents import Parents
from vaesynth.drawing._strategies import Draw, Generators, Strategy, concatenate_draws
from vaesynth.models import GaussianVAE

# Rows of more cells are drawn a few at a time: sixteen candidates for each would take gigabytes.
WIDE_TABLE = 256
# 16 MiB in float32: the C library keeps such blocks, so that pages need not be allocated again for each part.
CELLS_AT_ONCE = 2**22


@dataclass(frozen=True)
class ClassSelection:
    """Draw several candidates for each row and keep one in proportion to a power of its class posterior.

    Parameters
    ----------
    strategy : Strategy
        How candidates are drawn.
    n_candidates : int, default=8
        Candidates for each row.
    judge : Judge, default=ModelJudge()
        Whose posterior counts; by default that of the model itself, with all classes equally likely.
    power : float, default=1.0
        Power of the posterior; 0 keeps every candidate alike.
    keeps_shares : bool, default=False
        Whether all candidates for a row start from one real row, so that every real row keeps its share of new ones.

    Examples
    --------
    >>> from vaesynth.drawing import NeighborDraw
    >>> ClassSelection(NeighborDraw(k_neighbors=3), n_candidates=4).n_candidates
    4
    """

    strategy: Strategy
    n_candidates: int = 8
    judge: Judge = field(default_factory=ModelJudge)
    power: float = 1.0
    keeps_shares: bool = False

    def draw(
        self,
        model: GaussianVAE,
        label: int,
        n: int,
        generators: Generators,
        parents: Parents | None,
    ) -> Draw:
        """Draw `n` rows of the class with code `label`."""
        if self.keeps_shares and parents is not None:
            parents = replace(parents, n_siblings=self.n_candidates)
        size = self._rows_at_once(n, parents)
        parts = [
            self._draw_part(model, label, min(size, n - start), generators, parents)
            for start in range(0, n, size)
        ]
        return concatenate_draws(parts)

    def _rows_at_once(self, n: int, parents: Parents | None) -> int:
        """Return for how many rows candidates are drawn at once: of a wide table for few, which bounds memory."""
        if parents is None:
            return n
        values, _, codes = parents.rows
        n_cells = values.shape[1] + codes.shape[1]
        if n_cells <= WIDE_TABLE:
            return n
        return max(1, CELLS_AT_ONCE // (n_cells * self.n_candidates))

    def _draw_part(
        self,
        model: GaussianVAE,
        label: int,
        n: int,
        generators: Generators,
        parents: Parents | None,
    ) -> Draw:
        candidates = self.strategy.draw(model, label, n * self.n_candidates, generators, parents)
        log_posterior = self.judge.log_posterior(model, candidates.rows, label, candidates.parents)
        table = self.power * log_posterior.view(n, self.n_candidates).double().cpu()
        # Gumbel-max: the largest of log p plus Gumbel noise is a draw in proportion to p.
        uniform = torch.rand(table.shape, generator=generators.tensor, dtype=torch.float64)
        gumbel = -torch.log(-torch.log(uniform.clamp_min(1e-300)))
        kept = (table + gumbel).argmax(1) + torch.arange(n) * self.n_candidates
        kept_parents = None
        if candidates.parents is not None:
            kept_parents = candidates.parents[kept.numpy()]
        return Draw(candidates.rows.take(kept.to(candidates.rows.values.device)), kept_parents)

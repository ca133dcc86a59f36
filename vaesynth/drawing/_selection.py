"""Keep, of several candidates for a row, one that belongs to its class."""

from __future__ import annotations

from dataclasses import dataclass, field

import torch

from vaesynth.drawing._judges import Judge, ModelJudge
from vaesynth.drawing._parents import Parents
from vaesynth.drawing._strategies import Draw, Generators, Strategy
from vaesynth.models import GaussianVAE


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

    def draw(
        self,
        model: GaussianVAE,
        label: int,
        n: int,
        generators: Generators,
        parents: Parents | None,
    ) -> Draw:
        """Draw `n` rows of the class with code `label`."""
        candidates = self.strategy.draw(model, label, n * self.n_candidates, generators, parents)
        log_posterior = self.judge.log_posterior(model, candidates.rows, label)
        table = self.power * log_posterior.view(n, self.n_candidates).double().cpu()
        # Gumbel-max: the largest of log p plus Gumbel noise is a draw in proportion to p.
        uniform = torch.rand(table.shape, generator=generators.tensor, dtype=torch.float64)
        gumbel = -torch.log(-torch.log(uniform.clamp_min(1e-300)))
        kept = (table + gumbel).argmax(1) + torch.arange(n) * self.n_candidates
        kept_parents = None
        if candidates.parents is not None:
            kept_parents = candidates.parents[kept.numpy()]
        return Draw(candidates.rows.take(kept.to(candidates.rows.values.device)), kept_parents)

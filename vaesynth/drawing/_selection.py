"""Keep, of several candidates for a row, one that belongs to its class."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from vaesynth.drawing._parents import Parents
from vaesynth.drawing._strategies import Draw, Generators, Strategy
from vaesynth.models import GaussianVAE
from vaesynth.nn import Rows


@dataclass(frozen=True)
class ClassSelection:
    """Draw several candidates for each row and keep one in proportion to a power of its class posterior.

    The posterior p(y | x) comes from the model itself: the softmax over classes of log p(y) plus the bound on
    log p(x | y).

    Parameters
    ----------
    strategy : Strategy
        How candidates are drawn.
    n_candidates : int, default=8
        Candidates for each row.
    beta : float, default=1.0
        Weight of the KL term in the bound.
    power : float, default=1.0
        Power of the posterior; 0 keeps every candidate alike.
    class_share : tuple of float, optional
        p(y) for each class code, up to a factor; None takes all classes as equally likely.

    Examples
    --------
    >>> from vaesynth.drawing import NeighborDraw
    >>> ClassSelection(NeighborDraw(k_neighbors=3), n_candidates=4).n_candidates
    4
    """

    strategy: Strategy
    n_candidates: int = 8
    beta: float = 1.0
    power: float = 1.0
    class_share: tuple[float, ...] | None = None

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
        log_posterior = self._log_posterior(model, candidates.rows)[:, label]
        table = self.power * log_posterior.view(n, self.n_candidates).double().cpu()
        # Gumbel-max: the largest of log p plus Gumbel noise is a draw in proportion to p.
        uniform = torch.rand(table.shape, generator=generators.tensor, dtype=torch.float64)
        gumbel = -torch.log(-torch.log(uniform.clamp_min(1e-300)))
        kept = (table + gumbel).argmax(1) + torch.arange(n) * self.n_candidates
        kept_parents = None
        if candidates.parents is not None:
            kept_parents = candidates.parents[kept.numpy()]
        return Draw(candidates.rows.take(kept.to(candidates.rows.values.device)), kept_parents)

    def _log_posterior(self, model: GaussianVAE, rows: Rows) -> Tensor:
        """Log p(y | x), shape (n_rows, n_classes)."""
        alike = model.class_log_posterior(rows, self.beta)
        if self.class_share is None:
            return alike
        share = alike.new_tensor(self.class_share)
        return torch.log_softmax(alike + share.log(), dim=1)

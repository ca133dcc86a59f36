"""What a training run recorded."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass
class History:
    """Terms of the objective per epoch, in nats per row.

    Attributes
    ----------
    terms : dict of str to list of float
        Mean over the epoch of every term the module's ``loss`` gives, and ``validation_loss`` where rows were held out.
    n_iter : int
        Epochs run.
    n_steps : int
        Optimiser steps run.
    best_iter : int
        Epoch (from 1) whose weights were kept.
    stopped_early : bool
        Whether early stopping ended the run.

    Examples
    --------
    >>> history = History()
    >>> history.record({"loss": 2.0, "kl": 0.5})
    >>> history.terms["loss"], history.n_iter
    ([2.0], 1)
    """

    terms: dict[str, list[float]] = field(default_factory=dict)
    n_iter: int = 0
    n_steps: int = 0
    best_iter: int = 0
    stopped_early: bool = False

    def record(self, terms: dict[str, float]) -> None:
        """Append the terms of one epoch."""
        self.n_iter += 1
        self.best_iter = self.n_iter
        for name, value in terms.items():
            self.terms.setdefault(name, []).append(value)

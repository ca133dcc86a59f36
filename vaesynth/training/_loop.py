"""The one training loop: any module whose ``loss`` gives a dict of terms."""

from __future__ import annotations

import math
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import torch
from torch import Tensor
from tqdm.auto import tqdm

from vaesynth._threads import single_thread, thread_pool
from vaesynth._validation import make_torch_generator
from vaesynth.training._batches import balanced_probabilities, draw_epoch, draw_poisson_epoch
from vaesynth.training._contract import Trainable, TrainingData
from vaesynth.training._flat_parameters import FlatParameters
from vaesynth.training._gradients import ShardedGradients
from vaesynth.training._history import History
from vaesynth.training._privacy import NoisePlan
from vaesynth.training._private_gradients import PrivateGradients
from vaesynth.training._schedules import cyclical_warm_up, one_cycle
from vaesynth.training._usual_norm import UsualNorm


class DivergenceError(FloatingPointError):
    """The loss of a training run is no longer a number."""


@dataclass(frozen=True)
class TrainingPlan:
    """How to train.

    Parameters
    ----------
    max_iter : int
        Epochs at most.
    n_steps_per_epoch : int
        Optimiser steps in an epoch.
    batch_size : int
        Rows in a step.
    learning_rate : float
        Peak of the one-cycle schedule, or the constant rate.
    is_one_cycle : bool
        Whether the learning rate goes up and down in one cycle; else it is constant.
    weight_decay : float
        Decoupled weight decay of AdamW.
    beta : float
        Final weight of the KL term.
    kl_warm_up : float
        Share of the steps of a cycle over which that weight rises from 0.
    kl_n_cycles : int
        Cycles of that weight.
    n_iter_no_change : int
        Epochs without improvement of the held-out loss by `tol` after which training stops.
    tol : float
        Improvement that counts, in nats per row.
    verbose : bool
        Whether to show a progress bar with the loss.
    n_shards : int
        Parts of each batch that are differentiated apart, and so may be at the same time.
    n_threads : int
        Threads for the shards; the result does not depend on their number.
    noise : NoisePlan, optional
        Makes the training differentially private: rows are then drawn at one rate whatever their class and weight, and
        no term is recorded.

    Examples
    --------
    >>> TrainingPlan(max_iter=10, n_steps_per_epoch=4, batch_size=256).learning_rate
    0.002
    """

    max_iter: int
    n_steps_per_epoch: int
    batch_size: int
    learning_rate: float = 2e-3
    is_one_cycle: bool = True
    weight_decay: float = 1e-4
    beta: float = 1.0
    kl_warm_up: float = 0.3
    kl_n_cycles: int = 1
    n_iter_no_change: int = 5
    tol: float = 1e-3
    verbose: bool = False
    n_shards: int = 1
    n_threads: int = 1
    noise: NoisePlan | None = None


def train(
    module: Trainable,
    data: TrainingData,
    plan: TrainingPlan,
    generator: torch.Generator,
    held_out: TrainingData | None = None,
) -> History:
    """Train `module` in place on class-balanced batches, or privately on batches of one rate for all rows.

    Parameters
    ----------
    module : Module
        ``module.loss(rows, y, generator, beta)`` gives a dict of scalar terms with the key ``"loss"``.
    data : TrainingData
        Rows to learn from.
    plan : TrainingPlan
        Steps, rates and stopping rule.
    generator : torch.Generator
        The one source of every draw.
    held_out : TrainingData, optional
        Rows on which the loss decides when to stop and which weights to keep.

    Returns
    -------
    History

    Raises
    ------
    DivergenceError
        If the loss is no longer finite; the message says at which epoch.

    Examples
    --------
    >>> import numpy as np
    >>> import torch
    >>> from vaesynth.models import GaussianVAE
    >>> from vaesynth.nn import Rows
    >>> generator = torch.Generator().manual_seed(0)
    >>> model = GaussianVAE.for_table(2, [], 2, 1, [8], generator)
    >>> rows = Rows.from_arrays(np.zeros((4, 2)), np.zeros((4, 0)))
    >>> data = TrainingData(rows, torch.tensor([0, 0, 1, 1]), torch.ones(4))
    >>> plan = TrainingPlan(max_iter=3, n_steps_per_epoch=2, batch_size=4)
    >>> train(model, data, plan, generator).n_steps
    6
    """
    with single_thread(), thread_pool(min(plan.n_threads, plan.n_shards)) as pool:
        run = _Run(module, data, plan, generator, held_out, pool)
        with tqdm(total=plan.max_iter, disable=not plan.verbose, unit="epoch") as bar:
            for _ in range(plan.max_iter):
                run.epoch()
                bar.set_postfix(
                    {name: f"{values[-1]:.3f}" for name, values in run.history.terms.items()}
                )
                bar.update()
                if run.history.stopped_early:
                    break
        run.finish()
    return run.history


class _Run:
    """State of one training run."""

    def __init__(
        self,
        module: Trainable,
        data: TrainingData,
        plan: TrainingPlan,
        generator: torch.Generator,
        held_out: TrainingData | None,
        pool: ThreadPoolExecutor | None,
    ) -> None:
        self.module, self.data, self.plan = module, data, plan
        self.generator, self.held_out = generator, held_out
        self.history = History()
        self.probabilities = balanced_probabilities(data.y.cpu(), data.weight)
        module.train()
        learned = [parameter for parameter in module.parameters() if parameter.requires_grad]
        self.parameters = FlatParameters(learned)
        noise = [generator] + [
            make_torch_generator(int(torch.randint(2**62, (1,), generator=generator)))
            for _ in range(plan.n_shards - 1)
        ]
        self.gradients: ShardedGradients | PrivateGradients = (
            ShardedGradients(module, data, noise, pool)
            if plan.noise is None
            else PrivateGradients(module, data, generator, plan.noise)
        )
        self.optimizer = torch.optim.AdamW(
            [self.parameters.vector],
            lr=plan.learning_rate,
            weight_decay=plan.weight_decay,
            fused=True,
        )
        self.norms = UsualNorm()
        self.best_loss = math.inf
        self.best_weights: dict[str, Tensor] | None = None
        self.best_epoch = 0

    def epoch(self) -> None:
        """Run one epoch and record its terms."""
        sums: dict[str, Tensor] = {}
        for index in self._draw_batches():
            for name, term in self._step(index).items():
                sums[name] = sums[name] + term if name in sums else term
        terms = {name: float(total) / self.plan.n_steps_per_epoch for name, total in sums.items()}
        self._check_finite(terms)
        if self.held_out is not None:
            terms["validation_loss"] = self._held_out_loss(self.held_out)
        self.history.record(terms)
        if self.held_out is not None:
            self._compare(terms["validation_loss"])

    def _draw_batches(self) -> Iterable[Tensor]:
        plan = self.plan
        if plan.noise is not None:
            n_rows = self.data.rows.n_rows
            drawn = draw_poisson_epoch(
                n_rows, plan.noise.rate, plan.n_steps_per_epoch, self.generator
            )
            return (index.to(self.data.y.device) for index in drawn)
        n_draws = plan.n_steps_per_epoch * plan.batch_size
        index = draw_epoch(self.probabilities, n_draws, self.generator).to(self.data.y.device)
        return index.split(plan.batch_size)

    def _check_finite(self, terms: dict[str, float]) -> None:
        # Of a private run only the weights may be looked at.
        loss = terms.get("loss", float(self.parameters.vector.detach().sum()))
        if not math.isfinite(loss):
            raise DivergenceError(
                f"training must keep a finite loss, got {loss} in epoch {self.history.n_iter + 1}: "
                "lower `learning_rate_init`, or look for extreme values in the data"
            )

    def _step(self, index: Tensor) -> dict[str, Tensor]:
        plan = self.plan
        progress = self.history.n_steps / max(1, plan.max_iter * plan.n_steps_per_epoch)
        for group in self.optimizer.param_groups:
            group["lr"] = plan.learning_rate * (one_cycle(progress) if plan.is_one_cycle else 1)
        beta = plan.beta * cyclical_warm_up(progress, plan.kl_warm_up, plan.kl_n_cycles)
        terms = self.gradients.accumulate(self.parameters, index, beta)
        self.norms.clip(self.parameters.vector)
        self.optimizer.step()
        self.history.n_steps += 1
        return terms

    @torch.no_grad()
    def _held_out_loss(self, held_out: TrainingData) -> float:
        # The same rows, as balanced as the batches, and the same noise every time: epochs then differ by weights alone.
        fixed = torch.Generator().manual_seed(0)
        probabilities = balanced_probabilities(held_out.y.cpu(), held_out.weight)
        index = draw_epoch(probabilities, held_out.rows.n_rows, fixed).to(held_out.y.device)
        total = 0.0
        for part in index.split(8192):
            rows, y = held_out.rows.take(part), held_out.y[part]
            total += float(self.module.loss(rows, y, fixed, self.plan.beta)["loss"]) * len(part)
        return total / len(index)

    def _compare(self, loss: float) -> None:
        if loss < self.best_loss - self.plan.tol or self.best_weights is None:
            self.best_loss = loss
            self.best_weights = {
                name: tensor.detach().clone() for name, tensor in self.module.state_dict().items()
            }
            self.best_epoch = self.history.n_iter
        elif self._is_warm and self.history.n_iter - self.best_epoch >= self.plan.n_iter_no_change:
            self.history.stopped_early = True

    @property
    def _is_warm(self) -> bool:
        last_cycle = (self.plan.kl_n_cycles - 1 + self.plan.kl_warm_up) / self.plan.kl_n_cycles
        return self.history.n_iter >= last_cycle * self.plan.max_iter

    def finish(self) -> None:
        """Put back the best weights where rows were held out."""
        if self.best_weights is not None:
            self.module.load_state_dict(self.best_weights)
            self.history.best_iter = self.best_epoch
        self.module.eval()

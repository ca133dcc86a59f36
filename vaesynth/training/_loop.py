"""The one training loop: any module whose ``loss`` gives a dict of terms."""

from __future__ import annotations

import math
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from typing import Any

import torch
from torch import Tensor

from vaesynth._progress import progress_bar
from vaesynth._threads import single_thread, thread_pool
from vaesynth._validation import make_torch_generator
from vaesynth.training._batches import RowDraws, balanced_probabilities, draw_poisson_epoch
from vaesynth.training._contract import History, Trainable, TrainingData
from vaesynth.training._data_parallel import ClassLayout, Team, TeamDraws, TeamGradients
from vaesynth.training._gradients import FlatParameters, MixedPrecision, ShardedGradients, UsualNorm
from vaesynth.training._last_good import DivergenceError, LastGood
from vaesynth.training._privacy import NoisePlan
from vaesynth.training._private_gradients import PrivateGradients
from vaesynth.training._schedules import cyclical_warm_up, one_cycle


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
    class_balance : float
        From 0, batches in which classes have their own shares, to 1, batches in which all are equally likely.
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
    mixed_precision : bool
        Whether losses of steps are taken with products in bfloat16; weights, optimiser and held-out losses stay in
        float32. Not with `noise`.
    noise : NoisePlan, optional
        Makes the training differentially private: all rows are then drawn at the same rate, and no term is recorded.

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
    class_balance: float = 1.0
    n_iter_no_change: int = 5
    tol: float = 1e-3
    verbose: bool = False
    n_shards: int = 1
    n_threads: int = 1
    mixed_precision: bool = False
    noise: NoisePlan | None = None

    def __post_init__(self) -> None:
        if self.mixed_precision and self.noise is not None:
            raise ValueError("`mixed_precision` must be False with `noise`, got True")


def train(
    module: Trainable,
    data: TrainingData,
    plan: TrainingPlan,
    generator: torch.Generator,
    held_out: TrainingData | None = None,
    team: Team | None = None,
) -> History:
    """Train `module` in place on class-balanced batches, or privately on batches of one rate for all rows.

    A step whose loss or gradient is not finite is left out: the run goes back to its last good weights, and on with
    half the learning rate. A private run is not looked into, and ends there.

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
    team : Team, optional
        Other processes that run the same training on their own rows, all of weight 1. A batch has rows of all
        processes. Training continues from the last state that the team has saved.

    Returns
    -------
    History

    Raises
    ------
    DivergenceError
        If the loss does not come back to finite numbers; the message says at which epoch.

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
    _keep_freed_memory()
    with single_thread(), thread_pool(min(plan.n_threads, plan.n_shards)) as pool:
        run = _Run(module, data, plan, generator, held_out, pool, team)
        with progress_bar(total=plan.max_iter, unit="epoch", verbose=bool(plan.verbose)) as bar:
            while run.history.n_iter < plan.max_iter and not run.history.stopped_early:
                run.epoch()
                bar.set_postfix(
                    {name: f"{values[-1]:.3f}" for name, values in run.history.terms.items()}
                )
                bar.update()
        run.finish()
    return run.history


def _keep_freed_memory() -> None:
    """Keep the memory that a step frees for the next step.

    The C library of Linux returns blocks to the system if they are larger than the largest block freed so far, up to 32
    MiB, and keeps up to twice as much free memory. Without this call, every step has to request a thousand pages again.
    """
    torch.empty(31 * 2**20, dtype=torch.uint8)


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
        team: Team | None,
    ) -> None:
        self.module, self.data, self.plan = module, data, plan
        self.generator, self.held_out, self.team = generator, held_out, team
        self.history = History()
        module.train()
        learned = [parameter for parameter in module.parameters() if parameter.requires_grad]
        self.parameters = FlatParameters(learned)
        self.draws = self._make_draws(data)
        self.gradients = self._make_gradients(pool)
        self.optimizer = torch.optim.AdamW(
            [self.parameters.vector],
            lr=plan.learning_rate,
            weight_decay=plan.weight_decay,
            fused=True,
        )
        self.norms = UsualNorm()
        self.last_good = LastGood(module, self.optimizer)
        self.best_loss = math.inf
        self.best_weights: dict[str, Tensor] | None = None
        self.best_epoch = 0
        state = None if team is None else team.last_state()
        if state is not None:
            self._restore(state)

    def _make_draws(self, data: TrainingData) -> RowDraws | TeamDraws:
        y, balance = data.y.cpu(), self.plan.class_balance
        if self.team is None:
            return RowDraws(balanced_probabilities(y, data.weight, balance))
        return TeamDraws(ClassLayout(y, self.team), balance)

    def _make_gradients(
        self, pool: ThreadPoolExecutor | None
    ) -> ShardedGradients | PrivateGradients | TeamGradients:
        data, plan, generator = self.data, self.plan, self.generator
        module = MixedPrecision(self.module) if plan.mixed_precision else self.module
        if self.team is not None:
            return TeamGradients(module, data, torch.Generator(), self.team, plan.batch_size)
        if plan.noise is not None:
            return PrivateGradients(self.module, data, generator, plan.noise)
        noise = [generator] + [
            make_torch_generator(int(torch.randint(2**62, (1,), generator=generator)))
            for _ in range(plan.n_shards - 1)
        ]
        return ShardedGradients(module, data, noise, pool)

    def epoch(self) -> None:
        """Run one epoch and record its terms."""
        if isinstance(self.gradients, TeamGradients):
            self.gradients.start_epoch(self.generator)
        sums: dict[str, Tensor] = {}
        n_finite = 0
        for index in self._draw_batches():
            terms_of_step = self._step(index)
            n_finite += terms_of_step is not None
            for name, term in (terms_of_step or {}).items():
                sums[name] = sums[name] + term if name in sums else term
        terms = {name: float(total) / n_finite for name, total in sums.items()}
        self._check_weights()
        if self.held_out is not None:
            terms["validation_loss"] = self._held_out_loss(self.held_out)
        self.history.record(terms)
        if self.held_out is not None:
            self._compare(terms["validation_loss"])
        if self.team is not None:
            self.team.keep(self._state())

    def _draw_batches(self) -> Iterable[Tensor]:
        plan = self.plan
        if plan.noise is not None:
            n_rows = self.data.rows.n_rows
            drawn = draw_poisson_epoch(
                n_rows, plan.noise.rate, plan.n_steps_per_epoch, self.generator
            )
            return (index.to(self.data.y.device) for index in drawn)
        drawn = self.draws.epoch(plan.n_steps_per_epoch, plan.batch_size, self.generator)
        return (index.to(self.data.y.device) for index in drawn)

    def _check_weights(self) -> None:
        # In a private run, only the weights may be read.
        total = float(self.parameters.vector.detach().sum())
        if not math.isfinite(total):
            raise DivergenceError(
                f"training must keep finite weights, got {total} in epoch {self.history.n_iter + 1}: "
                "lower `learning_rate_init`, or look for extreme values in the data"
            )

    def _step(self, index: Tensor) -> dict[str, Tensor] | None:
        """Make a step and return its terms, or None where it was not finite and the run went back."""
        plan = self.plan
        progress = self.history.n_steps / max(1, plan.max_iter * plan.n_steps_per_epoch)
        rate = plan.learning_rate * (one_cycle(progress) if plan.is_one_cycle else 1)
        for group in self.optimizer.param_groups:
            group["lr"] = rate * self.last_good.rate
        beta = plan.beta * cyclical_warm_up(progress, plan.kl_warm_up, plan.kl_n_cycles)
        terms = self.gradients.accumulate(self.parameters, index, beta)
        self.history.n_steps += 1
        is_finite = self.norms.clip(self.parameters.vector)
        if plan.noise is None and not (is_finite and math.isfinite(float(terms["loss"]))):
            found = f"{float(terms['loss'])} in epoch {self.history.n_iter + 1}"
            self.last_good.go_back(found)
            return None
        self.optimizer.step()
        self.last_good.count(self.history.n_steps)
        return terms

    @torch.no_grad()
    def _held_out_loss(self, held_out: TrainingData) -> float:
        # The same rows, as balanced as the batches, and the same noise every time: epochs then differ by weights alone.
        fixed = torch.Generator().manual_seed(0)
        draws = self._make_draws(held_out)
        (index,) = draws.epoch(1, draws.n_rows, fixed)
        total = 0.0
        for part in index.to(held_out.y.device).split(1024):
            if len(part):
                rows, y = held_out.rows.take(part), held_out.y[part]
                total += float(self.module.loss(rows, y, fixed, self.plan.beta)["loss"]) * len(part)
        if self.team is not None:
            total = float(self.team.add(torch.tensor([total], dtype=torch.float64)))
        return total / draws.n_rows

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

    def _state(self) -> dict[str, Any]:
        """Return all that a later run of the same plan needs to go on; nothing is a worker's own."""
        return {
            "weights": self.module.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "generator": self.generator.get_state(),
            "log_usual_norm": self.norms.log_usual,
            "history": asdict(self.history),
            "best_loss": self.best_loss,
            "best_weights": self.best_weights,
            "best_epoch": self.best_epoch,
        }

    def _restore(self, state: dict[str, Any]) -> None:
        self.module.load_state_dict(state["weights"])
        self.optimizer.load_state_dict(state["optimizer"])
        self.generator.set_state(state["generator"].cpu())
        self.norms.log_usual = state["log_usual_norm"]
        self.history = History(**state["history"])
        self.best_loss, self.best_epoch = state["best_loss"], state["best_epoch"]
        self.best_weights = state["best_weights"]

    def finish(self) -> None:
        """Put back the best weights where rows were held out."""
        if self.best_weights is not None:
            self.module.load_state_dict(self.best_weights)
            self.history.best_iter = self.best_epoch
        self.parameters.release()
        self.module.eval()

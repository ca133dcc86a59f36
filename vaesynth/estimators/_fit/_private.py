"""Restrictions of a private fit, and its plan of noise."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch

from vaesynth._validation import draw_seed, make_torch_generator
from vaesynth.estimators._checks import resolve
from vaesynth.estimators._defaults import choose_schedule
from vaesynth.estimators._fit._fit import GivenRows
from vaesynth.estimators._row_codecs import ImageCodec, TableCodec
from vaesynth.training import NoisePlan, PrivacySpent, TrainingPlan, plan_noise

# Those that are learned by gradients alone: others take their components from rows.
PRIVATE_PRIORS = ("standard_normal", "class_gaussian")


@dataclass(frozen=True)
class PrivateFit:
    """The noise of a private fit, the budget that it spends, and the source of the noise."""

    noise: NoisePlan
    spent: PrivacySpent

    @classmethod
    def plan(
        cls, estimator: Any, given: GivenRows, automatic_prior: str, *, corrupts: bool
    ) -> PrivateFit | None:
        """Refuse what cannot be done privately, and find the noise that keeps to the budget; None where there is none.

        Raises
        ------
        ValueError
            If the rows are images or weigh differently, the decoder is autoregressive, a parameter asks for a look at
            rows outside the noisy gradients, or no noise keeps to the budget.
        ImportError
            If Opacus is not installed.
        """
        if estimator.privacy is None:
            return None
        if corrupts:
            raise ValueError(
                "`privacy` must be None where noise is to be learned, got a PrivacyBudget"
            )
        _check_rows(given.codec, given.weight, estimator.privacy.delta)
        _check_parameters(estimator, resolve(estimator.prior, automatic_prior))
        n_rows = given.rows.n_rows
        schedule = choose_schedule(n_rows, estimator.max_iter, estimator.batch_size)
        rate = min(1.0, schedule.batch_size / n_rows)
        n_steps = schedule.max_iter * schedule.n_steps_per_epoch
        return cls(*plan_noise(estimator.privacy, rate, n_steps))

    def apply(self, plan: TrainingPlan) -> TrainingPlan:
        """Return the plan of a training with this noise."""
        return replace(plan, noise=self.noise)

    @staticmethod
    def make_generator() -> torch.Generator:
        """Make a source that nobody can make again, as its draws would take the noise off."""
        return make_torch_generator(draw_seed(None))


def _check_rows(codec: TableCodec | ImageCodec, weight: np.ndarray, delta: float) -> None:
    if isinstance(codec, ImageCodec):
        raise ValueError("a private fit must be of a table, got images")
    if np.ptp(weight):
        raise ValueError(
            f"rows of a private fit must weigh the same, got weights from {weight.min()} to {weight.max()}"
        )
    if delta * len(weight) >= 1:
        raise ValueError(
            f"`delta` must be below one over the number of rows, {1 / len(weight):.3g}, got {delta}"
        )


def _check_parameters(estimator: Any, prior: str) -> None:
    if prior not in PRIVATE_PRIORS:
        raise ValueError(f"`prior` of a private fit must be one of {PRIVATE_PRIORS}, got {prior!r}")
    if estimator.decoder == "autoregressive":
        raise ValueError(
            "`decoder` of a private fit must be 'auto' or 'independent', got 'autoregressive'"
        )
    for name in ("early_stopping", "warm_start", "free_bits", "mixed_precision"):
        value = getattr(estimator, name)
        if value and value != "auto":
            raise ValueError(f"a private fit must go without `{name}`, got {value!r}")

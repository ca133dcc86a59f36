"""Plans of the training of a Gaussian VAE: steps, rates and shares where ``"auto"`` leaves them open."""

from __future__ import annotations

from typing import Any

from vaesynth.estimators import _defaults as defaults
from vaesynth.estimators._checks import count_threads, resolve
from vaesynth.estimators._networks import GaussianSizes
from vaesynth.training import TrainingPlan


def choose_plan(
    parameters: Any, sizes: GaussianSizes, n_rows: int, automatic_beta: float
) -> TrainingPlan:
    """Return the plan for a model of these sizes.

    Parameters
    ----------
    parameters : VAE or CVAE
        The estimator; its parameters are read, nothing else.
    sizes : GaussianSizes
        How the network is built.
    n_rows : int
        Rows to learn from, held-out ones among them.
    automatic_beta : float
        What ``beta="auto"`` means.
    """
    weight_decay = defaults.WEIGHT_DECAY
    max_iter, batch_size = parameters.max_iter, parameters.batch_size
    if sizes.likelihood != "cells":
        n_steps = defaults.IMAGE_STEPS
        if sizes.network == "spatial":
            n_steps = defaults.SPATIAL_STEPS
            batch_size = resolve(batch_size, min(defaults.SPATIAL_BATCH, max(16, n_rows // 8)))
        schedule = defaults.choose_image_schedule(n_rows, max_iter, batch_size, n_steps)
        learning_rate = defaults.IMAGE_LEARNING_RATE[sizes.network]
    elif sizes.decoder == "autoregressive":
        schedule = defaults.choose_linked_schedule(n_rows, max_iter, batch_size)
        learning_rate = defaults.LINKED_LEARNING_RATE
        weight_decay = defaults.choose_linked_weight_decay(n_rows)
    else:
        schedule = defaults.choose_schedule(n_rows, max_iter, batch_size)
        learning_rate = defaults.LEARNING_RATE
    return TrainingPlan(
        max_iter=schedule.max_iter,
        n_steps_per_epoch=schedule.n_steps_per_epoch,
        batch_size=schedule.batch_size,
        learning_rate=resolve(parameters.learning_rate_init, learning_rate),
        is_one_cycle=parameters.learning_rate == "one_cycle",
        weight_decay=resolve(parameters.weight_decay, weight_decay),
        beta=resolve(parameters.beta, automatic_beta),
        kl_warm_up=parameters.kl_warm_up,
        kl_n_cycles=parameters.kl_n_cycles,
        class_balance=choose_class_balance(sizes),
        n_iter_no_change=resolve(parameters.n_iter_no_change, defaults.N_ITER_NO_CHANGE),
        tol=parameters.tol,
        verbose=bool(parameters.verbose),
        n_shards=schedule.n_shards,
        n_threads=count_threads(parameters.n_jobs),
        mixed_precision=parameters.mixed_precision,
    )


def choose_class_balance(sizes: GaussianSizes) -> float:
    """Return how far batches go from the classes' own shares (0) to equal ones (1)."""
    return defaults.LINKED_CLASS_BALANCE if sizes.decoder == "autoregressive" else 1.0


def holds_rows_out(parameters: Any, sizes: GaussianSizes, n_rows: int) -> bool:
    """Return whether the fit of an estimator holds rows out to stop by."""
    suits = defaults.choose_early_stopping(n_rows, sizes.decoder)
    return resolve(parameters.early_stopping, parameters.privacy is None and suits)

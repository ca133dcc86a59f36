"""What an imputer makes of the model that it is given: what "auto" means, what is refused, how it is trained."""

from __future__ import annotations

from typing import Any

from vaesynth.estimators import VAE, count_threads, resolve
from vaesynth.training import TrainingPlan

RECIPE = {
    "latent_dim": 8,
    "hidden_layer_sizes": (128, 128),
    "beta": 1.0,
    "learning_rate_init": 1e-2,
    "weight_decay": 1e-2,
    # Held-out losses of hidden cells are noisy: the hidden cells are drawn again each time.
    "n_iter_no_change": 10,
}
# The model that completes cells is another one than `VAE`: it has no use for these parameters.
UNUSED = (
    "decoder",
    "activation",
    "network",
    "likelihood",
    "prior",
    "prior_n_components",
    "free_bits",
    "constraints",
    "warm_start",
    "privacy",
)
N_STEPS = 600
N_EPOCHS = 20
BATCH_SIZE = 256
# Fewer rows than this are all learned from: too few would be left to say when to stop.
LEAST_ROWS_TO_HOLD_OUT = 200


def check_model(model: VAE, name: str) -> None:
    """Raise where the model of an imputer is given what it cannot have; `name` is that of the imputer's class.

    Raises
    ------
    ValueError
        If a parameter is out of range, or one that a conditional model cannot have is not at its default.
    """
    model._validate_params()
    defaults = VAE().get_params()
    for parameter in UNUSED:
        if (found := getattr(model, parameter)) != defaults[parameter]:
            raise ValueError(
                f"`model` of a {name} must leave `{parameter}` at its default {defaults[parameter]!r}, got {found!r}"
            )
    if model.numeric_encoding not in ("auto", "standardize"):
        raise ValueError(
            f"`model` of a {name} must have `numeric_encoding` 'auto' or 'standardize', got {model.numeric_encoding!r}"
        )


def held_out_share(model: VAE, n_rows: int) -> float:
    """Return the share of the rows that says when to stop, 0 where all are learned from."""
    holds_out = resolve(model.early_stopping, n_rows >= LEAST_ROWS_TO_HOLD_OUT)
    return model.validation_fraction if holds_out else 0.0


def choose_plan(model: Any, n_rows: int) -> TrainingPlan:
    """Return how to train on a number of rows, by the parameters of a `VAE` in which the recipe has chosen."""
    batch_size = int(resolve(model.batch_size, min(BATCH_SIZE, max(16, n_rows // 8))))
    if model.max_iter == "auto":
        n_epochs, n_steps = N_EPOCHS, N_STEPS // N_EPOCHS
    else:
        n_epochs, n_steps = int(model.max_iter), -(-n_rows // batch_size)
    return TrainingPlan(
        max_iter=n_epochs,
        n_steps_per_epoch=n_steps,
        batch_size=batch_size,
        learning_rate=float(model.learning_rate_init),
        is_one_cycle=model.learning_rate == "one_cycle",
        weight_decay=float(model.weight_decay),
        beta=float(model.beta),
        kl_warm_up=model.kl_warm_up,
        kl_n_cycles=model.kl_n_cycles,
        n_iter_no_change=model.n_iter_no_change,
        tol=model.tol,
        verbose=bool(model.verbose),
        n_threads=count_threads(model.n_jobs),
        mixed_precision=model.mixed_precision,
    )

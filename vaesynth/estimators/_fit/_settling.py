"""Steps after the training: fit the prior and the scales of the values, and train the flow on posteriors."""

from __future__ import annotations

from typing import Any

import torch

from vaesynth._threads import single_thread
from vaesynth._warnings import PosteriorCollapseWarning, warn_user
from vaesynth.models import GaussianVAE, LatentUse, measure_latent_use
from vaesynth.nn import Rows
from vaesynth.priors import FlowPrior
from vaesynth.training import (
    TrainingData,
    TrainingPlan,
    balanced_probabilities,
    draw_epoch,
    train,
)

# Rows enough for moments of a few dozen latents and columns in every class.
SETTLING_ROWS = 20_000
# Images whose features are all kept at once.
SETTLING_IMAGES = 1_000
# Held-out densities of encoded tables and images no longer rise after about as many steps of as many draws.
FLOW_STEPS = 600
FLOW_BATCH_SIZE = 256


def draw_settling_rows(
    data: TrainingData, balance: float, network: str, generator: torch.Generator
) -> TrainingData:
    """Return the rows on which prior and scales are finished: all, or as many draws as decide them.

    Parameters
    ----------
    data : TrainingData
        Rows that were learned from.
    balance : float
        How far classes have equal weight, as in the batches.
    network : str
        Kind of the network; "spatial" ones keep more of each row.
    generator : torch.Generator
        Source of the draws.
    """
    probabilities = balanced_probabilities(data.y.cpu(), data.weight, balance)
    everything = torch.arange(len(probabilities))
    most = SETTLING_IMAGES if network == "spatial" else SETTLING_ROWS
    if len(everything) > most:
        everything = draw_epoch(probabilities, most, generator)
        probabilities = torch.ones(most)
    index = everything.to(data.y.device)
    return TrainingData(data.rows.take(index), data.y[index], probabilities)


def settle(module: GaussianVAE, data: TrainingData, generator: torch.Generator) -> LatentUse:
    """Fit the prior and the scales of a trained model to rows with the weights of the batches.

    Returns
    -------
    LatentUse
        How much the rows use each latent, by the prior of the training.
    """
    rows, y, weight = data.rows, data.y, data.weight.to(data.y.device, torch.float32)
    with single_thread():
        use = measure_latent_use(module, rows, y, weight)
        module.settle(rows, y, weight, generator)
    if isinstance(module.prior, FlowPrior):
        _train_flow(module.prior, module, data, generator)
    return use


def _train_flow(
    prior: FlowPrior, model: GaussianVAE, data: TrainingData, generator: torch.Generator
) -> None:
    """Train the flow that is the prior of a model on draws from the posteriors of the rows; the model stays."""
    with torch.no_grad():
        moments = torch.cat(model.encode(data.rows, data.y), dim=1)
    no_codes = moments.new_zeros((len(moments), 0), dtype=torch.int64)
    posteriors = Rows(moments, torch.ones_like(moments[:1, :1]).expand(moments.shape), no_codes)
    plan = TrainingPlan(max_iter=1, n_steps_per_epoch=FLOW_STEPS, batch_size=FLOW_BATCH_SIZE)
    prior.requires_grad_(True)
    train(prior, TrainingData(posteriors, data.y, data.weight), plan, generator)
    prior.requires_grad_(False)


def warn_of_collapse(estimator: Any) -> None:
    """Warn if no latent of a fitted estimator tells rows apart.

    Examples
    --------
    >>> import numpy as np
    >>> from vaesynth import VAE
    >>> warn_of_collapse(VAE(random_state=0).fit(np.random.default_rng(0).normal(size=(50, 3))))
    """
    # Cells that are linked by the decoder tell rows apart without any latent.
    collapsed = estimator.active_units_ == 0 and estimator._sizes.decoder == "independent"
    if collapsed and estimator.kl_per_latent_ is not None:
        warn_user(
            f"posterior collapse: none of the {estimator.latent_dim_} latents tells rows apart (KL "
            f"{estimator.kl_per_latent_.sum():.2g} nats a row), so that all are encoded and decoded alike; lower "
            "`beta`, set `free_bits` or train longer",
            PosteriorCollapseWarning,
        )

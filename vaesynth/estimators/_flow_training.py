"""Training of a flow prior on the posteriors of a trained model."""

from __future__ import annotations

import torch

from vaesynth.models import GaussianVAE
from vaesynth.nn import Rows
from vaesynth.priors import FlowPrior
from vaesynth.training import TrainingData, TrainingPlan, train

# Held-out densities of encoded tables and images no longer rise after about as many steps of as many draws.
N_STEPS = 600
BATCH_SIZE = 256


def train_flow(
    prior: FlowPrior, model: GaussianVAE, data: TrainingData, generator: torch.Generator
) -> None:
    """Train the flow that is the prior of a model on draws from the posteriors of the rows; the model stays."""
    with torch.no_grad():
        moments = torch.cat(model.encode(data.rows, data.y), dim=1)
    no_codes = moments.new_zeros((len(moments), 0), dtype=torch.int64)
    posteriors = Rows(moments, torch.ones_like(moments[:1, :1]).expand(moments.shape), no_codes)
    plan = TrainingPlan(max_iter=1, n_steps_per_epoch=N_STEPS, batch_size=BATCH_SIZE)
    prior.requires_grad_(True)
    train(prior, TrainingData(posteriors, data.y, data.weight), plan, generator)
    prior.requires_grad_(False)

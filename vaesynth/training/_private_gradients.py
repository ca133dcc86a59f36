"""Gradients of one step that tell little of any single row: each row's is cut, and the sum gets noise."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import Any, cast

import torch
from torch import Tensor, nn
from torch.func import functional_call, grad, vmap

from vaesynth.nn import Rows
from vaesynth.training._contract import Trainable, TrainingData
from vaesynth.training._gradients import FlatParameters
from vaesynth.training._privacy import NoisePlan

# Rows whose gradients are held at once: each is as long as all parameters.
CHUNK = 64


@dataclass(frozen=True)
class PrivateGradients:
    """The Gaussian mechanism on the sum of the rows' gradients.

    The gradient of each row is that of a batch with this row alone. It is clipped to `max_grad_norm`. The sum gets
    normal noise and is divided by the expected, not the actual, number of rows. The step returns no term of the
    objective, because the terms have no noise.

    Parameters
    ----------
    module : Trainable
        Module to differentiate; its result for a row must not depend on other rows.
    data : TrainingData
        Rows to take the batches from.
    generator : torch.Generator
        Source of the noise.
    noise : NoisePlan
        Rate, noise and cut.

    References
    ----------
    Abadi et al., "Deep Learning with Differential Privacy", CCS 2016.
    """

    module: Trainable
    data: TrainingData
    generator: torch.Generator
    noise: NoisePlan

    def accumulate(
        self, parameters: FlatParameters, index: Tensor, beta: float
    ) -> dict[str, Tensor]:
        """Set the noisy gradient of the vector for the rows at `index`; there are no terms to give."""
        total = torch.zeros_like(parameters.vector)
        for part in index.split(CHUNK):
            if len(part):
                total += self.clipped_sum(part, beta)
        scale = self.noise.noise_multiplier * self.noise.max_grad_norm
        noise = torch.randn(total.shape, generator=self.generator, dtype=torch.float64) * scale
        n_expected = self.noise.rate * self.data.rows.n_rows
        parameters.vector.grad = (total + noise.to(total)) / n_expected
        return {}

    def clipped_sum(self, index: Tensor, beta: float) -> Tensor:
        """Sum of the cut gradients of the rows at `index`, shape (n_parameters,)."""
        gradients = self.row_gradients(index, beta)
        norms = gradients.norm(dim=1, keepdim=True)
        factors = (self.noise.max_grad_norm / norms.clamp_min(1e-12)).clamp_max(1.0)
        # A gradient that is no number would escape the cut: such a row takes no part.
        finite = torch.isfinite(norms)
        return torch.where(finite, gradients * factors, 0.0).sum(0)

    def row_gradients(self, index: Tensor, beta: float) -> Tensor:
        """Return the gradient of each row's own loss, shape (n_rows, n_parameters)."""
        loss = _RowLoss(self.module, self.generator, beta)
        weights = {
            name: parameter.detach()
            for name, parameter in loss.named_parameters()
            if parameter.requires_grad
        }

        def of_row(weights: dict[str, Tensor], rows: Rows, y: Tensor) -> Any:
            return functional_call(loss, weights, (rows, y))

        each = vmap(grad(of_row), in_dims=(None, 0, 0), randomness="different")
        with warnings.catch_warnings():
            # Sums of embeddings have no batched form in torch yet: only time is lost.
            warnings.filterwarnings("ignore", message="There is a performance drop")
            gradients = each(weights, self.data.rows.take(index), self.data.y[index])
        return torch.cat([gradients[name].flatten(1) for name in weights], dim=1)


class _RowLoss(nn.Module):
    """The loss of one row as a function of the parameters."""

    def __init__(self, module: Trainable, generator: torch.Generator, beta: float) -> None:
        super().__init__()
        self.module = cast(nn.Module, module)
        self.generator, self.beta = generator, beta

    def forward(self, rows: Rows, y: Tensor) -> Tensor:
        one = Rows(*(part[None] for part in rows))
        terms = cast(Trainable, self.module).loss(one, y[None], self.generator, self.beta)
        return terms["loss"]

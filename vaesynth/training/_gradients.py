"""Gradients of one step, from shards of the batch whose number never depends on the number of threads."""

from __future__ import annotations

import math
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property
from typing import cast

import torch
from torch import Tensor, nn

from vaesynth.nn import Rows
from vaesynth.training._contract import SelfDifferentiating, Trainable, TrainingData


class FlatParameters:
    """One vector; the parameters of the module become views of it.

    Parameters
    ----------
    parameters : sequence of Parameter
        Parameters of one type on one device; their storage is replaced.
    """

    def __init__(self, parameters: Sequence[nn.Parameter]) -> None:
        self.members = list(parameters)
        self.vector = nn.Parameter(
            torch.cat([parameter.detach().flatten() for parameter in self.members])
        )
        self.sizes = [parameter.numel() for parameter in self.members]
        parts = self.vector.detach().split(self.sizes)
        for parameter, part in zip(self.members, parts, strict=True):
            parameter.data = part.view(parameter.shape)

    def release(self) -> None:
        """Give each parameter memory of its own again.

        A view may start anywhere in memory, and a product of matrices may then differ in its last digit from that of a
        model that was loaded from a file.
        """
        for parameter in self.members:
            parameter.data = parameter.data.clone()

    def gradient(self, loss: Tensor) -> Tensor:
        """Return the gradient of a scalar with respect to the vector, shape (n_parameters,)."""
        return self.join(self.differentiate(loss))

    def differentiate(self, loss: Tensor) -> Sequence[Tensor]:
        """Return the gradient of a scalar with respect to each parameter."""
        return torch.autograd.grad(loss, self.members, allow_unused=True, materialize_grads=True)

    @staticmethod
    def join(parts: Sequence[Tensor]) -> Tensor:
        """Put gradients with respect to all parameters into one vector, shape (n_parameters,)."""
        return torch.cat([part.reshape(-1) for part in parts])

    def add(self, gradient: Tensor, parts: Sequence[Tensor]) -> None:
        """Add gradients with respect to all parameters to a vector, in place."""
        for place, part in zip(gradient.split(self.sizes), parts, strict=True):
            place.add_(part.reshape(-1))


# Change of the logarithm per step: the usual length is that of the last hundred steps.
PACE = 0.01
LIMIT = 4.0


class UsualNorm:
    """Cuts a gradient whose norm is more than four times the geometric mean of those before it.

    Attributes
    ----------
    log_usual : float or None
        Logarithm of that mean; None before the first gradient.

    References
    ----------
    Pascanu, Mikolov, Bengio, "On the difficulty of training recurrent neural networks", ICML 2013 (clipping norms, to a
    fixed length).

    Examples
    --------
    >>> import torch
    >>> weight, norms = torch.nn.Parameter(torch.zeros(1)), UsualNorm()
    >>> for length in (1.0, 1.0, 100.0):
    ...     weight.grad = torch.tensor([length])
    ...     is_finite = norms.clip(weight)
    >>> weight.grad
    tensor([4.])
    """

    def __init__(self) -> None:
        self.log_usual: float | None = None

    def clip(self, vector: Tensor) -> bool:
        """Cut the gradient of a parameter, in place, where it is too long, and return whether it is finite."""
        if vector.grad is None:
            return True
        norm = float(vector.grad.norm())
        if not 0 < norm < math.inf:
            return norm == 0
        log_norm = math.log(norm)
        if self.log_usual is None:
            self.log_usual = log_norm
        log_limit = self.log_usual + math.log(LIMIT)
        if log_norm > log_limit:
            vector.grad.mul_(math.exp(log_limit - log_norm))
            log_norm = log_limit
        self.log_usual += PACE * (log_norm - self.log_usual)
        return True


@dataclass(frozen=True)
class MixedPrecision:
    """Computes the loss of a module under ``torch.autocast`` with bfloat16, on any device.

    bfloat16 has the range of float32, so that no gradient needs to be scaled.

    Parameters
    ----------
    module : Trainable
        Whose loss. Its own modules see to it that log-likelihoods are summed in float32.

    References
    ----------
    Micikevicius et al., "Mixed Precision Training", ICLR 2018; Kalamkar et al., "A Study of BFLOAT16 for Deep Learning
    Training", 2019.
    """

    module: Trainable

    def loss(
        self, rows: Rows, y: Tensor, generator: torch.Generator, beta: float
    ) -> dict[str, Tensor]:
        """Return the terms of the module's objective in nats per row, float32."""
        # Threads share the cache of autocast, and one that has finished would empty it for the others.
        with torch.autocast(y.device.type, dtype=torch.bfloat16, cache_enabled=False):
            return self.module.loss(rows, y, generator, beta)


@dataclass(frozen=True)
class ShardedGradients:
    """Splits each batch into equal shards, differentiates each on one thread and sums them in order.

    Threads then change the time and not one bit of the result: a matrix product split among threads by the linear
    algebra library would sum in another order.

    Parameters
    ----------
    module : Trainable or MixedPrecision
        Module to differentiate.
    data : TrainingData
        Rows to take the batches from.
    generators : list of torch.Generator
        One source of noise for each shard.
    pool : ThreadPoolExecutor or None
        Threads; None computes the shards one after another.
    """

    module: Trainable | MixedPrecision
    data: TrainingData
    generators: list[torch.Generator]
    pool: ThreadPoolExecutor | None

    @cached_property
    def _knows_gradients(self) -> bool:
        return getattr(self.module, "has_gradients", False)

    def accumulate(
        self, parameters: FlatParameters, index: Tensor, beta: float
    ) -> dict[str, Tensor]:
        """Set the gradient of the vector for the rows at `index` and give the terms of the objective."""

        def differentiate(
            part: Tensor, generator: torch.Generator
        ) -> tuple[dict[str, Tensor], Sequence[Tensor]]:
            rows, y = self.data.rows.take(part), self.data.y[part]
            share = len(part) / len(index)
            if self._knows_gradients:
                known = cast(SelfDifferentiating, self.module)
                terms, of_each = known.gradients(rows, y, generator, beta, share)
                return terms, [of_each[parameter] for parameter in parameters.members]
            terms = self.module.loss(rows, y, generator, beta)
            gradients = parameters.differentiate(terms["loss"] * share)
            return {name: term.detach() * share for name, term in terms.items()}, gradients

        parts = index.tensor_split(len(self.generators))
        run = map if self.pool is None else self.pool.map
        (terms, gradients), *others = run(differentiate, parts, self.generators)
        gradient = parameters.join(gradients)
        for other_terms, other_gradients in others:
            parameters.add(gradient, other_gradients)
            terms = {name: term + other_terms[name] for name, term in terms.items()}
        parameters.vector.grad = gradient
        return terms

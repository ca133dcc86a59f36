"""Gradients of one step, from shards of the batch whose number never depends on the number of threads."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property
from typing import cast

import torch
from torch import Tensor

from vaesynth.training._contract import SelfDifferentiating, Trainable, TrainingData
from vaesynth.training._flat_parameters import FlatParameters
from vaesynth.training._mixed_precision import MixedPrecision


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

"""Gradients of one step, from shards of the batch whose number never depends on the number of threads."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from vaesynth.training._contract import Trainable, TrainingData


@dataclass(frozen=True)
class ShardedGradients:
    """Splits each batch into equal shards, differentiates each on one thread and sums them in order.

    Threads then change the time and not one bit of the result: a matrix product split among threads by the linear
    algebra library would sum in another order.

    Parameters
    ----------
    module : Trainable
        Module to differentiate.
    data : TrainingData
        Rows to take the batches from.
    generators : list of torch.Generator
        One source of noise for each shard.
    pool : ThreadPoolExecutor or None
        Threads; None computes the shards one after another.
    """

    module: Trainable
    data: TrainingData
    generators: list[torch.Generator]
    pool: ThreadPoolExecutor | None

    def accumulate(
        self, parameters: list[nn.Parameter], index: Tensor, beta: float
    ) -> dict[str, Tensor]:
        """Set the parameters' gradients for the rows at `index` and give the terms of the objective."""

        def differentiate(
            part: Tensor, generator: torch.Generator
        ) -> tuple[dict[str, Tensor], tuple[Tensor, ...]]:
            rows, y = self.data.rows.take(part), self.data.y[part]
            terms = self.module.loss(rows, y, generator, beta)
            share = len(part) / len(index)
            gradients = torch.autograd.grad(
                terms["loss"] * share, parameters, allow_unused=True, materialize_grads=True
            )
            return {name: term.detach() * share for name, term in terms.items()}, gradients

        parts = index.tensor_split(len(self.generators))
        run = map if self.pool is None else self.pool.map
        shards = list(run(differentiate, parts, self.generators))
        for parameter, *gradients in zip(
            parameters, *(gradients for _, gradients in shards), strict=True
        ):
            parameter.grad = sum(gradients[1:], start=gradients[0])
        return {
            name: torch.stack([terms[name] for terms, _ in shards]).sum() for name in shards[0][0]
        }


@contextmanager
def thread_pool(n_threads: int) -> Iterator[ThreadPoolExecutor | None]:
    """Threads that each run torch's operations alone; none where one thread is enough."""
    if n_threads == 1:
        yield None
        return
    with ThreadPoolExecutor(n_threads, initializer=torch.set_num_threads, initargs=(1,)) as pool:
        yield pool

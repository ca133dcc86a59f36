"""Losses whose matrix products are taken in half precision, from weights that stay in single precision."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from vaesynth.nn import Rows
from vaesynth.training._contract import Trainable


@dataclass(frozen=True)
class MixedPrecision:
    """Takes the loss of a module under ``torch.autocast`` with bfloat16, whatever the device.

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

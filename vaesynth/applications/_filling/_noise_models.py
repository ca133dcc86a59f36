"""Noise by its name or by a function of the user, which an encoder reads in place of clean rows."""

from __future__ import annotations

import numbers
from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from torch import Tensor

from vaesynth.estimators import MakeCorruption
from vaesynth.nn import (
    Corruption,
    GaussianCorruption,
    MaskingCorruption,
    Rows,
    SaltAndPepperCorruption,
)

NOISES = ("gaussian", "masking", "salt_and_pepper")
UserNoise = Callable[[Any, np.random.RandomState], Any]


class UserCorruption(Corruption):
    """Noise of a function of the user, which takes and returns rows as the user has them.

    Parameters
    ----------
    noise : callable
        ``noise(X, random_state)`` returns a noisy copy of `X`.
    codec : object
        What encodes and decodes rows.
    """

    def __init__(self, noise: UserNoise, codec: Any) -> None:
        super().__init__(0.0, 0.0)
        self.noise, self.codec = noise, codec

    def _corrupt(self, rows: Rows, level: Tensor, generator: torch.Generator) -> Rows:  # noqa: ARG002
        seed = int(torch.randint(2**31, (1,), generator=generator))
        device = rows.values.device
        noisy = self.noise(self.codec.decode(rows, seed), np.random.RandomState(seed))
        values, present, codes = self.codec.encode(noisy)
        if len(values) != rows.n_rows:
            raise ValueError(
                f"`noise` must give as many rows as it takes, {rows.n_rows}, got {len(values)}"
            )
        return Rows(values.to(device), present.to(device), codes.to(device))


def plan_noise_model(noise: str | UserNoise, level: Any) -> MakeCorruption:
    """Return a function that makes the noise from what has read the table or the images, and the encoded rows.

    Parameters
    ----------
    noise : {"gaussian", "masking", "salt_and_pepper"} or callable
        Kind of the noise.
    level : float or (float, float)
        Its level or range of levels.

    Returns
    -------
    callable

    Raises
    ------
    ValueError
        If the level is not one or two numbers of the noise's range.
    """
    if callable(noise):
        return lambda codec, rows: UserCorruption(noise, codec)  # noqa: ARG005
    lowest, highest = check_level(noise, level)

    def make(codec: Any, rows: Rows) -> Corruption:
        levels = codec.cells.cardinalities_ if hasattr(codec, "cells") else ()
        if noise == "gaussian":
            return GaussianCorruption(lowest, highest, levels)
        if noise == "masking":
            return MaskingCorruption(lowest, highest, levels)
        ends = (torch.tensor(0.0), torch.tensor(1.0))
        if hasattr(codec, "cells") and rows.values.shape[1]:
            ends = (rows.values.amin(0), rows.values.amax(0))
        return SaltAndPepperCorruption(lowest, highest, *ends, levels)

    return make


def check_level(noise: str, level: Any) -> tuple[float, float]:
    """Return the range of levels, checked to be one that the noise can have."""
    ends = (level, level) if isinstance(level, numbers.Real) else tuple(level)
    most = np.inf if noise == "gaussian" else 1.0
    if (
        len(ends) != 2
        or not all(isinstance(end, numbers.Real) for end in ends)
        or not 0 <= ends[0] <= ends[1] <= most
        or not 0 < ends[1] < np.inf
    ):
        limit = "" if noise == "gaussian" else " and at most 1"
        raise ValueError(
            "`level` must be a number, or a smallest and a largest one, of at least 0 and not only 0"
            f"{limit}, got {level!r}"
        )
    return float(ends[0]), float(ends[1])

"""Grids of whole numbers to bits and back, under the prior of a `RateDistortionVAE`."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from torch import Tensor

from vaesynth.applications._compression._checked_groups import (
    checksum,
    group_sizes,
    join_words,
    open_stack,
    pop_groups,
    split_words,
)
from vaesynth.applications._compression._fixed_point import (
    ACTIVATION_STEPS,
    ACTIVATION_UNIT,
    FixedPointNetwork,
    activation_range,
    exact_products,
)
from vaesynth.applications._compression._level_coder import LevelCoder, ans_coder, frame_sites
from vaesynth.models import RateDistortionVAE

# Grids that are coded together: more do not fit the processor's caches.
GROUP = 1024


class GridCoder:
    """Codes grids position by position, each for many grids at once.

    Parameters
    ----------
    model : RateDistortionVAE
        A trained model; its prior is rounded to whole numbers.

    Examples
    --------
    >>> import numpy as np
    >>> import torch
    >>> from vaesynth.models import CodeSizes
    >>> model = RateDistortionVAE((1, 8, 8), [10], CodeSizes(width=8), torch.Generator().manual_seed(0))
    >>> coder = GridCoder(model)
    >>> codes = np.arange(128).reshape(2, 4, 16) % 63 - 31
    >>> (coder.decode(coder.encode(codes, 0), 2, 0) == codes).all()
    np.True_
    """

    def __init__(self, model: RateDistortionVAE) -> None:
        sizes = model.sizes
        self.code_dim, self.max_code = sizes.code_dim, sizes.max_code
        self.level_coder = LevelCoder(model.mixture)
        self.neighbours = model.neighbours.int()
        n_around = self.neighbours.shape[1] * sizes.code_dim
        units, bounds = activation_range(model.N_FEATURES)
        self.prior = FixedPointNetwork.of(
            model.prior,
            np.append(np.full(n_around, 1 / sizes.max_code), units),
            np.append(np.full(n_around, float(sizes.max_code)), bounds),
        )
        with torch.no_grad():
            told = torch.nn.functional.relu6(model.place + model.quality[:, None])
        steps = (told.double() / ACTIVATION_UNIT).round()
        self.told = steps.clamp(0, ACTIVATION_STEPS).to(torch.int16)

    def arrays(self) -> list[np.ndarray]:
        """Return all that decides how a grid is coded."""
        fixed = (self.told, self.neighbours, self.level_coder.exponential.table)
        return self.prior.arrays() + [tensor.numpy() for tensor in fixed]

    def encode(self, codes: np.ndarray, quality: int) -> bytes:
        """Return the bits of grids, given as codes of shape (n_rows, n_positions, code_dim)."""
        stack, checks = ans_coder(), []
        with exact_products():
            for group in torch.from_numpy(codes).split(GROUP):
                self._push_grids(stack, group, quality)
                checks.append(checksum(group.numpy()))
        return join_words(checks, stack.get_compressed())

    def decode(self, payload: bytes, n_rows: int, quality: int) -> np.ndarray:
        """Return the codes of shape (n_rows, n_positions, code_dim) from their bits.

        Raises
        ------
        StreamError
            If the bits are of other codes than were compressed.
        """
        checks, words = split_words(payload, -(-n_rows // GROUP))
        stack = open_stack(words)
        with exact_products():
            return pop_groups(
                group_sizes(n_rows, GROUP),
                checks,
                lambda size: self._pop_grids(stack, size, quality).numpy(),
            )

    def _push_grids(self, stack: Any, codes: Tensor, quality: int) -> None:
        known = frame_sites(codes.permute(1, 2, 0))
        for position in range(len(self.neighbours) - 1, -1, -1):
            levels = (codes[:, position].t() + self.max_code).flatten()
            self.level_coder.push(stack, self._outputs(known, position, quality), levels)

    def _pop_grids(self, stack: Any, n_rows: int, quality: int) -> Tensor:
        known = frame_sites(torch.zeros(len(self.neighbours), self.code_dim, n_rows))
        for position in range(len(self.neighbours)):
            levels = self.level_coder.pop(stack, self._outputs(known, position, quality))
            known[position] = (levels - self.max_code).view(self.code_dim, -1)
        return known[:-1].permute(2, 0, 1).long()

    def _outputs(self, known: Tensor, position: int, quality: int) -> Tensor:
        """Return the outputs of the prior for all codes of a position, shape (n_outputs, code_dim * n_rows)."""
        around = known[self.neighbours[position]].flatten(0, 1)
        told = self.told[quality, position].float()[:, None].expand(-1, known.shape[-1])
        outputs = self.prior(torch.cat([around, told])).unflatten(0, (self.code_dim, -1))
        return outputs.transpose(0, 1).flatten(1)

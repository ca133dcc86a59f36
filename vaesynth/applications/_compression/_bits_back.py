"""Images of whole numbers to bits and back without loss: bits-back coding with a `ContextVAE`."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import shake_128
from typing import Any, Self

import numpy as np
import torch
from torch import Tensor

from vaesynth._optional import import_optional
from vaesynth.applications._compression._checked_groups import (
    checksum,
    join_words,
    open_stack,
    pop_groups,
    split_words,
)
from vaesynth.applications._compression._file_format import StreamError
from vaesynth.applications._compression._fixed_point import (
    FixedPointLayer,
    FixedPointNetwork,
    activation_range,
    exact_products,
)
from vaesynth.applications._compression._level_coder import LevelCoder, ans_coder, frame_sites
from vaesynth.models import ContextVAE

# Latents lie on a grid of this step, fine against the posterior's scale, which is at least 0.05.
STEP = 1 / 16
LARGEST = 127
# Images that are coded together. The first of them borrow bits that nobody needs, so they are few; each next group
# borrows from those before, as many images as there are bits for. More than the last number do not fit the processor's
# caches.
FIRST_GROUP = 4
LAST_GROUP = 2048
# A latent takes 6 bits on average at most, where the posterior is as wide as the prior.
_BITS_PER_LATENT = 10


@dataclass(frozen=True)
class BitsBackNetworks:
    """The networks of a `ContextVAE`, in whole numbers."""

    encoder: FixedPointNetwork
    decoder: FixedPointNetwork
    patch: FixedPointLayer
    context: FixedPointNetwork

    @classmethod
    def of(cls, model: ContextVAE) -> Self:
        n_levels, sizes = model.mixture.n_levels, model.sizes
        n_sites, n_around = model.neighbours.shape
        unit, bound = 1 / (n_levels - 1), n_levels - 1.0
        told_units, told_bounds = activation_range(sizes.n_features)
        place = model.place.detach().double().numpy()
        return cls(
            FixedPointNetwork.of(model.encoder, np.full(n_sites, unit), np.full(n_sites, bound)),
            FixedPointNetwork.of(
                model.decoder, np.full(sizes.n_latents, STEP), np.full(sizes.n_latents, LARGEST)
            ),
            FixedPointLayer.of(model.patch, *activation_range(model.n_hidden), place),
            FixedPointNetwork.of(
                model.context,
                np.append(np.full(n_around, unit), told_units),
                np.append(np.full(n_around, bound), told_bounds),
            ),
        )


class BitsBackCoder:
    """Code images under a `ContextVAE` at the price of its evidence bound.

    The encoder draws a point of the latent space with bits that are on the stack already, then codes the image given
    the point, and the point under the prior. The decoder puts the drawn bits back. Images are coded in groups, each
    pixel for all images of a group at once.

    Parameters
    ----------
    model : ContextVAE
        A trained model; its networks are rounded to whole numbers.

    References
    ----------
    Townsend, Bird, Barber, "Practical Lossless Compression with Latent Variables Using Bits Back Coding", ICLR 2019.

    Examples
    --------
    >>> import numpy as np
    >>> import torch
    >>> from vaesynth.models import ContextSizes
    >>> sizes = ContextSizes(n_latents=2, width=8, context_widths=(8,))
    >>> coder = BitsBackCoder(ContextVAE((1, 4, 4), 256, sizes, torch.Generator().manual_seed(0)))
    >>> levels = np.arange(48).reshape(3, 16)
    >>> (coder.decode(coder.encode(levels), 3) == levels).all()
    np.True_
    """

    def __init__(self, model: ContextVAE) -> None:
        self.networks = BitsBackNetworks.of(model)
        self.level_coder = LevelCoder(model.mixture)
        self.neighbours = model.neighbours.int()
        self.order = model.order
        self.steps = _waves(model.patches.image_shape, model.sizes.reach)
        self.image_shape = model.patches.image_shape
        self.grid, self.patch_size = model.patches.grid, model.patches.patch_size
        self.n_latents, self.n_features = model.sizes.n_latents, model.sizes.n_features
        self.bounds = (*model.MEANS, *model.LOG_VARIANCES)

    def arrays(self) -> list[np.ndarray]:
        """Return all that decides how an image is coded."""
        networks = self.networks
        parts = (networks.encoder, networks.decoder, networks.patch, networks.context)
        fixed = (self.level_coder.exponential.table, self.neighbours, self.order)
        return [array for part in parts for array in part.arrays()] + [x.numpy() for x in fixed]

    def encode(self, levels: np.ndarray) -> bytes:
        """Return the bits of images, given as levels of shape (n_rows, n_sites)."""
        borrowed = self._borrow(len(levels))
        stack, sizes, checks = ans_coder(borrowed, seal=True), [], []
        with exact_products():
            for group in self._groups(stack, len(levels)):
                self._push_images(stack, torch.from_numpy(levels[group]))
                sizes.append(group.stop - group.start)
                checks.append(checksum(levels[group]))
        words = stack.get_compressed()
        # What was never borrowed the decoder knows without being told.
        n_known = _n_equal(words, borrowed)
        return join_words([n_known, len(sizes), *sizes, *checks], words[n_known:])

    def decode(self, payload: bytes, n_rows: int) -> np.ndarray:
        """Return the levels of images, shape (n_rows, n_sites), from their bits.

        Raises
        ------
        StreamError
            If the bits are of other images than were compressed.
        """
        (n_known, n_groups), words = split_words(payload, 2)
        borrowed = self._borrow(n_rows)
        if n_known > len(borrowed) or n_groups > len(words) // 2:
            raise StreamError(f"`stream` must be long enough for its {n_groups:,} groups of rows")
        sizes, checks, words = np.split(words, [n_groups, 2 * n_groups])
        if sizes.sum(dtype=np.uint64) != n_rows or (len(sizes) and sizes.max() > LAST_GROUP):
            raise StreamError(
                f"`stream` must have groups of at most {LAST_GROUP} rows, {n_rows:,} together, got others"
            )
        stack = open_stack(np.append(borrowed[:n_known], words))
        with exact_products():
            return pop_groups(
                sizes.tolist(), checks, lambda size: self._pop_images(stack, size).numpy()
            )

    def _groups(self, stack: Any, n_rows: int) -> Iterator[slice]:
        """Yield the images to be coded next; each group must be on the stack before the next one is asked for."""
        start, size = 0, FIRST_GROUP
        while start < n_rows:
            stop = min(n_rows, start + size)
            yield slice(start, stop)
            n_paid = stack.num_valid_bits() // (_BITS_PER_LATENT * self.n_latents)
            start, size = stop, max(1, min(LAST_GROUP, n_paid))

    def _push_images(self, stack: Any, levels: Tensor) -> None:
        known = frame_sites(levels.t())
        means, scales = self._posterior(known[:-1])
        z = stack.decode(_gaussian(), means, scales)
        told = self._tell(z)
        for step in reversed(self.steps):
            wave = levels.t()[self.order[step]].flatten()
            self.level_coder.push(stack, self._outputs(known, told, step), wave)
        stack.encode_reverse(z, _gaussian(0.0, 1 / STEP))

    def _pop_images(self, stack: Any, n_rows: int) -> Tensor:
        z = stack.decode(_gaussian(0.0, 1 / STEP), self.n_latents * n_rows)
        told = self._tell(z)
        known = frame_sites(torch.zeros(len(self.order), n_rows))
        for step in self.steps:
            wave = self.level_coder.pop(stack, self._outputs(known, told, step))
            known[self.order[step]] = wave.view(len(step), -1).float()
        means, scales = self._posterior(known[:-1])
        stack.encode_reverse(z, _gaussian(), means, scales)
        return known[:-1].t().long()

    def _borrow(self, n_rows: int) -> np.ndarray:
        """Return the words for the first group to draw with, more than it takes."""
        n_words = 4 + min(n_rows, FIRST_GROUP) * self.n_latents // 2
        return np.frombuffer(shake_128(b"bits back").digest(4 * n_words), "<u4").astype(np.uint32)

    def _posterior(self, levels: Tensor) -> tuple[np.ndarray, np.ndarray]:
        """Return the means and scales of the latents in steps of the grid, flat."""
        means, log_variances = self.networks.encoder(levels).chunk(2)
        low, high, least, most = self.bounds
        log_scales = (log_variances - 2).clamp_(least, most).mul_(0.5)
        scales = self.level_coder.exponential(log_scales)
        flat = [part.double().div_(STEP).flatten() for part in (means.clamp(low, high), scales)]
        return flat[0].numpy(), flat[1].numpy()

    def _tell(self, z: np.ndarray) -> Tensor:
        """Return of each pixel what the network reads, shape (n_features, n_sites, n_rows)."""
        points = torch.from_numpy(z).view(self.n_latents, -1).float()
        hidden = self.networks.decoder.activate(points)
        told = self.networks.patch.activate(hidden.unflatten(0, (self.grid[0] * self.grid[1], -1)))
        channels, height, width = self.image_shape
        size = self.patch_size
        parts = told.view(*self.grid, self.n_features, channels, size, size, -1)
        image = parts.permute(2, 3, 0, 4, 1, 5, 6).flatten(2, 3).flatten(3, 4)
        return image[:, :, :height, :width].flatten(1, 3).contiguous()

    def _outputs(self, known: Tensor, told: Tensor, step: Tensor) -> Tensor:
        """Return the outputs for the sites of a step in all images, shape (n_outputs, n_sites * n_rows)."""
        around = known[self.neighbours[step].t()]
        return self.networks.context(torch.cat([around, told[:, self.order[step]]]).flatten(1))


def _waves(shape: tuple[int, int, int], reach: int) -> list[Tensor]:
    """Return sites that can be coded at once, as none is in the surroundings of another: slanted lines of pixels.

    Examples
    --------
    >>> [step.tolist() for step in _waves((1, 2, 3), reach=1)]
    [[0], [1], [2, 3], [4], [5]]
    """
    channels, height, width = shape
    row, column = torch.arange(height)[:, None], torch.arange(width)
    when = ((reach + 1) * row + column)[..., None] * channels + torch.arange(channels)
    when = when.flatten()
    return [(when == time).nonzero()[:, 0] for time in when.unique()]


def _n_equal(words: np.ndarray, others: np.ndarray) -> int:
    n_words = min(len(words), len(others))
    differ = np.flatnonzero(words[:n_words] != others[:n_words])
    return int(differ[0]) if len(differ) else n_words


def _gaussian(*parameters: float) -> Any:
    model = import_optional("constriction", "compress").stream.model
    return model.QuantizedGaussian(-LARGEST, LARGEST, *parameters)

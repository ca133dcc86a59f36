"""Bits-back coding: exact, at the price of the evidence bound."""

import math
from itertools import pairwise

import numpy as np
import pytest
import torch

from vaesynth.applications._compression._bits_back import (
    FIRST_GROUP,
    LAST_GROUP,
    STEP,
    BitsBackCoder,
    _waves,
)
from vaesynth.models import ContextSizes, ContextVAE
from vaesynth.nn import Rows, earlier_sites, raster_order

SIZES = ContextSizes(
    n_latents=8, width=16, n_features=2, reach=2, n_mirrored=1, context_widths=(16,)
)


def draw_levels(n_rows, n_values=64, seed=0):
    return np.random.default_rng(seed).integers(0, 256, (n_rows, n_values))


@pytest.fixture
def model():
    """Make a model whose posterior is far from the prior, trained or not."""
    model = ContextVAE((1, 8, 8), 256, SIZES, torch.Generator().manual_seed(0))
    with torch.no_grad():
        model.encoder[-1].weight[:8] *= 20
    return model


@pytest.mark.parametrize("n_rows", [1, 4, 5, 400])
def test_images_come_back(model, n_rows):
    levels, coder = draw_levels(n_rows), BitsBackCoder(model)
    assert np.array_equal(coder.decode(coder.encode(levels), n_rows), levels)


def test_the_price_is_the_evidence_bound(model):
    levels = draw_levels(1500)
    values = torch.from_numpy(levels.astype(np.float32) / 255)
    rows = Rows(values, torch.ones(1, 1).expand(values.shape), torch.zeros(1500, 0).long())
    generator = torch.Generator().manual_seed(0)
    with torch.no_grad():
        terms = [model.loss(rows, None, generator, 1.0) for _ in range(30)]
    nats = np.mean([float(term["loss"]) for term in terms])
    kl = np.mean([float(term["kl"]) for term in terms])
    paid = 8 * len(BitsBackCoder(model).encode(levels)) / 1500 * math.log(2)
    assert paid == pytest.approx(nats, rel=0.01)
    # Within that tolerance neither the latents nor the bits that come back could be missing.
    assert kl > 0.03 * nats
    assert 8 * math.log(0.3 * math.sqrt(2 * math.pi * math.e) / STEP) > 0.03 * nats


def test_images_of_several_channels_come_back():
    model = ContextVAE((3, 5, 6), 256, SIZES, torch.Generator().manual_seed(0))
    levels, coder = draw_levels(20, 90), BitsBackCoder(model)
    assert np.array_equal(coder.decode(coder.encode(levels), 20), levels)


@pytest.mark.parametrize("shape", [(1, 6, 5), (3, 4, 4)])
def test_no_site_of_a_wave_is_around_another(shape):
    order, around = raster_order(shape), earlier_sites(shape, reach=2, n_mirrored=3)
    known = {len(order)}
    for step in _waves(shape, reach=2):
        assert set(around[step].flatten().tolist()) <= known
        known |= set(order[step].tolist())
    assert len(known) == len(order) + 1


def test_groups_grow_with_the_bits_that_there_are(model):
    class Stack:
        n_bits = 1000

        def num_valid_bits(self):
            self.n_bits *= 20
            return self.n_bits

    groups = list(BitsBackCoder(model)._groups(Stack(), 9000))
    sizes = [group.stop - group.start for group in groups]
    assert sizes[:3] == [FIRST_GROUP, 250, LAST_GROUP]
    assert sum(sizes) == 9000
    assert all(a.stop == b.start for a, b in pairwise(groups))


def test_images_that_are_worth_less_than_their_latents():
    # Eight pixels of ground each: the stack grows by few bits from image to image.
    sizes = ContextSizes(n_latents=60, width=16, n_features=2, reach=1, context_widths=(16,))
    model = ContextVAE((1, 2, 4), 256, sizes, torch.Generator().manual_seed(0))
    with torch.no_grad():
        model.context[-1].bias[model.mixture.n_components] = 12  # the atom's weight
    coder, levels = BitsBackCoder(model), np.zeros((700, 8), np.int64)
    payload = coder.encode(levels)
    assert len(payload) < 700 * 60 / 2  # far less than the latents borrowed
    assert np.array_equal(coder.decode(payload, 700), levels)

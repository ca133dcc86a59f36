"""Grids of codes to bits and back, at the price of their prior."""

import math

import numpy as np
import pytest
import torch

from vaesynth.applications._compression._grid_coder import GridCoder
from vaesynth.models import CodeSizes, RateDistortionVAE

SIZES = CodeSizes(patch_size=2, code_dim=3, max_code=5, width=8, n_blocks=1, context_widths=(16,))


@pytest.fixture
def model():
    return RateDistortionVAE((1, 6, 8), [5, 50], SIZES, torch.Generator().manual_seed(0))


def draw_codes(n_rows):
    normal = np.random.default_rng(0).normal(0, 2, (n_rows, 12, 3))
    return normal.round().clip(-5, 5).astype(np.int64)


@pytest.mark.parametrize("n_rows", [1, 30, 1500])
@pytest.mark.parametrize("quality", [0, 1])
def test_codes_come_back(model, n_rows, quality):
    coder, codes = GridCoder(model), draw_codes(n_rows)
    assert np.array_equal(coder.decode(coder.encode(codes, quality), n_rows, quality), codes)


def test_the_price_is_the_prior_s(model):
    codes = draw_codes(2000)
    known = torch.from_numpy(codes).float()
    generator, drawn = torch.Generator().manual_seed(0), torch.ones(2000).long()
    with torch.no_grad():
        # Half of the positions at a time.
        nats = [float(model._rate(known, known, drawn, generator).mean()) for _ in range(60)]
    bits = 8 * len(GridCoder(model).encode(codes, 1)) / 2000
    assert bits == pytest.approx(np.mean(nats) / math.log(2), rel=0.02)


def test_a_quality_has_a_prior_of_its_own(model):
    coder, codes = GridCoder(model), draw_codes(50)
    assert coder.encode(codes, 0) != coder.encode(codes, 1)

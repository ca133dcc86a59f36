"""The autoencoder to whole numbers: rate, distortion and their trade."""

import pytest
import torch
from scipy.fft import dctn

from vaesynth.models import CodeSizes, RateDistortionVAE
from vaesynth.models._rate_distortion_vae import cosine_basis
from vaesynth.nn import Rows

SIZES = CodeSizes(patch_size=2, code_dim=3, max_code=7, width=8, n_blocks=1, context_widths=(8,))


@pytest.fixture
def model():
    return RateDistortionVAE((1, 6, 6), [5, 50], SIZES, torch.Generator().manual_seed(0))


def make_rows(n_rows=8):
    values = torch.rand(n_rows, 36, generator=torch.Generator().manual_seed(1))
    return Rows(values, torch.ones(1, 1).expand(values.shape), torch.zeros(n_rows, 0).long())


def test_codes_are_whole_numbers_of_the_range(model):
    with torch.no_grad():
        model.log_gains += 5
    codes = model.encode(make_rows().values, 1)
    assert codes.shape == (8, 9, 3)
    assert codes.dtype == torch.int64
    assert codes.abs().max() == 7


def test_the_loss_is_the_rate_and_the_weighed_distortion(model):
    single = RateDistortionVAE((1, 6, 6), [5], SIZES, torch.Generator().manual_seed(0))
    terms = single.loss(make_rows(), None, torch.Generator().manual_seed(0), 1.0)
    assert terms["loss"].item() == pytest.approx(
        terms["rate"].item() + 5 * terms["distortion"].item(), rel=1e-5
    )


def test_a_better_quality_begins_with_finer_steps(model):
    ratio = (model.log_gains[1] - model.log_gains[0]).exp()
    assert torch.allclose(ratio, torch.full((3,), 10**0.5))


def test_every_parameter_gets_a_gradient(model):
    with torch.no_grad():  # what the convolutions add begins at zero
        model.encoder.rest[-1].weight += 0.1
        model.decoder.rest[-1].weight += 0.1
    model.loss(make_rows(), None, torch.Generator().manual_seed(0), 1.0)["loss"].backward()
    assert all(parameter.grad.abs().sum() > 0 for parameter in model.parameters())


@pytest.mark.parametrize(("channels", "size"), [(1, 4), (3, 2)])
def test_the_basis_is_the_cosine_transform(channels, size):
    basis = cosine_basis(channels, size, channels * size**2)
    assert torch.allclose(basis @ basis.t(), torch.eye(len(basis)), atol=1e-6)
    patch = torch.rand(channels, size, size, generator=torch.Generator().manual_seed(0))
    ours = (basis @ patch.flatten()).sort().values
    expected = torch.from_numpy(dctn(patch.numpy(), axes=(1, 2), norm="ortho").ravel())
    assert torch.allclose(ours, expected.sort().values, atol=1e-6)
    # The means of the channels come first.
    assert torch.allclose(basis[:channels] @ patch.flatten(), patch.mean((1, 2)) * size)


def test_an_untrained_model_rounds_the_cosine_transform():
    sizes = CodeSizes(patch_size=2, code_dim=4, max_code=31, width=8)
    model = RateDistortionVAE((1, 6, 6), [6, 600], sizes, torch.Generator().manual_seed(0))
    values = make_rows().values
    errors = [(model.decode(model.encode(values, q), q) - values).square().mean() for q in (0, 1)]
    # Steps of 1 and of a tenth, and noise of a twelfth of their squares.
    assert errors[1] == pytest.approx(0.01 / 12, rel=0.1)
    assert errors[0] > 10 * errors[1]


def test_images_that_are_no_whole_number_of_patches():
    model = RateDistortionVAE((3, 5, 7), [5], SIZES, torch.Generator().manual_seed(0))
    codes = model.encode(torch.rand(2, 105), 0)
    assert codes.shape == (2, 12, 3)
    assert model.decode(codes, 0).shape == (2, 105)

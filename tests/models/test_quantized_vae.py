"""The VQ-VAE module: its objective by hand, its gradients, and that it learns."""

import numpy as np
import pytest
import torch

from vaesynth.models import QuantizedVAE
from vaesynth.nn import (
    ConvCodeDecoder,
    ConvCodeEncoder,
    DenseCodeDecoder,
    DenseCodeEncoder,
    FiniteScalarQuantizer,
    PatchGrid,
    PixelGaussianHead,
    RowHead,
    Rows,
    VectorQuantizer,
)
from vaesynth.training import TrainingData, TrainingPlan, train


def seeded(seed=0):
    return torch.Generator().manual_seed(seed)


def make_quantizer(kind):
    return VectorQuantizer(8, 2) if kind == "ema" else FiniteScalarQuantizer([4, 2])


def make_table_model(kind="ema"):
    return QuantizedVAE(
        DenseCodeEncoder(3, [4], [16], 5, 2, seeded()),
        make_quantizer(kind),
        DenseCodeDecoder(5, 2, [16], 7, seeded()),
        RowHead(3, [4]),
    )


def make_image_model(kind="ema"):
    patches = PatchGrid((1, 7, 9), 4)
    return QuantizedVAE(
        ConvCodeEncoder(patches, 8, 2, seeded()),
        make_quantizer(kind),
        ConvCodeDecoder(patches, 8, 2, seeded()),
        PixelGaussianHead(63),
    )


def make_rows(of_images, n_rows=64):
    rng = np.random.default_rng(0)
    if of_images:
        return Rows.from_arrays(rng.random((n_rows, 63)), np.empty((n_rows, 0)))
    return Rows.from_arrays(rng.normal(size=(n_rows, 3)), rng.integers(0, 4, (n_rows, 1)))


@pytest.fixture(params=["ema", "fsq"])
def kind(request):
    return request.param


@pytest.fixture(params=[make_table_model, make_image_model])
def model_and_rows(request, kind):
    return request.param(kind), make_rows(request.param is make_image_model)


def test_the_objective_is_the_likelihood_and_the_quantizers_terms(model_and_rows):
    model, rows = model_and_rows
    model.loss(rows, torch.zeros(64).long(), seeded(), 1.0)
    model.eval()
    terms = model.loss(rows, torch.zeros(64).long(), seeded(), 1.0)
    codes = model.encode(rows)
    torch.testing.assert_close(terms["reconstruction"], -model.log_prob(rows, codes).mean())
    others = sum(value for name, value in terms.items() if name != "loss")
    torch.testing.assert_close(terms["loss"], others)


def test_every_parameter_gets_a_gradient(model_and_rows):
    model, rows = model_and_rows
    model.loss(rows, torch.zeros(64).long(), seeded(), 1.0)["loss"].backward()
    for name, parameter in model.named_parameters():
        assert parameter.grad is not None, name
        assert parameter.grad.abs().sum() > 0, name


def test_the_loop_trains_it(model_and_rows):
    model, rows = model_and_rows
    data = TrainingData(rows, torch.zeros(64).long(), torch.ones(64))
    plan = TrainingPlan(max_iter=30, n_steps_per_epoch=2, batch_size=32, learning_rate=1e-2)
    history = train(model, data, plan, seeded(), data)
    assert history.terms["loss"][-1] < history.terms["loss"][0] - 1
    assert not model.training


def test_patches_come_back_as_the_image():
    for shape, size in [((1, 28, 28), 4), ((3, 7, 9), 4), ((2, 5, 5), 1)]:
        patches = PatchGrid(shape, size)
        values = torch.rand(4, int(np.prod(shape)), generator=seeded())
        torch.testing.assert_close(patches.join(patches.split(values)), values)


def test_the_pixel_likelihood_is_scipys():
    from scipy import stats

    head, rows = PixelGaussianHead(63), make_rows(True, 5)
    means = torch.rand(5, 63, generator=seeded())
    expected = stats.norm.logpdf(rows.values, means, head.scale.detach()).sum(1)
    np.testing.assert_allclose(head.log_prob(means, rows).detach(), expected, rtol=1e-4)


def test_the_likeliest_row_has_the_largest_logits():
    head = RowHead(1, [3, 40, 2], state_codes=[2])
    outputs = torch.randn(50, head.n_outputs, generator=seeded())
    rows = head.mode(outputs)
    base = head.log_prob(outputs, rows)
    for column, size in enumerate([3, 40, 2]):
        for level in range(size):
            codes = rows.codes.clone()
            codes[:, column] = level
            assert (head.log_prob(outputs, rows._replace(codes=codes)) <= base + 1e-5).all()

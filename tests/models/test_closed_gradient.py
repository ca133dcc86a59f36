"""The closed form against autograd through the modules themselves."""

import pytest
import torch
from torch import nn

from vaesynth.models import GaussianVAE
from vaesynth.models._closed_gradient import MAX_CLASSES
from vaesynth.nn import MLP, Rows

CASES = {
    "numbers and codes": (3, [4, 2, 5], 3),
    "codes alone": (0, [4, 2, 5, 5, 1], 2),
    "numbers alone": (3, [], 2),
    "many codes": (1, [3, 2] * 40, 2),
    "one class": (2, [3], 1),
    "no cells": (0, [], 2),
}


def make(case, n_rows=7):
    n_values, cardinalities, n_classes = CASES[case]
    generator = torch.Generator().manual_seed(0)
    model = GaussianVAE.for_table(n_values, cardinalities, n_classes, 2, [6, 5], generator)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter += 0.3 * torch.randn(parameter.shape, generator=generator)
    values = torch.randn(n_rows, n_values, generator=generator, dtype=torch.float64)
    present = (torch.rand(values.shape, generator=generator) < 0.7).double()
    codes = [torch.randint(0, n, (n_rows,), generator=generator) for n in cardinalities]
    codes = torch.stack(codes, 1) if codes else torch.zeros(n_rows, 0, dtype=torch.int64)
    y = torch.randint(0, n_classes, (n_rows,), generator=generator)
    return model.double(), Rows(values * present, present, codes), y


def noise():
    return torch.Generator().manual_seed(1)


def by_autograd(model, rows, y, beta):
    terms = model.loss(rows, y, noise(), beta)
    parameters = list(model.parameters())
    gradients = torch.autograd.grad(
        terms["loss"], parameters, allow_unused=True, materialize_grads=True
    )
    return terms, dict(zip(parameters, gradients, strict=True))


def assert_same(ours, theirs, share=1.0):
    (our_terms, our_gradients), (their_terms, their_gradients) = ours, theirs
    assert our_terms.keys() == their_terms.keys()
    for name, term in our_terms.items():
        torch.testing.assert_close(term, share * their_terms[name].detach())
    assert our_gradients.keys() == their_gradients.keys()
    for parameter, gradient in our_gradients.items():
        torch.testing.assert_close(gradient, share * their_gradients[parameter])


@pytest.mark.parametrize("case", CASES)
def test_terms_and_gradients_are_those_of_autograd(case):
    model, rows, y = make(case)
    assert model.has_gradients
    assert_same(model.gradients(rows, y, noise(), 0.3), by_autograd(model, rows, y, 0.3))


def test_a_share_is_a_factor_of_all():
    model, rows, y = make("numbers and codes")
    ours = model.gradients(rows, y, noise(), 0.3, share=0.25)
    assert_same(ours, by_autograd(model, rows, y, 0.3), share=0.25)


def test_free_bits_cost_nothing():
    model, rows, y = make("numbers and codes")
    with torch.no_grad():
        mean, log_var = model.encode(rows, y)
    divergence = model.prior.kl_divergence(mean, log_var, y, mean).detach().mean(0)
    # Between the two latents: one is charged, the other is not.
    model.free_bits = float(divergence.mean())
    assert (divergence > model.free_bits).tolist().count(True) == 1
    assert_same(model.gradients(rows, y, noise(), 0.3), by_autograd(model, rows, y, 0.3))


def test_a_cut_log_variance_leaves_its_weights_alone():
    model, rows, y = make("numbers and codes")
    with torch.no_grad():
        model.encoder.network[-1].bias[2:] = -100.0
    ours = model.gradients(rows, y, noise(), 0.3)
    assert_same(ours, by_autograd(model, rows, y, 0.3))
    assert not ours[1][model.encoder.network[-1].bias][2:].any()


def test_the_encoder_reads_corrupted_rows():
    model, rows, y = make("numbers and codes")
    model.corruption = lambda rows, generator: rows._replace(
        values=rows.values + torch.randn(rows.values.shape, generator=generator)
    )
    assert_same(model.gradients(rows, y, noise(), 0.3), by_autograd(model, rows, y, 0.3))


def test_rows_and_weights_stay_as_they_are():
    model, rows, y = make("numbers and codes")
    before = [part.clone() for part in (*rows, *model.parameters())]
    model.gradients(rows, y, noise(), 0.3)
    after = (*rows, *model.parameters())
    assert all(torch.equal(a, b) for a, b in zip(before, after, strict=True))


def test_other_models_are_left_to_autograd():
    model = make("one class")[0]
    for part, activation in (("encoder", nn.Tanh()), ("decoder", nn.ReLU())):
        kept = getattr(model, part).activation
        getattr(model, part).activation = activation
        assert not model.has_gradients
        getattr(model, part).activation = kept
    assert model.has_gradients
    generator = torch.Generator().manual_seed(0)
    many = GaussianVAE.for_table(2, [], MAX_CLASSES + 1, 2, [4], generator)
    assert not many.has_gradients
    with torch.autocast("cpu", dtype=torch.bfloat16):
        assert not model.has_gradients
    model.encoder = MLP([2, 4], generator)
    assert not model.has_gradients


def test_rows_are_encoded_alike_in_parts(monkeypatch):
    monkeypatch.setattr("vaesynth.models._gaussian_vae.PART", 3)
    model, rows, y = make("numbers and codes")
    for part, whole in zip(model.encode_in_parts(rows, y), model.encode(rows, y), strict=True):
        torch.testing.assert_close(part, whole)

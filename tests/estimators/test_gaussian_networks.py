"""Every model that an estimator can be asked for: its loss reaches every parameter."""

import dataclasses

import numpy as np
import pandas as pd
import pytest
import torch

from vaesynth import VAE
from vaesynth.estimators import DECODERS, GaussianSizes, ImageCodec, TableCodec
from vaesynth.nn import LIKELIHOODS
from vaesynth.priors import PRIORS

SIZES = GaussianSizes(
    n_classes=2,
    latent_dim=3,
    hidden_layer_sizes=(8,),
    activation="silu",
    network="dense",
    likelihood="cells",
    prior="standard_normal",
    prior_n_components=4,
    free_bits=0.0,
)


def seeded():
    return torch.Generator().manual_seed(0)


def make_images():
    images = np.random.default_rng(0).integers(0, 255, (40, 6, 6), dtype=np.uint8)
    codec = ImageCodec("VAE")
    return codec, codec.fit(images)


def make_table(encoding):
    rng = np.random.default_rng(0)
    frame = pd.DataFrame(
        {"a": rng.normal(size=40), "b": list("xyzx") * 10, "c": [1.0, np.nan] * 20}
    )
    codec = TableCodec("auto", encoding, False, "VAE")
    return codec, codec.fit(frame)


def names_without_gradient(sizes, codec, rows):
    model = sizes.build(codec, seeded())
    y = torch.arange(rows.n_rows) % sizes.n_classes
    model.prior.start(rows, y, seeded())
    model.train()
    loss = model.loss(rows, y, seeded(), beta=1.0)["loss"]
    learned = {name: p for name, p in model.named_parameters() if p.requires_grad and p.numel()}
    gradients = torch.autograd.grad(loss, list(learned.values()), allow_unused=True)
    return [
        name for name, g in zip(learned, gradients, strict=True) if g is None or not bool(g.any())
    ]


@pytest.mark.parametrize("network", ["dense", "conv"])
@pytest.mark.parametrize("likelihood", LIKELIHOODS)
@pytest.mark.parametrize("n_classes", [1, 2])
def test_gradients_reach_every_parameter_of_models_of_images(network, likelihood, n_classes):
    sizes = dataclasses.replace(SIZES, network=network, likelihood=likelihood, n_classes=n_classes)
    assert names_without_gradient(sizes, *make_images()) == []


@pytest.mark.parametrize("encoding", ["standardize", "bins"])
@pytest.mark.parametrize("prior", PRIORS)
@pytest.mark.parametrize("n_classes", [1, 2])
@pytest.mark.parametrize("decoder", DECODERS)
def test_gradients_reach_every_parameter_of_models_of_tables(encoding, prior, n_classes, decoder):
    sizes = dataclasses.replace(SIZES, prior=prior, n_classes=n_classes, decoder=decoder)
    assert names_without_gradient(sizes, *make_table(encoding)) == []


@pytest.mark.parametrize("prior", PRIORS)
def test_a_model_is_built_the_same_from_the_same_sizes(prior):
    codec, _ = make_table("standardize")
    sizes = dataclasses.replace(SIZES, prior=prior)
    first, second = (sizes.build(codec, seeded()).state_dict() for _ in range(2))
    assert first.keys() == second.keys()
    assert all(torch.equal(first[name], second[name]) for name in first)


def test_every_prior_and_likelihood_is_explained():
    for name in (*PRIORS, *LIKELIHOODS, *DECODERS):
        assert VAE.__doc__.count(f'"{name}"') >= 2, name

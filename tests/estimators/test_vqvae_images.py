"""The VQ-VAE on Fashion-MNIST, where the images can be had."""

import numpy as np
import pytest

from vaesynth import VQVAE
from vaesynth.datasets import fetch_fashion_mnist


@pytest.fixture(scope="module")
def images():
    try:
        return fetch_fashion_mnist(subset="test", download_if_missing=False).images[:3_000]
    except OSError as error:
        pytest.skip(f"Fashion-MNIST cannot be had: {error}")


@pytest.mark.slow
def test_most_codes_of_a_large_alphabet_are_in_use(images):
    model = VQVAE(
        n_codes=512,
        max_iter=14,
        prior_max_iter=1,
        hidden_layer_sizes=(32,),
        prior_hidden_size=16,
        early_stopping=False,
        random_state=0,
    ).fit(images[:2_000])
    assert model.code_usage_ > 0.9
    assert model.perplexity_ > 150
    unseen = images[2_000:] / 255
    error = np.mean((model.reconstruct(images[2_000:]) / 255 - unseen) ** 2)
    assert error < 0.25 * np.mean((unseen - images[:2_000].mean(0) / 255) ** 2)

"""Models of integers that no float holds."""

import numpy as np
import pytest

from vaesynth.estimators import VAE

SMALLEST = {"latent_dim": 1, "hidden_layer_sizes": (8,), "max_iter": 1, "random_state": 0}


@pytest.mark.parametrize("dtype", ["int64", "uint64"])
def test_reconstructed_hashes_follow_the_hashes(dtype):
    info, rng = np.iinfo(dtype), np.random.default_rng(0)
    X = rng.integers(info.min, info.max, (300, 1), dtype=dtype, endpoint=True)
    model = VAE(**{**SMALLEST, "max_iter": 40}).fit(X)
    back = model.reconstruct(X)
    assert back.dtype == X.dtype
    assert np.corrcoef(X.ravel().astype(float), back.ravel().astype(float))[0, 1] > 0.9
    new = model.sample(200)
    assert X.min() <= new.min()
    assert new.max() <= X.max()

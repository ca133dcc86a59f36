"""Models whose latents are known, and tables with a known rule, for the tests of design."""

import numpy as np
import pandas as pd
import pytest
from sklearn.base import BaseEstimator

from vaesynth import VAE


class LinearCoder(BaseEstimator):
    """A model whose latents are linear in the cells of a table of numbers, so that every answer is known."""

    def __init__(self, matrix):
        self.matrix = matrix

    def fit(self, X):
        self.columns_ = list(X.columns) if isinstance(X, pd.DataFrame) else None
        self.shape_ = np.shape(X)[1:]
        self.n_features_in_ = int(np.prod(self.shape_))
        return self

    def transform(self, X):
        return np.asarray(X, dtype=float).reshape(len(X), -1) @ self.matrix

    def inverse_transform(self, X):
        cells = (X @ np.linalg.inv(self.matrix)).reshape(-1, *self.shape_)
        return cells if self.columns_ is None else pd.DataFrame(cells, columns=self.columns_)

    def sample(self, n_samples, random_state=None):
        rng = np.random.default_rng(random_state.randint(2**31))
        return self.inverse_transform(rng.normal(size=(n_samples, len(self.matrix))))

    def score_samples(self, X):
        return -np.square(self.transform(X)).sum(axis=1) / 2


def make_parts(n_rows=500, seed=0):
    """Draw parts of two materials whose size decides mass and price."""
    rng = np.random.default_rng(seed)
    size, steel = rng.uniform(0, 1, n_rows), rng.random(n_rows) < 0.5
    return pd.DataFrame(
        {
            "length": (20 + 80 * size + rng.normal(0, 3, n_rows)).round(1),
            "holes": (1 + 7 * size + rng.normal(0, 0.5, n_rows)).round().clip(1).astype("int64"),
            "material": pd.Categorical(
                np.where(steel, "steel", "resin"), categories=["wood", "steel", "resin"]
            ),
            "coated": steel ^ (rng.random(n_rows) < 0.05),
            "mass": 2 * size + 3 * steel + rng.normal(0, 0.1, n_rows),
            "made": pd.Timestamp("2024-01-01") + pd.to_timedelta((300 * size).round(), "D"),
        }
    )


@pytest.fixture(scope="session")
def linear_coder():
    """Class of the model with known latents."""
    return LinearCoder


@pytest.fixture(scope="session")
def plane():
    """Return 400 rows of two numbers, standard normal, and a model with turned axes."""
    X = pd.DataFrame(np.random.default_rng(0).normal(size=(400, 2)), columns=["a", "b"])
    turned = np.array([[0.8, -0.6], [0.6, 0.8]])
    return X, LinearCoder(turned).fit(X)


@pytest.fixture(scope="session")
def parts():
    """Return a mixed table."""
    return make_parts()


@pytest.fixture(scope="session")
def parts_model(parts):
    """Return a model of the mixed table."""
    return VAE(beta=0.1, latent_dim=3, max_iter=150, random_state=0).fit(parts)

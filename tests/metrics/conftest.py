"""Tables of one distribution, and ways to damage them."""

import numpy as np
import pandas as pd
import pytest


@pytest.fixture(scope="session")
def make_table():
    """Return a maker of tables of one distribution: dependent columns of many kinds with missing cells."""

    def make(n_rows, seed):
        rng = np.random.default_rng(seed)
        size = rng.normal(size=n_rows)
        frame = pd.DataFrame(
            {
                "size": size,
                "weight": 2 * size + rng.normal(size=n_rows),
                "price": rng.lognormal(1, 1, n_rows).round(3),
                "city": np.where(size > 0, rng.choice(["Rome", "Oslo"], n_rows), "Bern"),
                "flag": rng.random(n_rows) < 0.3,
                "day": pd.Timestamp("2020-01-01")
                + pd.to_timedelta(rng.integers(0, 9_000, n_rows), "h"),
            }
        )
        frame.loc[rng.random(n_rows) < 0.1, "price"] = np.nan
        frame.loc[rng.random(n_rows) < 0.1, "city"] = None
        frame.loc[rng.random(n_rows) < 0.1, "day"] = pd.NaT
        return frame

    return make


@pytest.fixture(scope="session")
def real(make_table):
    """Return 600 rows."""
    return make_table(600, 0)


@pytest.fixture(scope="session")
def fresh(make_table):
    """Return 600 more rows of the same distribution: what a perfect generator gives."""
    return make_table(600, 1)


@pytest.fixture(scope="session")
def holdout(make_table):
    """Return yet 600 rows."""
    return make_table(600, 2)


@pytest.fixture(scope="session")
def shuffled(fresh):
    """Return rows whose columns are right and independent of each other."""
    rng = np.random.default_rng(3)
    return pd.DataFrame(
        {name: fresh[name].to_numpy()[rng.permutation(len(fresh))] for name in fresh}
    )


@pytest.fixture(scope="session")
def noisy(real):
    """Return the real rows with a little noise in their numbers: a generator that remembers."""
    rng = np.random.default_rng(4)
    return real.assign(
        size=real["size"] + rng.normal(0, 0.01, len(real)),
        weight=real["weight"] + rng.normal(0, 0.01, len(real)),
    )

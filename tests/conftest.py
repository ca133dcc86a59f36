"""Settings of hypothesis, and a table of every kind of column."""

import gc
import os

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, settings

# Into memory: macOS and Windows would open windows.
os.environ.setdefault("MPLBACKEND", "agg")

# Every run draws the same cases, whatever ran before and however busy the machine is. `make fuzz` draws others.
settings.register_profile(
    "certain",
    derandomize=True,
    database=None,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.register_profile(
    "fuzz", settings.get_profile("certain"), derandomize=False, max_examples=2000, print_blob=True
)
settings.load_profile("certain")


def pytest_collection_finish():
    """Leave what was imported and collected out of garbage collection: it stays, and is large."""
    gc.collect()
    gc.freeze()


@pytest.fixture
def mixed():
    """Return 400 rows of the columns that cells treat differently."""
    rng = np.random.default_rng(0)
    n_rows = 400
    amount = rng.normal(size=n_rows).round(2)
    frame = pd.DataFrame(
        {
            "smooth": rng.normal(3, 5, n_rows),
            "amount": amount,
            "count": rng.poisson(40, n_rows),
            "few": rng.choice([1.5, 2.0, 4.0], n_rows),
            "spiked": np.where(rng.random(n_rows) < 0.4, 0.0, rng.exponential(9, n_rows)),
            "holed": np.where(rng.random(n_rows) < 0.2, np.nan, rng.normal(size=n_rows)),
            "both": np.where(rng.random(n_rows) < 0.3, 0, rng.integers(1, 500, n_rows)),
            "day": pd.Timestamp("2020-02-01") + pd.to_timedelta(rng.integers(0, 99, n_rows), "D"),
            "flag": rng.random(n_rows) < 0.51,
            "city": pd.Categorical(rng.choice(["Rome", "Oslo", "Bern"], n_rows)),
            "name": [f"n{i}" for i in range(n_rows)],
            "same": 5,
            "void": np.nan,
        }
    )
    frame["both"] = frame["both"].astype("Int64").mask(rng.random(n_rows) < 0.1)
    frame.loc[frame.index[::7], "city"] = None
    return frame

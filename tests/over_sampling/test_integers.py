"""Tables of integers in the byte order that is not the machine's."""

import numpy as np
import pandas as pd

from vaesynth.estimators import CVAE
from vaesynth.over_sampling import CVAESampler


def test_both_byte_orders_get_the_same_rows():
    rng = np.random.default_rng(0)
    X = rng.integers(2**63, 2**64, (60, 2), dtype=np.uint64)
    y = np.arange(60) < 12
    smallest = CVAE(latent_dim=1, hidden_layer_sizes=(4,), max_iter=1)
    sampler = CVAESampler(model=smallest, random_state=0)
    native, _ = sampler.fit_resample(X, y)
    swapped, _ = sampler.fit_resample(X.astype(">u8"), y)
    assert swapped.dtype == ">u8"
    np.testing.assert_array_equal(swapped, native)
    assert (native.min(axis=0) == X.min(axis=0)).all()
    assert (native.max(axis=0) == X.max(axis=0)).all()
    frame = pd.DataFrame({"a": X[:, 0].astype(">u8"), "b": X[:, 1].astype(">u8")})
    of_frame, _ = sampler.fit_resample(frame, y)
    assert of_frame.dtypes.tolist() == [">u8", ">u8"]
    np.testing.assert_array_equal(of_frame, native)

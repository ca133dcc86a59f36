"""Classes of one row: which they are, and what is said of them where the call was made."""

import warnings

import numpy as np
import pandas as pd
import pytest

from vaesynth import CVAE, CVAESampler, SingleRowWarning
from vaesynth.over_sampling import refuse_single_rows, single_row_classes

X = np.random.default_rng(0).normal(size=(21, 2))
y = np.array([0] * 20 + [1])


def test_only_classes_that_get_new_rows_count():
    labels = np.array([0, 1, 1, 2])
    assert single_row_classes(labels, {0: 3, 1: 2, 2: 0}) == [0]


def test_without_such_classes_nothing_is_refused():
    refuse_single_rows([])
    with pytest.raises(ValueError, match=r"at least 2 rows, got a single row of \[1\]"):
        refuse_single_rows([1])


@pytest.mark.parametrize("streamed", [False, True])
def test_the_warning_points_at_the_call(streamed):
    sampler = CVAESampler(model=CVAE(max_iter=1), random_state=0)
    frame = pd.DataFrame(X, columns=["a", "b"]).assign(y=y)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        if streamed:
            sampler.fit_stream([frame], "y")
        else:
            sampler.fit_resample(X, y)
    (warning,) = (each for each in caught if each.category is SingleRowWarning)
    assert warning.filename == __file__

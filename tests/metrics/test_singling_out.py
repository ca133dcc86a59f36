"""Singling out: no gain on fresh rows, full gain on copies."""

import numpy as np
import pandas as pd
import pytest

from vaesynth.metrics import singling_out_rate


def test_fresh_rows_gain_nothing_over_the_baseline(real, holdout, fresh):
    found = singling_out_rate(real, holdout, fresh, n_predicates=1000)
    assert found.n_predicates == 1000
    assert 0 < found.baseline < 1
    assert found.risk == pytest.approx(0, abs=0.1)


def test_copies_isolate_their_own_rows(real, holdout, noisy):
    copied = singling_out_rate(real, holdout, real)
    assert copied.rate == copied.risk == 1
    assert copied.baseline < 0.7
    assert singling_out_rate(real, holdout, noisy).risk > 0.3


def test_the_risk_is_that_of_the_two_rates(real, holdout, noisy):
    found = singling_out_rate(real, holdout, noisy, random_state=3)
    assert found.risk == pytest.approx((found.rate - found.baseline) / (1 - found.baseline))
    assert found == singling_out_rate(real, holdout, noisy, random_state=3)


def test_where_nothing_is_single_nothing_is_found():
    same = pd.DataFrame({"a": np.zeros(30), "b": ["x"] * 30})
    assert singling_out_rate(same, same, same, n_predicates=20) == (0.0, 0.0, 0.0, 0)


@pytest.mark.parametrize("name", ["n_predicates", "n_columns"])
def test_bad_counts_are_refused(real, name):
    with pytest.raises(ValueError, match=f"`{name}` must be at least 1, got 0"):
        singling_out_rate(real, real, real, **{name: 0})

"""Copies of real rows, exact and near, against counting by hand."""

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vaesynth.metrics import copy_shares, find_exact_copies


def test_planted_copies_are_counted(real, fresh):
    mixed_in = pd.concat([real.sample(150, random_state=0), fresh[:450]], ignore_index=True)
    shares = copy_shares(real, mixed_in)
    assert shares.exact == 0.25
    assert shares.real_exact == 0


def test_fresh_rows_are_near_copies_as_often_as_the_quantile_says(real, fresh):
    for quantile in (0.05, 0.2):
        shares = copy_shares(real, fresh, quantile=quantile)
        assert shares.exact == 0
        # Two shares of 600 rows, that of the quantile and that of the fresh ones.
        error = (2 * quantile * (1 - quantile) / 600) ** 0.5
        assert shares.near == pytest.approx(quantile, abs=min(3 * error, 0.05))


def test_noise_on_copies_makes_them_near(real, noisy):
    shares = copy_shares(real, noisy)
    assert shares.exact == 0
    assert shares.near > 0.9


def test_rows_that_repeat_by_nature_are_told(real):
    few = real[["city", "flag"]]
    shares = copy_shares(few, few)
    assert shares == (1.0, 0.0, 1.0)


CELLS = st.tuples(st.sampled_from([0.0, 1.0, None]), st.sampled_from(["a", "b", None]))
ROWS = st.lists(CELLS, min_size=1, max_size=8)


@given(real=ROWS, synthetic=ROWS)
def test_exact_copies_are_those_of_a_plain_comparison(real, synthetic):
    types = {"n": float, "c": object}
    tables = [pd.DataFrame(rows, columns=[*types]).astype(types) for rows in (real, synthetic)]
    keys = [
        [tuple("missing" if pd.isna(cell) else cell for cell in row) for row in table.to_numpy()]
        for table in tables
    ]
    found = find_exact_copies(*tables)
    assert found.tolist() == [key in keys[0] for key in keys[1]]


def test_bad_arguments_are_refused(real):
    with pytest.raises(ValueError, match=r"between 0 and 1, got 1\.5"):
        copy_shares(real, real, quantile=1.5)
    with pytest.raises(ValueError, match="at least two real rows, got 1"):
        copy_shares(real[:1], real)

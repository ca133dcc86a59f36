import decimal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vaesynth.tabular._columns._number_storage import NO_SHIFT, Shift, rescale, unscale


@given(st.decimals(allow_nan=False, allow_infinity=False, places=25))
def test_decimals_of_any_length_are_exact(number):
    with decimal.localcontext(prec=3):
        assert rescale(unscale(number, 25), 25) == number


@pytest.mark.parametrize(("text", "expected"), [("1.5", 2), ("-1.51", -2), ("1e3", 1000), ("0", 0)])
def test_digits_beyond_the_scale_are_rounded(text, expected):
    assert unscale(decimal.Decimal(text), 0) == expected


def test_infinite_decimals_are_refused():
    with pytest.raises(ValueError, match="Input X contains infinity"):
        unscale(decimal.Decimal("-Infinity"), 2)


@given(st.integers(-(10**40), 10**40), st.integers(1, 10**20), st.lists(st.integers(0, 2**62)))
def test_shifted_integers_come_back(offset, step, counts):
    integers = [offset + step * count for count in counts]
    shift = Shift.of(integers)
    missing = np.array([False] * len(integers) + [True])
    content = shift.reduce(integers, missing)
    assert content.dtype == np.int64
    assert shift.restore(content)[:-1] == integers


def test_integers_of_64_bits_are_not_shifted():
    assert Shift.of([-(2**63), 2**63 - 1]) == NO_SHIFT
    assert Shift.of([]) == NO_SHIFT


def test_a_range_beyond_64_bits_is_refused():
    with pytest.raises(ValueError, match="must span at most 63 bits"):
        Shift.of([0, 1, 10**30])

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vaesynth.tabular._columns._lattice import IntegerLattice, count_decimals, round_to, snap

INT64 = (-(2**63), 2**63 - 1)
UINT64 = (0, 2**64 - 1)


@given(
    offset=st.integers(*INT64),
    step=st.integers(1, 2**40),
    counts=st.lists(st.integers(0, 2**53), min_size=1, max_size=9),
    unsigned=st.booleans(),
)
def test_lattice_is_exact_to_the_stated_limit(offset, step, counts, unsigned):
    low, high = UINT64 if unsigned else INT64
    offset = offset - INT64[0] if unsigned else offset
    numbers = [offset + count * step for count in counts if offset + count * step <= high]
    integers = np.array(numbers or [low], dtype=np.uint64 if unsigned else np.int64)
    for always in (False, True):
        lattice = IntegerLattice.of(integers, always=always)
        back = lattice.to_integers(lattice.to_floats(integers), (low, high))
        assert back.dtype == integers.dtype
        np.testing.assert_array_equal(back, integers)


def test_small_integers_are_themselves():
    assert IntegerLattice.of(np.array([5, 10, 20])) == IntegerLattice()
    assert IntegerLattice.of(np.array([5, 10, 20]), always=True) == IntegerLattice(5, 5)
    assert IntegerLattice.of(np.array([], dtype=np.int64), always=True) == IntegerLattice()


def test_integers_off_the_lattice_come_back():
    lattice = IntegerLattice(1000, 60)
    others = np.array([-7, 999, 1001, 1059, 10**6 + 1])
    floats = lattice.to_floats(others)
    np.testing.assert_allclose(floats, (others - 1000) / 60)
    np.testing.assert_array_equal(lattice.to_integers(floats, INT64), others)


def test_floats_beyond_the_type_go_to_its_limits():
    floats = np.array([-1e300, -200.0, 4.5, 6.6, 200.0, 1e300])
    found = IntegerLattice().to_integers(floats, (-128, 127))
    assert found.tolist() == [-128, -128, 4, 7, 127, 127]


@pytest.mark.parametrize(
    ("numbers", "precision", "expected"),
    [
        ([1.0, -3.0, 0.0], "float64", 0),
        ([0.1, 0.25, 7.0], "float64", 2),
        ([0.123456], "float64", 6),
        ([0.1234567], "float64", None),
        ([np.pi, 1.0], "float64", None),
        ([1e300], "float64", None),
        (np.float32([0.1, 0.2]).astype(float), "float32", 1),
        (np.float32([0.1, 0.2]).astype(float), "float64", None),
        ([], "float64", None),
    ],
)
def test_decimals(numbers, precision, expected):
    assert count_decimals(np.array(numbers, dtype=float), precision) == expected


@given(st.lists(st.floats(-1e6, 1e6), min_size=1), st.integers(0, 6))
def test_rounded_numbers_have_no_more_decimals(numbers, decimals):
    rounded = round_to(np.array(numbers), decimals, "float64")
    assert count_decimals(rounded, "float64") <= decimals
    np.testing.assert_array_equal(round_to(rounded, decimals, "float64"), rounded)


@given(
    st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=1, unique=True),
    st.lists(st.floats(-1e300, 1e300)),
)
def test_snap_takes_the_nearest(support, numbers):
    support = np.sort(support)
    found = snap(np.array(numbers, dtype=float), support)
    nearest = np.abs(support / 2 - np.array(numbers, dtype=float)[:, None] / 2).min(axis=1)
    np.testing.assert_allclose(np.abs(found / 2 - np.array(numbers) / 2), nearest)
    np.testing.assert_array_equal(snap(support, support), support)
    assert np.isnan(snap(np.array([np.nan]), support)).all()

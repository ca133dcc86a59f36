"""Integers of every width and sign: bounds and types are kept exactly."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vaesynth.tabular import Table, TableEncoder, concatenate_tables


def hashes(dtype, n_rows=400, n_distinct=None):
    """Return integers over the whole range of a type, its ends among them, in one column."""
    info = np.iinfo(dtype)
    rng = np.random.default_rng(0)
    values = rng.integers(info.min, info.max, n_distinct or n_rows, dtype=dtype, endpoint=True)
    values[:2] = info.min, info.max
    return np.resize(values, n_rows)[:, None]


def conformed(X, positions):
    """Return what a column generates that a model puts at `positions`, 0 to 1 of its range."""
    encoder = TableEncoder(categorical_features=[]).fit(X)
    spec = encoder.schema_.columns[0]
    numbers = spec.lower + (spec.upper - spec.lower) * np.asarray(positions)[:, None]
    return encoder.inverse_transform(
        encoder.conform(Table(numbers, np.empty((len(numbers), 0), int)))
    )


@pytest.mark.parametrize("dtype", ["int64", "uint64"])
def test_hashes_come_back_within_the_precision_of_floats(dtype):
    X = hashes(dtype)
    encoder = TableEncoder().fit(X)
    back = encoder.inverse_transform(encoder.transform(X))
    assert back.dtype == X.dtype
    errors = [abs(int(a) - int(b)) for a, b in zip(X.ravel(), back.ravel(), strict=True)]
    assert max(errors) <= 2**64 * 2.0**-53


@pytest.mark.parametrize("dtype", ["int64", "uint64"])
def test_positions_of_hashes_ascend_in_even_steps(dtype):
    X = hashes(dtype)
    found = conformed(X, np.linspace(0, 1, 9)).ravel()
    steps = np.diff(np.array([int(cell) for cell in found], dtype=object))
    assert all(abs(step / 2**61 - 1) < 1e-12 for step in steps)


@pytest.mark.parametrize("low", [-(2**63), -(2**62) + 7, -3, 0, 2**53 + 1, 2**62 + 1])
@pytest.mark.parametrize("high", [2**62 + 513, 2**63 - 1, 2**63 - 2, 2**63 - 514])
def test_generated_integers_keep_to_the_bounds(low, high):
    X = np.array([[low], [low + 3], [low + 7], [high - 1], [high]], dtype=np.int64)
    found = conformed(X, [-9, 0, 1e-17, 0.5, np.nextafter(1, 0), 1, 2]).ravel()
    assert found.min() == low
    assert found.max() == high
    assert (np.diff(found) >= 0).all()


def test_few_values_of_64_bits_are_the_only_ones_generated():
    X = hashes("uint64", n_distinct=9)
    found = conformed(X, np.linspace(0, 1, 99))
    assert set(found.ravel().tolist()) == set(X.ravel().tolist())


def test_nullable_integers_of_64_bits_keep_to_the_bounds():
    cells = [*hashes("uint64").ravel().tolist(), None]
    X = pd.DataFrame({"a": pd.array(cells, dtype="UInt64")})
    found = conformed(X, [0, 1, 2, np.nan])["a"]
    assert found.dtype == "UInt64"
    assert found.tolist()[:3] == [0, 2**64 - 1, 2**64 - 1]
    assert found.isna().tolist() == [False] * 3 + [True]


def test_dates_of_64_bits_keep_to_the_bounds():
    ends = np.array([-(2**63) + 1, 5, 2**63 - 2, 2**63 - 1])
    X = pd.DataFrame({"a": ends.view("M8[ns]")})
    found = conformed(X, [0, 1, 2])["a"].to_numpy().view(np.int64)
    assert found.tolist() == [ends[0], ends[-1], ends[-1]]


def test_a_position_off_the_lattice_never_wraps():
    X = np.array([[0], [50], [120]], dtype=np.int8)
    encoder = TableEncoder().fit(X)
    far = Table(np.array([[-1e300], [-129.0], [127.4], [1e300]]), np.empty((4, 0), int))
    assert encoder.inverse_transform(far).ravel().tolist() == [-128, -128, 127, 127]


INTEGERS = [f"{sign}{bits}" for sign in ("int", "uint") for bits in (8, 16, 32, 64)]
CONTAINERS = ["array", "frame", "sparse column", "nullable", "arrow"]


def contained(values, container):
    """Return a table of one column with these integers."""
    if container == "array":
        return values[:, None]
    name = values.dtype.name
    columns = {
        "frame": lambda: values,
        "sparse column": lambda: pd.arrays.SparseArray(values.astype(name)),
        "nullable": lambda: pd.array(
            values.astype(name), dtype=name.replace("i", "I").replace("uI", "UI")
        ),
        "arrow": lambda: pd.array(values.astype(name), dtype=f"{name}[pyarrow]"),
    }
    return pd.DataFrame({"a": columns[container]()})


def types_of(table):
    return table.dtype if isinstance(table, np.ndarray) else table.dtypes["a"]


def cells_of(table):
    if isinstance(table, pd.DataFrame) and isinstance(table.dtypes["a"], pd.SparseDtype):
        table = table["a"].array.to_dense()  # pandas would make floats of unsigned ones
    return [int(cell) for cell in np.asarray(table, dtype=object).ravel()]


@given(
    name=st.sampled_from(INTEGERS),
    order=st.sampled_from("<>"),
    container=st.sampled_from(CONTAINERS),
    data=st.data(),
)
def test_bounds_and_types_of_all_integers_are_kept(name, order, container, data):
    info = np.iinfo(name)
    cells = st.integers(int(info.min), int(info.max))
    integers = data.draw(st.lists(cells, min_size=1, max_size=30), label="integers")
    check_integers(name, order, container, integers)


@pytest.mark.parametrize(
    ("name", "container", "integers"),
    [
        ("int64", "array", [75, 1100, -9_223_372_036_854_775_221]),
        ("uint64", "sparse column", [0, 9_007_199_254_740_993]),
        # A step so large that the limits of the type and the bounds of the column are one float.
        ("int64", "array", [0, 9_223_372_036_854_774_784]),
        ("int64", "array", [-9_223_372_036_854_774_784, 0]),
        ("int64", "nullable", [1, -9_223_372_036_854_774_785]),
        ("uint64", "array", [0, 18_446_744_073_709_549_568]),
    ],
)
def test_integers_that_failed_once(name, container, integers):
    check_integers(name, "<", container, integers)


def check_integers(name, order, container, integers):
    X = contained(np.array(integers, dtype=np.dtype(name).newbyteorder(order)), container)
    encoder = TableEncoder(categorical_features=[]).fit(X)
    spec = encoder.schema_.columns[0]
    table = encoder.transform(X)
    back = encoder.inverse_transform(table)
    assert types_of(back) == types_of(X)
    span = max(integers) - min(integers)
    for found, expected in zip(cells_of(back), integers, strict=True):
        # Two integers at one position are up to the distance of two floats apart.
        assert abs(found - expected) <= (0 if span <= 2**53 else span * 2.0**-52)
    numbers = np.array([-np.inf, np.nan, spec.typical, np.inf])[:, None]
    numbers = np.vstack([numbers, np.linspace(spec.lower, spec.upper, 5)[:, None]])
    new = encoder.conform(Table(numbers, np.empty((len(numbers), 0), int)))
    both = concatenate_tables([X, encoder.inverse_transform(new)])
    assert types_of(both) == types_of(X)
    generated = cells_of(both)[len(integers) :]
    assert min(generated) == min(integers)
    assert max(generated) == max(integers)


@pytest.mark.parametrize("kind", [">i8", ">u8", ">f4", ">M8[s]", ">m8[ms]", ">U3"])
@pytest.mark.parametrize("categorical_features", ["auto", [0]])
def test_cells_of_the_other_byte_order_come_back(kind, categorical_features):
    X = np.arange(1, 6).astype(kind)[:, None]
    encoder = TableEncoder(categorical_features=categorical_features).fit(X)
    back = encoder.inverse_transform(encoder.transform(X))
    assert back.dtype == X.dtype
    assert (back == X).all()
    native = X.astype(X.dtype.newbyteorder("="))
    for mine, its in zip(
        vars(encoder.transform(X)).values(), vars(encoder.transform(native)).values(), strict=True
    ):
        np.testing.assert_array_equal(mine, its)


def test_structured_arrays_are_refused_by_name():
    X = np.array([(1, 2.0)], dtype=[("a", ">i4"), ("b", "f8")])
    with pytest.raises(
        TypeError, match=r"must be scalars, got cells of the structured type.*DataFrame"
    ):
        TableEncoder().fit(X)

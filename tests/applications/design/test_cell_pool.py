import numpy as np
import pandas as pd
import pytest

from vaesynth.applications._design._cell_pool import (
    CellChanges,
    CellPool,
    column_names,
    find_columns,
    hold_cells,
)

# Ten reference rows, then one row with other cells.
X = pd.DataFrame(
    {
        "number": [*np.arange(10.0), 4.0],
        "skewed": [0.0] * 5 + [1, 2, 4, 8, 1000, np.nan],
        "level": list("aaaaabbbbb") + ["b"],
    }
)
CHANGES = CellChanges(CellPool.stack([X]), 10)


def whole(*positions):
    return np.repeat(np.array(positions)[:, None], 3, axis=1)


def test_a_row_does_not_differ_from_itself():
    everything = np.arange(11)
    assert not CHANGES.find(whole(*everything), everything).any()
    assert not CHANGES.costs(whole(*everything), everything).any()


def test_numbers_move_by_the_share_of_rows_they_pass():
    costs = CHANGES.costs(whole(9), np.array([0]))[0]
    # From the lowest of ten to the highest nine tenths; from the middle of five equals to the highest 0.7; a level 1.
    np.testing.assert_allclose(costs, [0.9, 0.7, 1.0])


def test_a_missing_number_is_as_far_as_another_level():
    np.testing.assert_allclose(CHANGES.costs(whole(10), np.array([4]))[0], [0, 1, 1])
    assert CHANGES.find(whole(10), np.array([4])).tolist() == [[False, True, True]]


def test_levels_are_those_of_real_rows_and_rise():
    codes, positions = CHANGES.real_levels(1)
    np.testing.assert_array_equal(codes, np.arange(6))
    np.testing.assert_array_equal(X["skewed"].iloc[positions], [0, 1, 2, 4, 8, 1000])
    few = CellChanges(CellPool.stack([X]), 7)
    codes, positions = few.real_levels(0)
    np.testing.assert_array_equal(X["number"].iloc[positions], np.arange(7))
    np.testing.assert_array_equal(few.codes[positions, 0], codes)


def test_the_rows_of_a_pool_are_those_put_in(mixed):
    pool = CellPool.stack([mixed.iloc[:100], mixed.iloc[100:]])
    everything = np.repeat(np.arange(400)[:, None], mixed.shape[1], axis=1)
    pd.testing.assert_frame_equal(pool.take(everything), mixed)


def test_each_cell_comes_from_the_row_chosen_for_it(mixed):
    rng = np.random.default_rng(0)
    choice = rng.integers(0, 400, (50, mixed.shape[1]))
    rows = CellPool.stack([mixed]).take(choice)
    assert rows.dtypes.equals(mixed.dtypes)
    for j, name in enumerate(mixed.columns):
        expected = mixed[name].iloc[choice[:, j]].reset_index(drop=True)
        pd.testing.assert_series_equal(rows[name], expected)


def test_an_object_column_of_strings_stays_one():
    X = pd.DataFrame({"a": np.array(["x", "y"], dtype=object)})
    assert CellPool.stack([X]).take(np.array([[1]])).dtypes.equals(X.dtypes)


def test_arrays_stay_arrays_of_their_type():
    pool = CellPool.stack([np.array([[1, 2], [3, 4]]), np.array([[5, 6]])])
    rows = pool.take(np.array([[2, 0]]))
    np.testing.assert_array_equal(rows, [[5, 2]])
    assert rows.dtype == np.int64


def test_codes_rise_with_ordered_cells_and_tell_missing_ones():
    X = pd.DataFrame(
        {
            "number": [3.5, np.nan, -1.0],
            "level": pd.Categorical(["lo", "hi", None], ["lo", "hi"], ordered=True),
            "time": pd.to_datetime(["2020-01-02", "2020-01-01", None]),
            "name": ["b", "a", "b"],
        }
    )
    X["flag"] = [True, False, True]
    pool = CellPool.stack([X])
    codes = pool.ranks()
    assert pool.is_ordered.tolist() == [True, True, True, False, False]
    np.testing.assert_array_equal(codes[:, :3], [[1, 0, 1], [-1, 1, 0], [0, -1, -1]])
    assert codes[0, 3] == codes[2, 3] != codes[1, 3]


def test_cells_are_held_in_frames_and_arrays(parts):
    rows, start = parts.iloc[:5].copy(), parts.iloc[[7]]
    held = hold_cells(rows, start, find_columns(["material", "made"], column_names(parts), "fixed"))
    pd.testing.assert_series_equal(held["mass"], parts["mass"].iloc[:5])
    assert held.dtypes.equals(parts.dtypes)
    for name in ("material", "made"):
        assert (held[name] == start[name].item()).all()
    numbers = hold_cells(np.zeros((3, 2)), np.ones((1, 2)), np.array([1]))
    np.testing.assert_array_equal(numbers, [[0, 1]] * 3)


def test_tables_that_do_not_fit_are_refused(parts):
    with pytest.raises(ValueError, match="must have the fitted columns"):
        CellPool.stack([parts, parts.drop(columns="mass")])
    with pytest.raises(ValueError, match="column 'holes' must have the fitted type int64"):
        CellPool.stack([parts, parts.astype({"holes": float})])
    with pytest.raises(TypeError, match="of the fitted container ndarray, got DataFrame"):
        CellPool.stack([np.zeros((2, 1)), pd.DataFrame({0: [1.0]})])
    with pytest.raises(TypeError, match="must be a DataFrame or a two-dimensional ndarray"):
        column_names(np.zeros((2, 3, 3)))


def test_columns_are_found_by_name():
    assert find_columns(["c", "a"], ["a", "b", "c"], "fixed").tolist() == [2, 0]
    assert find_columns("b", ["a", "b"], "fixed").tolist() == [1]
    with pytest.raises(ValueError, match=r"`fixed` must name columns of .* got .'z'."):
        find_columns(["z"], ["a"], "fixed")

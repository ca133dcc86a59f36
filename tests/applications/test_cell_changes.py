import numpy as np
import pandas as pd

from vaesynth.applications._cell_changes import CellChanges
from vaesynth.applications._cell_pool import CellPool

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

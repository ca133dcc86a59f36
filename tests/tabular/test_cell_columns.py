import numpy as np
import pytest

from vaesynth.tabular import ColumnSpec
from vaesynth.tabular._cells._cell_column import LevelColumn


def fit(codes, n_levels, max_levels=1000, has_missing=False):
    spec = ColumnSpec(
        "a", 0, "category", n_levels, has_missing, typical=0, levels=tuple(range(n_levels))
    )
    return LevelColumn.of(np.array(codes), spec, max_levels)


def test_every_category_of_a_short_list_has_its_level():
    column = fit([0, 2, -1, 1], 3, has_missing=True)
    levels = column.to_codes(np.array([0, 1, 2, -1]))
    assert levels.tolist() == [0, 1, 2, 3]
    assert column.cardinality == 4
    assert column.to_column(None, levels, np.random.default_rng(0)).tolist() == [0, 1, 2, -1]


@pytest.mark.parametrize(
    ("codes", "n_levels", "has_missing", "has_code"),
    [([0, 0], 1, False, False), ([0, -1], 1, True, True), ([-1, -1], 0, True, False)],
)
def test_one_content_has_no_cell(codes, n_levels, has_missing, has_code):
    column = fit(codes, n_levels, has_missing=has_missing)
    assert column.has_code == has_code
    levels = column.to_codes(np.array(codes))
    assert column.to_column(None, levels, np.random.default_rng(0)).tolist() == codes


def test_identifiers_share_one_level():
    column = fit(range(500), 500)
    assert column.cardinality == 1
    drawn = column.to_column(None, np.zeros(4000, dtype=int), np.random.default_rng(0))
    assert len(np.unique(drawn)) > 490
    np.testing.assert_allclose(column.log_abs_det(np.arange(500)), -np.log(500))


def test_rare_categories_are_drawn_by_frequency():
    # 80 categories: 0 to 2 keep a level, the others are pooled.
    codes = np.repeat(np.arange(80), [50, 40, 30, *[9] * 7, *[1] * 70])
    column = fit(codes, 80, max_levels=3)
    assert column.cardinality == 4
    assert column.to_codes(np.array([0, 1, 2])).tolist() == [0, 1, 2]
    drawn = column.to_column(None, np.full(50_000, 3), np.random.default_rng(0))
    shares = np.bincount(drawn, minlength=80) / len(drawn)
    expected = np.where(np.arange(80) < 3, 0, np.bincount(codes) / (codes > 2).sum())
    np.testing.assert_allclose(shares, expected, atol=0.005)
    np.testing.assert_allclose(np.exp(column.log_abs_det(np.arange(3, 80))).sum(), 1)


def test_seen_once_is_pooled_only_in_long_lists():
    assert fit(range(64), 64).cardinality == 64
    assert fit([*range(65)], 65).cardinality == 1
    assert fit([*range(64), *range(64), 64], 65).cardinality == 65  # one alone is no pool

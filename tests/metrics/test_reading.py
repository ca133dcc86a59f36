"""Metrics take tables of every kind, and tables that have been read already."""

import numpy as np
import pandas as pd
import polars as pl
import pytest
from hypothesis import given

from random_tables import tables
from vaesynth.metrics import (
    column_shape_scores,
    copy_shares,
    find_exact_copies,
    precision_recall_coverage,
)
from vaesynth.tabular import TableEncoder


@given(frame=tables())
def test_any_table_is_its_own_perfect_copy(frame):
    scores = column_shape_scores(frame, frame)
    assert list(scores.index) == list(frame.columns)
    held = frame.notna().any().to_numpy()
    assert np.allclose(scores.to_numpy()[held], 1)
    assert scores[~held].isna().all()
    assert find_exact_copies(frame, frame).all()


def test_columns_are_found_by_name(real):
    turned = real[real.columns[::-1]]
    assert (column_shape_scores(real, turned) == 1).all()


def test_numbers_that_only_the_synthetic_rows_break_count(real):
    whole = pd.DataFrame({"a": np.arange(100)})
    assert column_shape_scores(whole, whole + 0.5)["a"] == pytest.approx(0.99)
    assert not find_exact_copies(whole, whole + 0.5).any()


def test_tables_of_other_libraries_are_read():
    table = pl.DataFrame({"a": [1.0, 2.0, 3.0], "b": ["x", None, "y"]})
    assert copy_shares(table, table).exact == 1


def test_tables_that_have_been_read_give_the_same(real, fresh):
    # Of one table of both: the encoder knows all levels.
    rows = pd.concat([fresh, real[:30]], ignore_index=True)
    encoder = TableEncoder().fit(pd.concat([real, rows], ignore_index=True))
    contents = [encoder.transform(frame) for frame in (real, rows)]
    assert copy_shares(*contents) == copy_shares(real, rows)
    assert find_exact_copies(*contents).tolist() == find_exact_copies(real, rows).tolist()
    expected = precision_recall_coverage(real, rows)
    np.testing.assert_allclose(precision_recall_coverage(*contents), expected)


def test_tables_without_rows_or_with_other_columns_are_refused(real):
    with pytest.raises(ValueError, match=r"0 sample\(s\)"):
        column_shape_scores(real, real[:0])
    with pytest.raises(ValueError, match="must have the same columns"):
        column_shape_scores(real, real[["size"]])

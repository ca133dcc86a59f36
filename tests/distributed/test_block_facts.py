"""What blocks tell of a table: with few rows sampled, still every level and bound."""

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from vaesynth import TableEncoder
from vaesynth.distributed._block_facts import MAX_DISTINCT, BlockFacts

N_ROWS = 2_500


def make_block(number):
    rng = np.random.default_rng(number)
    whole = np.arange(N_ROWS)
    return pa.table(
        {
            "x": np.where(whole == 7, np.nan, rng.normal(size=N_ROWS) + 10 * number),
            "k": whole + number,
            "c": pa.array(rng.choice([f"l{number}", "b"], N_ROWS)).dictionary_encode(),
            "s": rng.choice([f"q{number}", "z"], N_ROWS),
            "n": pa.array([None] * N_ROWS, pa.null()) if number == 0 else pa.array(whole % 5),
            "d": pd.date_range("2020-01-01", periods=N_ROWS, freq="h") + pd.Timedelta(days=number),
            "b": rng.random(N_ROWS) < 0.5,
            "y": rng.choice(["no", "yes"], N_ROWS),
        }
    )


BLOCKS = [make_block(number) for number in range(3)]


def look(positions, *, keeps_all=False):
    parts = [BlockFacts.of(block, positions, "y", keeps_all=keeps_all) for block in BLOCKS]
    return parts[0].join(parts[1], keeps_all=keeps_all).join(parts[2], keeps_all=keeps_all)


def whole_frame():
    together = pa.concat_tables(BLOCKS, promote_options="permissive").unify_dictionaries()
    return together.to_pandas()


def test_all_rows_make_the_frame_of_the_table():
    sample, cells = look(np.arange(N_ROWS)).to_frames()
    assert cells is sample
    pd.testing.assert_frame_equal(sample, whole_frame())


def test_a_few_rows_and_the_cells_have_the_schema_of_the_table():
    sample, cells = look(np.arange(0, N_ROWS, 100)).to_frames()
    assert len(sample) == 75
    found = TableEncoder().fit(cells).schema_
    expected = TableEncoder().fit(whole_frame()).schema_
    for ours, theirs in zip(found.columns, expected.columns, strict=True):
        for name in ("name", "kind", "levels", "has_missing", "decimals"):
            assert getattr(ours, name) == getattr(theirs, name), (ours.name, name)
        np.testing.assert_array_equal([ours.lower, ours.upper], [theirs.lower, theirs.upper])
    assert (cells.dtypes == whole_frame().dtypes).all()


def test_classes_are_counted():
    expected = whole_frame()["y"].value_counts()
    assert look(np.arange(3)).label_counts.to_dict() == expected.to_dict()


def test_numbers_that_may_be_categories_are_kept_whole():
    assert look(np.arange(3)).cells["k"].to_pylist() == [0, 2499, 1, 2500, 2, 2501]
    assert len(look(np.arange(3), keeps_all=True).cells["k"]) == N_ROWS + 2 > MAX_DISTINCT


def test_blocks_of_other_columns_are_refused():
    ours, theirs = (
        BlockFacts.of(block, np.arange(3), keeps_all=False)
        for block in (BLOCKS[0], BLOCKS[1].drop_columns("b"))
    )
    with pytest.raises(ValueError, match="blocks of a table must have the same columns"):
        ours.join(theirs, keeps_all=False)

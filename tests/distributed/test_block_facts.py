"""What blocks tell of a table: with few rows sampled, still every level and bound."""

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from vaesynth import TableEncoder
from vaesynth.distributed._block_facts import BlockFacts, TableContents

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


def look(positions, categorical_features="auto"):
    contents = TableContents("y", categorical_features)
    for block in BLOCKS:
        contents.add(BlockFacts.of(block, positions, "y", categorical_features))
    return contents


def whole_frame():
    together = pa.concat_tables(BLOCKS, promote_options="permissive").unify_dictionaries()
    return together.to_pandas()


def test_all_rows_make_the_frame_of_the_table():
    sample, cells = look(np.arange(N_ROWS)).to_frames(3 * N_ROWS)
    assert cells is sample
    pd.testing.assert_frame_equal(sample, whole_frame())


def test_a_few_rows_and_the_cells_have_the_schema_of_the_table():
    sample, cells = look(np.arange(0, N_ROWS, 100)).to_frames(3 * N_ROWS)
    assert len(sample) == 75
    found = TableEncoder().fit(cells.drop(columns="y")).schema_
    expected = TableEncoder().fit(whole_frame().drop(columns="y")).schema_
    for ours, theirs in zip(found.columns, expected.columns, strict=True):
        for name in ("name", "kind", "levels", "has_missing", "decimals"):
            assert getattr(ours, name) == getattr(theirs, name), (ours.name, name)
        np.testing.assert_array_equal([ours.lower, ours.upper], [theirs.lower, theirs.upper])
    assert (cells.dtypes == whole_frame().dtypes).all()


def test_classes_are_counted():
    expected = whole_frame()["y"].value_counts()
    assert look(np.arange(3)).label_counts.to_dict() == expected.to_dict()


def test_numbers_named_as_categories_are_kept_whole():
    frames = (look(np.arange(3), features).to_frames(3 * N_ROWS)[1] for features in ("auto", ["k"]))
    few, all_of_them = (frame["k"].nunique() for frame in frames)
    assert few < 100
    assert all_of_them == N_ROWS + 2


def test_later_blocks_add_only_what_is_new():
    contents = look(np.arange(3))
    assert all(len(shown) < 20 for shown in contents._shown)
    before = len(contents._shown[-1])
    contents.add(BlockFacts.of(BLOCKS[2], np.arange(3), "y"))
    assert len(contents._shown[-1]) == 0 <= before


def test_rows_without_a_class_are_counted_too():
    block = pa.table({"a": [1, 2, 3], "y": ["no", None, None]})
    counts = BlockFacts.of(block, np.arange(1), "y").label_counts
    assert counts[counts.index.isna()].tolist() == [2]


def test_blocks_of_other_columns_are_refused():
    contents = TableContents()
    contents.add(BlockFacts.of(BLOCKS[0], np.arange(3)))
    with pytest.raises(ValueError, match="blocks of a table must have the same columns"):
        contents.add(BlockFacts.of(BLOCKS[1].drop_columns("b"), np.arange(3)))

from decimal import Decimal

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from vaesynth.streaming import FrameStream, sample_stream
from vaesynth.tabular import TableEncoder


@pytest.fixture
def frame():
    rng = np.random.default_rng(0)
    n_rows = 5000
    frame = pd.DataFrame(
        {
            "number": rng.normal(size=n_rows).round(1),
            "city": rng.choice(["Rome", "Oslo"], n_rows),
            "fraud": np.where(np.arange(n_rows) % 50 == 7, "yes", "no"),
        }
    )
    frame.loc[4000, ["number", "city"]] = [99.125, "Thule"]
    frame.loc[4001, "number"] = -99.0
    frame.loc[4002, "number"] = np.nan
    return frame


def read(source, target="fraud", max_rows=400, block_rows=700, **options):
    return sample_stream(
        FrameStream(source, block_rows), target, max_rows=max_rows, seed=0, **options
    )


def test_what_is_shown_reads_every_row_of_the_stream(frame):
    sample = read(frame)
    X = frame.drop(columns="fraud")
    encoder, whole = TableEncoder().fit(sample.shown), TableEncoder().fit(X)
    table = encoder.transform(X)
    pd.testing.assert_frame_equal(encoder.inverse_transform(table), X)
    for found, expected in zip(encoder.schema_.columns, whole.schema_.columns, strict=True):
        for fact in ("kind", "has_missing", "decimals", "levels", "precision"):
            assert getattr(found, fact) == getattr(expected, fact), fact
    assert (encoder.schema_.columns[0].lower, encoder.schema_.columns[0].upper) == (-99, 99.125)


def test_counts_are_those_of_all_rows(frame):
    sample = read(frame)
    assert sample.class_count == frame["fraud"].value_counts().to_dict()
    assert sample.n_rows == len(frame)
    assert not sample.is_whole
    schema = TableEncoder().fit(sample.shown).schema_
    (counts,) = sample.contents.level_counts(schema)
    expected = frame["city"].value_counts()
    assert dict(zip(schema.categoricals[0].levels, counts, strict=True)) == expected.to_dict()


def test_rows_are_kept_with_their_classes(frame):
    sample = read(frame)
    expected = frame.iloc[sample.positions].reset_index(drop=True)
    pd.testing.assert_frame_equal(sample.X.assign(fraud=sample.y).reset_index(drop=True), expected)
    assert (sample.y == "yes").sum() == 100
    assert (sample.y == "no").sum() == 300


def test_no_row_is_shown_twice(frame):
    sample = read(frame.assign(row=np.arange(len(frame), dtype=float) + 0.5))
    assert sample.shown["row"].is_unique


def test_a_stream_that_fits_is_the_table_itself(frame):
    sample = read(frame, max_rows=5000)
    assert sample.is_whole
    assert sample.shown is sample.X
    pd.testing.assert_frame_equal(sample.X, frame.drop(columns="fraud"))


@pytest.mark.parametrize("container", [pd.DataFrame, pa.Table.from_pandas])
def test_frames_of_other_sizes_give_the_same(frame, container):
    one = read(container(frame))
    for step in (97, 1000):
        parts = [container(frame[start : start + step]) for start in range(0, 5000, step)]
        other = read(parts)
        np.testing.assert_array_equal(other.positions, one.positions)
        assert other.shown.equals(one.shown) or np.array_equal(
            np.asarray(other.shown, dtype=str), np.asarray(one.shown, dtype=str)
        )


def test_without_classes_the_target_is_left_out(frame):
    sample = read(frame, keeps_classes=False)
    assert list(sample.X) == ["number", "city"]
    assert sample.y is None
    assert len(sample.X) == 400


def test_types_of_arrow_are_read_block_by_block():
    rng = np.random.default_rng(0)
    n_rows = 2000
    days = np.datetime64("2024-01-01") + rng.integers(0, 300, n_rows)
    columns = {
        "dictionary": pa.array(rng.choice(["x", "y"], n_rows)).dictionary_encode(),
        "decimal": pa.array([Decimal(int(n)) / 100 for n in rng.integers(-99, 99, n_rows)]),
        "date": pa.array(days),
        "instant": pa.array(days.astype("M8[us]"), pa.timestamp("us", "Europe/Rome")),
        "wait": pa.array(rng.integers(0, 99, n_rows), pa.duration("s")),
        "byte": pa.array(rng.integers(0, 200, n_rows), pa.uint8(), mask=rng.random(n_rows) < 0.1),
        "half": pa.array(rng.normal(size=n_rows), pa.float32()),
        "flag": pa.array(rng.random(n_rows) < 0.5, mask=rng.random(n_rows) < 0.01),
        "nothing": pa.nulls(n_rows, pa.string()),
        "fraud": pa.array(rng.choice(["no", "yes"], n_rows, p=[0.9, 0.1])).dictionary_encode(),
    }
    table = pa.table(columns)
    sample = read(table, block_rows=300)
    X = table.drop_columns("fraud")
    encoder = TableEncoder().fit(sample.shown)
    assert encoder.inverse_transform(encoder.transform(X)).equals(X)
    expected = pd.Series(table["fraud"].to_pandas()).value_counts()
    assert sample.class_count == expected.to_dict()


@pytest.mark.parametrize(
    ("change", "target", "rule"),
    [
        ({"fraud": None}, "fraud", "every row must have a class, got none in row 0"),
        ({}, "class", "`target` must be a column of the table, got 'class'; its columns are"),
        ({"fraud": range(5000)}, "fraud", "at most 1,000 classes, got more in column 'fraud'"),
    ],
)
def test_targets_that_are_refused(frame, change, target, rule):
    with pytest.raises(ValueError, match=rule):
        read(frame.assign(**change), target, max_rows=3000)


def test_a_missing_label_is_named_by_its_row_in_the_stream(frame):
    frame.loc[4321, "fraud"] = None
    with pytest.raises(ValueError, match="got none in row 4321"):
        read(frame)


def test_a_stream_without_rows_or_features_is_refused(frame):
    with pytest.raises(ValueError, match="a stream must have rows, got none"):
        read([])
    with pytest.raises(ValueError, match="a stream must have rows, got none"):
        read(frame[:0])
    with pytest.raises(ValueError, match="columns beside the class, got only 'fraud'"):
        read(frame[["fraud"]])

import weakref

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.dataset as ds
import pyarrow.parquet as pq
import pytest

from vaesynth.streaming import FrameStream


@pytest.fixture
def frame():
    rng = np.random.default_rng(0)
    return pd.DataFrame(
        {"a": rng.normal(size=100), "b": rng.choice(["x", "y"], 100), "c": np.arange(100)}
    )


@pytest.fixture
def table(frame):
    return pa.Table.from_pandas(frame, preserve_index=False)


def write_folder(folder, table):
    (folder / "sub").mkdir()
    pq.write_table(table.slice(40), folder / "sub" / "b.parquet", row_group_size=7)
    pq.write_table(table.slice(0, 40), folder / "a.parquet", row_group_size=9)
    (folder / "_SUCCESS").write_text("")
    (folder / ".hidden.parquet").write_text("no table")
    return folder


def read(source, block_rows=16):
    blocks = list(FrameStream(source, block_rows).blocks())
    assert [len(block) for block in blocks] == [16] * 6 + [4]
    if isinstance(blocks[0], pd.DataFrame):
        return pd.concat(blocks, ignore_index=True)
    return pa.concat_tables(blocks).to_pandas()


def test_every_source_gives_the_same_rows(frame, table, tmp_path):
    path = tmp_path / "table.parquet"
    pq.write_table(table, path, row_group_size=33)
    (tmp_path / "folder").mkdir()
    folder = write_folder(tmp_path / "folder", table)
    sources = [
        path,
        str(path),
        folder,
        ds.dataset(path),
        frame,
        table,
        pl.from_arrow(table),
        [frame[:30], frame[30:]],
        table.to_batches(max_chunksize=13),
        lambda: (frame.iloc[start : start + 7] for start in range(0, 100, 7)),
        iter([table.slice(0, 50), table.slice(50)]),
        pa.RecordBatchReader.from_batches(table.schema, table.to_batches(max_chunksize=11)),
    ]
    for source in sources:
        pd.testing.assert_frame_equal(read(source), frame)


def test_names_of_folders_are_columns(table, tmp_path):
    for year in (2023, 2024):
        (tmp_path / f"year={year}").mkdir()
        pq.write_table(table, tmp_path / f"year={year}" / "part.parquet")
    (block,) = FrameStream(tmp_path).blocks()
    assert block["year"].to_pylist() == [2023] * 100 + [2024] * 100


def test_an_index_that_only_numbers_is_left_out(frame, tmp_path):
    frame.sample(frac=1, random_state=0).to_parquet(tmp_path / "a.parquet")
    (block,) = FrameStream(tmp_path / "a.parquet").blocks()
    assert block.column_names == ["a", "b", "c"]


def test_only_an_iterator_is_read_once(frame):
    assert FrameStream(iter([frame])).is_one_shot
    for source in (frame, [frame], lambda: [frame]):
        stream = FrameStream(source)
        assert not stream.is_one_shot
        assert len(list(stream.blocks())) == len(list(stream.blocks())) == 1


def test_wide_tables_come_in_shorter_blocks():
    wide = pd.DataFrame(np.zeros((12_000, 999)))
    assert [len(block) for block in FrameStream([wide[:7000], wide[7000:]]).blocks()] == [
        4199,
        4199,
        3602,
    ]


def test_few_frames_are_alive_at_a_time():
    made, most = [], 0

    def frames():
        nonlocal most
        for _ in range(50):
            frame = pd.DataFrame({"a": np.zeros(10)})
            made.append(weakref.ref(frame))
            most = max(most, sum(reference() is not None for reference in made))
            yield frame

    assert sum(len(block) for block in FrameStream(frames, 20).blocks()) == 500
    assert most <= 4


def test_dictionaries_of_batches_are_joined():
    parts = [pa.table({"a": pa.array(cells).dictionary_encode()}) for cells in ("xy", "yz", "zx")]
    blocks = list(FrameStream(parts, 4).blocks())
    assert [block["a"].to_pylist() for block in blocks] == [list("xyyz"), list("zx")]


@pytest.mark.parametrize(
    ("second", "rule"),
    [
        (pd.DataFrame({"a": [1.0]}), "'a' must have one type in all frames, got int64 .* float64"),
        (pd.DataFrame({"b": [1]}), r"same columns, got \['a'\] first and \['b'\] later"),
        (pa.table({"a": [1]}), "of one class, got DataFrame first and Table later"),
    ],
)
def test_frames_must_be_alike(second, rule):
    with pytest.raises(ValueError, match=rule):
        list(FrameStream([pd.DataFrame({"a": [1]}), second]).blocks())


def test_what_is_no_stream_is_refused(tmp_path):
    with pytest.raises(TypeError, match=r"must be a path, a pyarrow dataset, .* got int"):
        FrameStream(3)
    with pytest.raises(TypeError, match=r"must be pandas data frames, .* got ndarray"):
        list(FrameStream([np.zeros((2, 2))]).blocks())
    with pytest.raises(FileNotFoundError, match="must hold Parquet files, got none"):
        FrameStream(tmp_path)
    with pytest.raises(FileNotFoundError, match="must be a file or folder that is there"):
        FrameStream(tmp_path / "missing.parquet")

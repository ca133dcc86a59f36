import warnings

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from sklearn.exceptions import NotFittedError

from vaesynth import CVAE, ColumnWarning, CVAESampler, SingleRowWarning, load

FAST = {
    "model": CVAE(max_iter=2, hidden_layer_sizes=(16,)),
    "n_candidates": 1,
    "random_state": 0,
}


@pytest.fixture
def frame():
    rng = np.random.default_rng(0)
    label = np.where(rng.random(900) < 0.1, "yes", "no")
    return pd.DataFrame(
        {
            "amount": rng.normal(size=900).round(2) + (label == "yes"),
            "label": label,
            "city": rng.choice(["Rome", "Oslo"], 900),
            "n": rng.integers(0, 9, 900),
        }
    )


@pytest.fixture
def folder(frame, tmp_path):
    folder = tmp_path / "parts"
    folder.mkdir()
    for start in range(0, 900, 250):
        frame[start : start + 250].to_parquet(folder / f"{start:03d}.parquet", index=False)
    return folder


@pytest.mark.parametrize("method", ["neighbors", "posterior", "prior"])
def test_real_rows_come_first_and_unchanged_and_classes_are_even(frame, folder, tmp_path, method):
    sampler = CVAESampler(**FAST, sampling_method=method)
    path = tmp_path / "out.parquet"
    n_rows = sampler.fit_resample_stream(folder, "label", path, mark="new", max_rows_in_memory=400)
    written = pd.read_parquet(path)
    assert n_rows == len(written)
    pd.testing.assert_frame_equal(written[:900].drop(columns="new"), frame)
    assert written["new"].tolist() == [False] * 900 + [True] * (n_rows - 900)
    assert written["label"].value_counts().nunique() == 1
    assert set(written.loc[900:, "label"]) == {"yes"}
    assert written["amount"].between(frame["amount"].min(), frame["amount"].max()).all()


def test_the_new_rows_alone_fit_beside_the_files(frame, folder, tmp_path):
    sampler = CVAESampler(**FAST, sampling_strategy={"yes": 300})
    n_rows = sampler.fit_resample_stream(
        folder, "label", folder / "new.parquet", include_real=False
    )
    assert n_rows == 300 - (frame["label"] == "yes").sum()
    assert pq.read_table(folder).num_rows == 900 + n_rows
    schemas = [pq.read_schema(path).remove_metadata() for path in folder.glob("*.parquet")]
    assert all(schema.equals(schemas[0]) for schema in schemas)


def test_containers_and_chunks_change_nothing(frame, folder, tmp_path):
    sources = {
        "folder": folder,
        "pandas": [frame[:100], frame[100:]],
        "pyarrow": pa.Table.from_pandas(frame),
        "callable": lambda: iter([frame]),
    }
    written = {}
    for name, source in sources.items():
        path = tmp_path / f"{name}.parquet"
        CVAESampler(**FAST).fit_resample_stream(source, "label", path, max_rows_in_memory=300)
        written[name] = pd.read_parquet(path)
    for name in sources:
        pd.testing.assert_frame_equal(written[name], written["folder"])


def test_more_can_be_drawn_and_saved(frame, tmp_path):
    sampler = CVAESampler(**FAST).fit_stream(frame, "label", max_rows_in_memory=300)
    assert len(sampler.sample(4, "yes")) == 4
    sampler.save(tmp_path / "sampler.safetensors")
    again = load(tmp_path / "sampler.safetensors")
    for name, one, size in (("a", sampler, 1000), ("b", again, 7)):
        one.resample_to_parquet(tmp_path / name, random_state=5, chunk_size=size)
    assert pq.read_table(tmp_path / "a").equals(pq.read_table(tmp_path / "b"))
    assert pq.read_table(tmp_path / "a").column_names == list(frame.columns)


def test_counts_are_those_of_the_whole_stream(frame):
    sampler = CVAESampler(**FAST).fit_stream(frame, "label", max_rows_in_memory=100)
    counts = frame["label"].value_counts()
    assert sampler.sampling_strategy_ == {"yes": counts["no"] - counts["yes"]}
    assert sampler.model_.class_count_.tolist() == [counts["no"], counts["yes"]]


def test_a_class_of_one_row_is_warned_of_or_refused(frame):
    frame = frame[(frame["label"] == "no") | (np.cumsum(frame["label"] == "yes") == 1)]
    frame = frame.reset_index(drop=True)
    with pytest.warns(SingleRowWarning, match=r"the new rows of \['yes'\] are copies"):
        sampler = CVAESampler(**FAST).fit_stream(frame, "label")
    assert len(sampler.sample(3, "yes")) == 3
    with pytest.raises(ValueError, match=r"got a single row of \['yes'\]"):
        CVAESampler(**FAST, single_row="error").fit_stream(frame, "label")


def test_what_a_stream_does_not_allow_is_refused_before_training(frame, tmp_path):
    path = tmp_path / "out.parquet"
    sampler = CVAESampler(**FAST)
    with pytest.raises(ValueError, match="`include_real=True` needs a source that can be read"):
        sampler.fit_resample_stream(iter([frame]), "label", path)
    with pytest.raises(ValueError, match="`copies` must be 'allow' or 'warn' for a stream"):
        CVAESampler(**FAST, copies="refuse").fit_stream(frame, "label")
    with pytest.raises(ValueError, match="`mark` must be a new column, got 'city'"):
        sampler.fit_resample_stream(frame, "label", path, mark="city")
    path.touch()
    with pytest.raises(FileExistsError):
        sampler.fit_resample_stream(frame, "label", path)
    with pytest.raises(NotFittedError):
        CVAESampler().resample_to_parquet(tmp_path / "other.parquet")


def test_an_iterator_serves_where_only_new_rows_are_written(frame, tmp_path):
    path = tmp_path / "new.parquet"
    n_rows = CVAESampler(**FAST).fit_resample_stream(
        iter([frame]), "label", path, include_real=False
    )
    assert set(pd.read_parquet(path)["label"]) == {"yes"}
    assert n_rows == pq.read_metadata(path).num_rows


RARE = np.arange(120) >= 100
COLUMNS = {
    "intervals": pd.cut(np.where(RARE, 50, 2), [0, 3, 100]),
    "plain intervals": pd.cut(np.where(RARE, 50, 2), [0, 3, 100]).astype("interval"),
    "months": pd.Categorical(pd.PeriodIndex(np.where(RARE, "2021-01", "2020-02"), freq="M")),
    "days": pd.PeriodIndex(np.where(RARE, "2021-01-01", "2020-02-03"), freq="D"),
    "times": pd.Categorical(pd.to_datetime(np.where(RARE, "2021", "2020"))),
    "other order": RARE.astype(">i4"),
    "other order, floats": RARE.astype(">f8"),
}


@pytest.mark.parametrize("column", COLUMNS.values(), ids=COLUMNS.keys())
@pytest.mark.parametrize("is_target", [True, False])
def test_intervals_and_either_byte_order_can_be_streamed(column, is_target, tmp_path):
    frame = pd.DataFrame({"a": np.random.default_rng(0).normal(size=120), "b": column})
    frame["y"] = column if is_target else RARE
    frame = frame.drop(columns="b") if is_target else frame
    path = tmp_path / "out.parquet"
    parts = [frame[:70], frame[70:]]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ColumnWarning)
        assert CVAESampler(**FAST).fit_resample_stream(parts, "y", path) == 200
    written = pd.read_parquet(path)
    for name in frame:
        assert list(map(str, written[name][:120])) == list(map(str, frame[name]))
    assert written["y"].value_counts().tolist() == [100, 100]


@pytest.mark.parametrize(
    "cells", [[1, "a"], [pd.Interval(0, 1), pd.Interval(1, 2)], [2j, 1j], [b"a", 1.5]], ids=str
)
def test_what_no_parquet_file_holds_is_refused_before_training(cells, tmp_path):
    column = pd.Series([cells[row % 2] for row in range(120)], dtype=object)
    frame = pd.DataFrame({"a": np.random.default_rng(0).normal(size=120), "b": column, "y": RARE})
    sampler = CVAESampler(**FAST)
    with pytest.raises(ValueError, match=r"types that a Parquet file holds|Complex data"):
        sampler.fit_resample_stream(frame, "y", tmp_path / "out.parquet")
    assert not hasattr(sampler, "model_")
    assert list(tmp_path.iterdir()) == []

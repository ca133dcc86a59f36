import sys

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from scipy import stats
from sklearn.datasets import make_classification

from vaesynth import CVAE, VAE, PrivacyBudget

FAST = {"max_iter": 3, "hidden_layer_sizes": (16,), "random_state": 0}

pytestmark = pytest.mark.filterwarnings("ignore::vaesynth.PosteriorCollapseWarning")


def make_frame(n_rows, seed=0):
    X, y = make_classification(
        n_rows, n_features=4, n_redundant=0, weights=[0.95], flip_y=0, random_state=seed
    )
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame(X, columns=list("abcd")).assign(
        word=rng.choice(["x", "y", "z"], n_rows), size=rng.integers(0, 40, n_rows)
    )
    frame.loc[rng.random(n_rows) < 0.1, "a"] = np.nan
    return frame.assign(label=np.where(y == 1, "rare", "usual"))


@pytest.fixture(scope="module")
def frame():
    return make_frame(3000)


def cut(frame, n_rows):
    return [frame[start : start + n_rows] for start in range(0, len(frame), n_rows)]


def split(frame):
    return frame.drop(columns="label"), frame["label"]


def test_a_stream_that_fits_gives_the_model_of_fit(frame):
    X, y = split(frame)
    fitted, streamed = CVAE(**FAST).fit(X, y), CVAE(**FAST).fit_stream(cut(frame, 700), "label")
    np.testing.assert_array_equal(streamed.score_samples(X, y), fitted.score_samples(X, y))
    pd.testing.assert_frame_equal(streamed.sample(50), fitted.sample(50))
    np.testing.assert_array_equal(streamed.class_count_, fitted.class_count_)
    np.testing.assert_array_equal(streamed.classes_, fitted.classes_)
    assert list(streamed.feature_names_in_) == list(X.columns)


def test_an_estimator_without_classes_leaves_the_target_out(frame):
    X = frame.drop(columns="label")
    fitted, streamed = VAE(**FAST).fit(X), VAE(**FAST).fit_stream(iter(cut(frame, 999)), "label")
    np.testing.assert_array_equal(streamed.score_samples(X), fitted.score_samples(X))
    assert VAE(**FAST).fit_stream(X).n_features_in_ == 6


@pytest.mark.parametrize("sizes", [(3000,), (64, 5000)])
def test_chunks_and_files_of_any_size_give_the_same_model(frame, sizes, tmp_path):
    options = {"target": "label", "max_rows_in_memory": 600}
    X, y = split(frame)
    expected = CVAE(**FAST).fit_stream(cut(frame, 500), **options).score_samples(X, y)
    for size in sizes:
        streamed = CVAE(**FAST).fit_stream(cut(frame, size), **options)
        np.testing.assert_array_equal(streamed.score_samples(X, y), expected)
        pq.write_table(
            pa.Table.from_pandas(frame), tmp_path / f"{size}.parquet", row_group_size=size
        )
        streamed = CVAE(**FAST).fit_stream(tmp_path / f"{size}.parquet", **options)
        np.testing.assert_array_equal(streamed.score_samples(X, y), expected)


def test_a_part_of_the_rows_learns_nearly_as_well_as_all():
    rows = make_frame(4000)
    train, (X, y) = rows[:3000], split(rows[3000:])
    options = {"hidden_layer_sizes": (32,), "decoder": "independent", "random_state": 0}
    whole = CVAE(**options, max_iter=20).fit(*split(train)).score(X, y)
    streamed = CVAE(**options, max_iter=40)
    streamed.fit_stream(train, "label", max_rows_in_memory=1500)
    assert abs(streamed.score(X, y) - whole) < 0.2
    # The tolerance can fail: a model that has learned little is off by more.
    assert whole - CVAE(**options, max_iter=1).fit(*split(train)).score(X, y) > 0.5


def test_counts_and_columns_are_those_of_the_whole_stream(frame):
    frame = frame.copy()
    frame.loc[2900, ["word", "b", "size"]] = ["once", 50.0, 999]
    streamed = CVAE(**FAST).fit_stream(frame, "label", max_rows_in_memory=300)
    assert streamed.class_count_.tolist() == frame["label"].value_counts().sort_index().tolist()
    schema = {spec.name: spec for spec in streamed._codec.tables.schema_.columns}
    assert schema["word"].levels == ("once", "x", "y", "z")
    assert (schema["b"].upper, schema["size"].upper) == (50, 999)
    assert np.isfinite(streamed.score_samples(*split(frame))).all()


def test_a_rare_class_is_trained_on_whole(frame):
    trained = []

    class Watched(CVAE):
        def _fit_rows(self, given, *others):
            trained.append(np.bincount(given.codes))
            super()._fit_rows(given, *others)

    Watched(**FAST).fit_stream(frame, "label", max_rows_in_memory=400)
    n_rare = (frame["label"] == "rare").sum()
    assert trained[0].tolist() == [n_rare, 400 - n_rare]


def test_rows_come_back_in_the_container_of_the_frames(frame):
    table = pa.Table.from_pandas(frame, preserve_index=False)
    new = CVAE(**FAST).fit_stream(table, "label", max_rows_in_memory=500).sample(5)
    assert isinstance(new, pa.Table)
    assert new.schema.equals(table.drop_columns("label").schema)
    new = CVAE(**FAST).fit_stream(frame, "label", max_rows_in_memory=500).sample(5)
    assert new.dtypes.equals(frame.drop(columns="label").dtypes)


@pytest.mark.parametrize("y", [None, "rare", "each"])
def test_drawn_rows_do_not_depend_on_the_chunks(frame, y, monkeypatch):
    monkeypatch.setattr("vaesynth.estimators._streams.UNIT_ROWS", 100)
    cvae = CVAE(**FAST).fit(*split(frame))
    labels = np.resize(["rare", "usual", "usual"], 350) if y == "each" else y
    draws = [
        list(cvae.iter_samples(350, labels, chunk_size=size, random_state=3))
        for size in (350, 33, 100)
    ]
    assert [len(chunk) for chunk in draws[1]] == [33] * 10 + [20]
    for chunks in draws[1:]:
        pd.testing.assert_frame_equal(pd.concat(chunks, ignore_index=True), draws[0][0])
    assert not draws[0][0][:100].equals(draws[0][0][100:200].reset_index(drop=True))


def test_draws_go_on_where_the_last_stopped(frame):
    first, second = (CVAE(**FAST).fit(*split(frame)) for _ in range(2))
    (a,), (b,) = first.iter_samples(20), first.iter_samples(20)
    assert not a.equals(b)
    pd.testing.assert_frame_equal(next(second.iter_samples(20)), a)


def test_a_file_holds_the_rows_and_their_classes(frame, tmp_path, monkeypatch):
    monkeypatch.setattr("vaesynth.estimators._streams.UNIT_ROWS", 100)
    cvae, path = CVAE(**FAST).fit(*split(frame)), tmp_path / "new.parquet"
    n_rows = cvae.sample_to_parquet(path, 400, target="label", chunk_size=150, random_state=0)
    written = pd.read_parquet(path)
    assert n_rows == len(written) == 400
    assert pq.read_metadata(path).num_row_groups == 3
    expected = pd.concat(cvae.iter_samples(400, random_state=0), ignore_index=True)
    pd.testing.assert_frame_equal(written.drop(columns="label"), expected)
    n_rare, share = (written["label"] == "rare").sum(), (frame["label"] == "rare").mean()
    assert stats.binomtest(n_rare, 400, share).pvalue > 1e-3
    cvae.sample_to_parquet(path, 30, "rare", target="label", overwrite=True)
    assert set(pd.read_parquet(path)["label"]) == {"rare"}


def test_images_come_in_chunks_too():
    images = np.random.default_rng(0).integers(0, 255, (40, 8, 8), dtype=np.uint8)
    vae = VAE(**FAST).fit(images)
    assert [part.shape for part in vae.iter_samples(5, chunk_size=2)] == [(2, 8, 8)] * 2 + [
        (1, 8, 8)
    ]


@pytest.mark.parametrize(
    ("call", "rule"),
    [
        (lambda m, f: m.fit_stream(f), "`target` must name the column of the classes, got None"),
        (
            lambda m, f: m.fit_stream(f, "label", max_rows_in_memory=0),
            "`max_rows_in_memory` must be an integer of at least 1, got 0",
        ),
        (
            lambda m, f: m.set_params(privacy=PrivacyBudget(1.0, 1e-5)).fit_stream(f, "label"),
            "a private fit must be of a table in memory",
        ),
        (lambda m, _: m.iter_samples(0), "`n_samples` must be an integer of at least 1, got 0"),
        (
            lambda m, _: m.iter_samples(3, chunk_size=0),
            "`chunk_size` must be an integer of at least 1, got 0",
        ),
        (lambda m, _: m.iter_samples(3, "none"), "`y` must be one of the fitted classes"),
        (lambda m, _: m.iter_samples(3, ["rare"]), r"`y` must have shape \(3,\), got \(1,\)"),
    ],
)
def test_what_is_refused_is_refused_at_once(frame, call, rule):
    model = CVAE(**FAST).fit(*split(frame[:200]))
    weights = model.module_
    with pytest.raises(ValueError, match=rule):
        call(model, frame)
    assert model.module_ is weights


def test_an_estimator_without_classes_has_no_labels(frame, tmp_path):
    vae = VAE(**FAST).fit(frame.drop(columns="label"))
    with pytest.raises(ValueError, match="`y` must be None for a VAE, which has no classes"):
        vae.iter_samples(3, y=1)
    with pytest.raises(ValueError, match="`target` must be None for a model without classes"):
        vae.sample_to_parquet(tmp_path / "a.parquet", 3, target="label")
    assert list(tmp_path.iterdir()) == []


def test_one_line_says_what_to_install(frame, tmp_path, monkeypatch):
    for module in [name for name in sys.modules if name.partition(".")[0] == "pyarrow"]:
        monkeypatch.setitem(sys.modules, module, None)
    (tmp_path / "a.parquet").touch()
    with pytest.raises(ImportError, match=r'pip install "vaesynth\[stream\]"'):
        CVAE(**FAST).fit_stream(tmp_path, "label")

"""Saved and loaded estimators draw equal rows: of every container and kind of column, and in another process."""

import datetime
import decimal
import os
import subprocess
import sys
import warnings
from pathlib import Path

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from safetensors.numpy import save_file
from scipy import sparse
from sklearn.exceptions import NotFittedError

import vaesynth
from forgeries import ModelFile
from vaesynth import CVAE, VAE, VQVAE, BetaVAE, CVAESampler, TableEncoder
from vaesynth.applications import VAEImputer
from vaesynth.saving import UnsavableError

N_ROWS = 60
FAST = {"max_iter": 2, "hidden_layer_sizes": (8,), "random_state": 0}
SAMPLER = {
    "model": CVAE(max_iter=2, hidden_layer_sizes=(8,)),
    "n_candidates": 1,
    "random_state": 0,
}
Y = np.array(["neg"] * 40 + ["pos"] * 20)


def make_frame():
    rng = np.random.default_rng(0)
    half = N_ROWS // 2
    hours = pd.to_timedelta(np.arange(N_ROWS), unit="h")
    return pd.DataFrame(
        {
            "float": rng.normal(size=N_ROWS),
            "single": rng.normal(size=N_ROWS).astype(np.float32),
            "integer": rng.integers(0, 9, N_ROWS),
            "large": 2**62 + rng.integers(0, 9, N_ROWS),
            "category": pd.Categorical(list("xyz") * 20, categories=list("zyxw"), ordered=True),
            "object": [None, "q"] * half,
            "mixed": [1, "1"] * half,
            "date": pd.date_range("2020", periods=N_ROWS),
            "zoned": pd.date_range("2020", periods=N_ROWS, tz="Europe/Berlin"),
            "period": pd.period_range("2020-01", periods=N_ROWS, freq="M"),
            "delta": hours,
            "boolean": [True, False] * half,
            "Int64": pd.array([1, None] * half, dtype="Int64"),
            "Float32": pd.array([1.5, None] * half, dtype="Float32"),
            "nullable": pd.array([True, None] * half, dtype="boolean"),
            "string": pd.array(["u", None] * half, dtype="string"),
            "day": [datetime.date(2020, 1, 1 + i % 28) for i in range(N_ROWS)],
            "decimal": [decimal.Decimal(i) / 4 for i in range(N_ROWS)],
            "tuple": [(1, 2), (3,)] * half,
            "sparse": pd.arrays.SparseArray([0.0, 1.0] * half),
            "interval": pd.cut(rng.normal(size=N_ROWS), 4),
            "arrow": pd.Series([1, None] * half, dtype="int64[pyarrow]"),
            "arrow_text": pd.Series(["a", "b"] * half, dtype="string[pyarrow]"),
            "arrow_stamp": pd.Series(hours + pd.Timestamp("2020")).astype("timestamp[ms][pyarrow]"),
        }
    )


def make_polars():
    frame = make_frame()[["float", "integer", "date", "boolean"]]
    colour = pl.Series("colour", ["r", "g"] * 30, dtype=pl.Categorical)
    return pl.DataFrame({name: frame[name].to_numpy() for name in frame}).with_columns(colour)


NUMBERS = np.random.default_rng(1).normal(size=(N_ROWS, 3))
TABLES = {
    "pandas": make_frame,
    "array": lambda: NUMBERS,
    "big_endian": lambda: NUMBERS.astype(">f4"),
    "objects": lambda: make_frame()[["float", "object", "mixed"]].to_numpy(),
    "texts": lambda: np.array([["a", "b"], ["c", "d"]] * 30),
    "list": lambda: NUMBERS.tolist(),
    "csr": lambda: sparse.random(N_ROWS, 5, density=0.3, format="csr", random_state=0),
    "coo_array": lambda: sparse.coo_array((NUMBERS > 1) * NUMBERS),
    "polars": make_polars,
    "pyarrow": lambda: pa.table(
        {"a": NUMBERS[:, 0], "c": pa.array(list("xy") * 30).dictionary_encode()}
    ),
}


def assert_equal(a, b):
    assert type(a) is type(b)
    if isinstance(a, pd.DataFrame):
        pd.testing.assert_frame_equal(a, b)
    elif isinstance(a, (pl.DataFrame, pa.Table)):
        assert a.equals(b)
    elif sparse.issparse(a):
        np.testing.assert_array_equal(a.toarray(), b.toarray())
    else:
        pd.testing.assert_frame_equal(pd.DataFrame(a), pd.DataFrame(b))
        assert getattr(a, "dtype", None) == getattr(b, "dtype", None)


@pytest.fixture(autouse=True)
def _allow_collapse():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", vaesynth.PosteriorCollapseWarning)
        yield


@pytest.fixture
def path(tmp_path):
    return tmp_path / "model.safetensors"


@pytest.mark.parametrize("name", TABLES)
def test_a_sampler_of_any_table_goes_on_as_if_never_saved(name, path):
    X = TABLES[name]()
    sampler = CVAESampler(**SAMPLER)
    sampler.fit_resample(X, Y)
    sampler.sample(3, y="pos")
    sampler.save(path)
    loaded = vaesynth.load(path)
    assert repr(loaded) == repr(sampler)
    assert_equal(loaded.sample(9, y="pos"), sampler.sample(9, y="pos"))
    assert_equal(loaded.sample(9, y="neg"), sampler.sample(9, y="neg"))
    assert_equal(loaded.fit_resample(X, Y)[0], sampler.fit_resample(X, Y)[0])


@pytest.mark.slow
@pytest.mark.parametrize(
    "prior", ["standard_normal", "class_gaussian", "gaussian_mixture", "vamp", "flow"]
)
def test_a_cvae_of_any_prior_goes_on_as_if_never_saved(prior, path):
    frame = make_frame()
    model = CVAE(prior=prior, prior_n_components=3, latent_dim=2, **FAST).fit(frame, Y)
    model.save(path)
    loaded = CVAE.load(path)
    assert_equal(loaded.sample(9), model.sample(9))
    np.testing.assert_array_equal(loaded.transform(frame), model.transform(frame))
    np.testing.assert_array_equal(loaded.score_samples(frame), model.score_samples(frame))
    np.testing.assert_array_equal(loaded.kl_per_latent_, model.kl_per_latent_)
    assert loaded.history_ == model.history_
    assert loaded.classes_.dtype == model.classes_.dtype


IMAGES = np.random.default_rng(0).integers(0, 255, (N_ROWS, 8, 8), dtype=np.uint8)


@pytest.mark.parametrize(
    "estimator",
    [
        VAE(**FAST),
        BetaVAE(network="conv", likelihood="discretized_logistic", **FAST),
        VQVAE(n_codes=8, prior_max_iter=2, **FAST),
        VQVAE(quantizer="fsq", n_codes=8, prior_max_iter=2, **FAST),
    ],
    ids=["dense", "conv", "vq", "fsq"],
)
@pytest.mark.parametrize("X", [IMAGES, NUMBERS], ids=["images", "table"])
def test_models_of_images_and_tables_come_back(estimator, X, path):
    if X.ndim == 2 and isinstance(estimator, BetaVAE):
        estimator = BetaVAE(**FAST)
    estimator.fit(X).save(path)
    estimator.set_params(hidden_layer_sizes=(3,))  # what is saved is what was fitted
    loaded = type(estimator).load(path)
    np.testing.assert_array_equal(loaded.sample(5), estimator.sample(5))
    np.testing.assert_array_equal(loaded.transform(X), estimator.transform(X))
    np.testing.assert_array_equal(loaded.score_samples(X), estimator.score_samples(X))


@pytest.mark.slow
def test_another_process_draws_the_same_rows(path, tmp_path):
    model = CVAESampler(**SAMPLER)
    model.fit_resample(make_frame(), Y)
    model.save(path)
    program = (
        "import sys, vaesynth\n"
        f"drawn = vaesynth.load({str(path)!r}).sample(9, y='pos')\n"
        f"drawn.to_pickle({str(tmp_path / 'drawn.pkl')!r})\n"
    )
    subprocess.run([sys.executable, "-c", program], check=True, timeout=120)
    assert_equal(pd.read_pickle(tmp_path / "drawn.pkl"), model.sample(9, y="pos"))


def test_parameters_come_back(path):
    state = np.random.RandomState(3)
    sampler = CVAESampler(
        model=CVAE(hidden_layer_sizes=[8], max_iter=2),
        sampling_strategy={"pos": 50, "neg": 60},
        random_state=state,
    )
    sampler.set_params(random_state=state).fit_resample(NUMBERS, Y)
    sampler.save(path)
    loaded = CVAESampler.load(path)
    assert loaded.sampling_strategy == sampler.sampling_strategy
    assert loaded.model.hidden_layer_sizes == [8]
    assert loaded.random_state.normal() == state.normal()


def test_what_has_learned_nothing_is_not_saved(path):
    for unfitted in (VAE(), CVAESampler(), CVAESampler().fit(NUMBERS, Y), VAEImputer()):
        with pytest.raises(NotFittedError, match=r"needs a fitted estimator.*`fit_resample`"):
            unfitted.save(path)
    assert not path.exists()


@pytest.mark.slow
def test_one_model_has_one_file(path, tmp_path):
    model = CVAESampler(copies="refuse", **SAMPLER | {"n_candidates": 16})
    model.fit_resample(make_frame(), Y)
    model.texts_ = {"some", "texts", "in", "a", "set"}
    model.save(path)
    model.save(tmp_path / "again")
    vaesynth.load(path).save(tmp_path / "loaded")
    program = f"import vaesynth; vaesynth.load({str(path)!r}).save({str(tmp_path / 'elsewhere')!r})"
    environment = {**os.environ, "PYTHONHASHSEED": "12"}
    subprocess.run([sys.executable, "-c", program], check=True, timeout=120, env=environment)
    for other in ("again", "loaded", "elsewhere"):
        assert (tmp_path / other).read_bytes() == path.read_bytes(), other


def test_a_loaded_model_trains_on(path):
    model = VAE(warm_start=True, **FAST).fit(NUMBERS)
    model.save(path)
    loaded = VAE.load(path)
    before = loaded.score(NUMBERS)
    loaded.set_params(max_iter=60).fit(NUMBERS)
    assert loaded.score(NUMBERS) > before


def test_levels_that_no_file_can_hold_are_refused(path):
    class Thing:
        pass

    things = [Thing(), Thing()]
    frame = pd.DataFrame({"a": NUMBERS[:, 0], "thing": things * 30})
    model = VAE(**FAST).fit(frame)
    with pytest.raises(UnsavableError, match="must consist of numbers, texts, dates"):
        model.save(path)
    sampler = CVAESampler(sampling_strategy=lambda _: {"pos": 30}, **SAMPLER)
    sampler.fit_resample(NUMBERS, Y)
    with pytest.raises(UnsavableError, match=r"of type builtins\.function"):
        sampler.save(path)
    assert list(path.parent.iterdir()) == []


def test_a_file_is_written_whole_or_not_at_all(path, monkeypatch):
    model = VAE(**FAST).fit(NUMBERS)
    model.save(path)
    before = path.read_bytes()

    def fail(file, content):
        with file.open("wb") as half:
            half.write(content[:99])
        raise OSError("disk full")

    monkeypatch.setattr(Path, "write_bytes", fail)
    with pytest.raises(OSError, match="disk full"):
        model.save(path)
    assert path.read_bytes() == before
    assert list(path.parent.iterdir()) == [path]


def change(path, about=None, structure=None):
    """Write a file of our making again, with other metadata or another structure, and a checksum that fits."""
    file = ModelFile(path.read_bytes())
    file.about.update(about or {})
    file.structure = file.structure if structure is None else structure
    path.write_bytes(file.write())


@pytest.fixture
def saved(path):
    VAE(**FAST).fit(NUMBERS).save(path)
    return path


def test_other_files_say_why_they_do_not_load(path):
    with pytest.raises(FileNotFoundError, match="must be a file"):
        vaesynth.load(path)
    path.write_bytes(b"something else")
    with pytest.raises(ValueError, match="must be one that `save` has written"):
        vaesynth.load(path)
    save_file({"a": np.zeros(2)}, path)
    with pytest.raises(ValueError, match="of another origin"):
        vaesynth.load(path)
    BetaVAE(**FAST).fit(NUMBERS).save(path)
    with pytest.raises(ValueError, match="must hold a CVAE, got BetaVAE in"):
        CVAE.load(path)
    assert isinstance(VAE.load(path), BetaVAE)


@pytest.mark.parametrize("version", [1, 99])
def test_a_file_of_another_format_says_what_it_needs(version, saved):
    change(saved, {"format": version, "vaesynth": "9.9"})
    message = rf"must have format 3, got '.*model.*' of format {version}, written by vaesynth 9\.9"
    with pytest.raises(ValueError, match=message):
        vaesynth.load(saved)


def test_a_file_that_names_private_modules_is_refused_in_one_line():
    # Written by the last version that did so, of `CVAE(latent_dim=1, hidden_layer_sizes=(2,), max_iter=1)`.
    old = Path(__file__).with_name("format_1.safetensors")
    with pytest.raises(ValueError, match=r"got '.*format_1\.safetensors' of format 1") as refusal:
        vaesynth.load(old)
    assert "vaesynth 0.1.0.dev0" in str(refusal.value)
    assert "\n" not in str(refusal.value)


def test_a_file_whose_parts_are_gone_says_of_which_version_it_is(saved):
    gone = {"#": "object", "class": "estimators:Gone", "state": {}, "number": 1}
    change(saved, {"vaesynth": "0.0.1"}, gone)
    with pytest.raises(ValueError, match=r"fit this version.* vaesynth 0\.0\.1.*estimators:Gone"):
        vaesynth.load(saved)


NO_CLASSES_TO_LOAD = [
    "os:system",
    "vaesynth.estimators._cvae:CVAE",  # as format 1 had it
    "saving:Savable",  # no room of estimators
    "commands:app",
    "estimators:os",
    "estimators:_cvae",
    "estimators:resolve",  # a function
    "estimators:CVAE.load",
    "estimators:CVAESampler",  # of another room
    "nn:RowHead",  # a network, which an estimator builds
    "drawing:Strategy",  # a protocol
    "training:DivergenceError",
    "",
    7,
]


@pytest.mark.parametrize(
    "structure",
    [
        *({"#": "object", "class": name, "state": {}, "number": 1} for name in NO_CLASSES_TO_LOAD),
        {"#": "object", "class": "subprocess:Popen", "items": ["ls"]},
        {"#": "type", "library": "builtins", "name": "eval"},
        {"#": "type", "library": "scipy", "name": "load_npz"},
        {"#": "type", "library": "os", "name": "system"},
        {"#": "array", "dtype": "|O", "shape": [1], "array": "structure.json"},
    ],
    ids=str,
)
def test_a_file_can_name_nothing_but_the_packages_classes(saved, structure):
    change(saved, structure=structure)
    with pytest.raises(ValueError, match="fit this version") as refusal:
        vaesynth.load(saved)
    assert "checksum" not in str(refusal.value)


def test_the_encoder_alone_is_no_estimator_of_its_own_file():
    assert not hasattr(TableEncoder(), "save")

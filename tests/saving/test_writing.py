"""Saved files: whatever stands under the name, however long it is, however full the disk."""

import os
import stat
import tempfile
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import vaesynth
from vaesynth import CVAE, VAE, CVAESampler
from vaesynth.saving import UnsavableError

NUMBERS = np.random.default_rng(0).normal(size=(40, 2))
FAST = {"max_iter": 1, "hidden_layer_sizes": (4,), "random_state": 0}


@pytest.fixture(scope="module")
def model():
    return VAE(**FAST).fit(NUMBERS)


@pytest.mark.filterwarnings("ignore::vaesynth.PosteriorCollapseWarning")
@pytest.mark.parametrize("name", ["x" * 240, "x" * 255, "ß" * 127])
def test_names_as_long_as_the_disk_takes(model, name, tmp_path):
    model.save(tmp_path / name)
    model.save(tmp_path / name)
    np.testing.assert_array_equal(
        vaesynth.load(tmp_path / name).sample(2, random_state=0), model.sample(2, random_state=0)
    )
    assert os.listdir(tmp_path) == [name]


@pytest.mark.parametrize("n_bytes", [0, 1, 4000])
def test_a_full_disk_is_an_operating_system_s_error(model, n_bytes, tmp_path):
    resource = pytest.importorskip("resource")
    path = tmp_path / "model"
    path.write_bytes(b"old")
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (n_bytes, hard))
    try:
        with pytest.raises(OSError, match="too large"):
            model.save(path)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert path.read_bytes() == b"old"
    assert os.listdir(tmp_path) == ["model"]


@pytest.mark.skipif(os.name == "nt", reason="Windows has no modes and pipes")
def test_modes_are_kept_and_pipes_are_not_replaced(model, tmp_path):
    path = tmp_path / "model"
    model.save(path)
    path.chmod(0o600)
    model.save(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(ValueError, match=r"must be a regular file, got '.*pipe'"):
        model.save(tmp_path / "pipe")
    with pytest.raises(FileNotFoundError, match=r"must be a file, got '.*pipe'"):
        vaesynth.load(tmp_path / "pipe")  # and does not wait for somebody to write
    with pytest.raises(ValueError, match="must be a regular file"):
        model.save("/dev/null")


@pytest.mark.skipif(os.name == "nt", reason="Windows has no modes")
@pytest.mark.parametrize("mode", [0o000, 0o200, 0o300])
def test_a_file_that_may_not_be_read_is_said_to_be_one(mode, model):
    is_root = os.geteuid() == 0  # who may read everything
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o755)
        path = Path(folder) / "model"
        model.save(path)
        path.chmod(mode)
        try:
            if is_root:
                os.seteuid(65534)
            with pytest.raises(PermissionError, match="model"):
                vaesynth.load(path)
        finally:
            if is_root:
                os.seteuid(0)


def test_threads_may_save_to_one_name(model, tmp_path):
    path = tmp_path / "model"
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _: model.save(path), range(12)))
    vaesynth.load(path)
    assert os.listdir(tmp_path) == ["model"]


@pytest.mark.parametrize(
    ("parameter", "value"),
    [("learning_rate_init", -1.0), ("max_iter", 0), ("device", 7), ("likelihood", "guess")],
)
def test_parameters_that_no_fit_would_take_are_not_saved(parameter, value, tmp_path):
    model = VAE(**FAST).fit(NUMBERS).set_params(**{parameter: value})
    with pytest.raises(ValueError, match=parameter):
        model.save(tmp_path / "model")
    assert os.listdir(tmp_path) == []


def nest(depth):
    value = 1
    for _ in range(depth):
        value = (value,)
    return value


@pytest.mark.parametrize(
    "value",
    [
        10**5000,
        Fraction(10**5000, 3),
        Decimal("1e5000"),
        nest(100),
        {VAE()},
        {VAE(): 1},
        np.random.RandomState(np.random.PCG64(0)),
        np.random.SeedSequence(0, pool_size=1000),
        np.zeros(2, dtype=[("a", int), ("b", float)]),
    ],
    ids=lambda value: type(value).__name__,
)
def test_what_would_not_load_is_not_saved(value, model, tmp_path):
    changed = VAE(**FAST).fit(NUMBERS)
    changed.more_ = value
    with pytest.raises(UnsavableError):
        changed.save(tmp_path / "model")
    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize(
    "value",
    [
        10**4000,
        Fraction(-(10**4000), 7),
        Decimal("-1.50e300"),
        Decimal("NaN"),
        nest(20),
        pytest.param({1, "a", (2, 3)}, id="a set"),  # its order is another in each process
        np.array(["a", "bcd", ""]),
        np.array([b"a", b"bcd"]),
        np.array([1 + 2j]),
        np.array(["2024-02-29"], "datetime64[D]"),
        np.array([[1, 2], [3, 4]], order="F"),
        np.zeros((0, 3)),
        np.array(5.0),
        np.arange(6, dtype=">i4").reshape(2, 3),
        np.array([1.5, -2.25], dtype=np.longdouble),
        pd.RangeIndex(3),
        float("inf"),
    ],
    ids=str,
)
def test_what_is_saved_is_what_is_loaded(value, tmp_path):
    model = VAE(**FAST).fit(NUMBERS)
    model.more_ = value
    model.save(tmp_path / "model")
    loaded = vaesynth.load(tmp_path / "model").more_
    assert type(loaded) is type(value)
    if isinstance(value, np.ndarray):
        assert loaded.dtype == value.dtype
        np.testing.assert_array_equal(loaded, value)
    elif isinstance(value, set):
        assert loaded == value
    else:
        assert repr(loaded) == repr(value)


def test_saves_of_one_model_are_equal_byte_for_byte(tmp_path):
    sampler = CVAESampler(model=CVAE(max_iter=1, hidden_layer_sizes=(4,)), random_state=0)
    X = pd.DataFrame({"x": NUMBERS[:, 0], "c": list("wxyz") * 10})
    sampler.fit_resample(X, np.repeat(["a", "b"], [30, 10]))
    for name in "ab":
        sampler.save(tmp_path / name)
    sampler.sample(3)  # draws from the state of a random source, which goes on
    sampler.save(tmp_path / "c")
    first, second, third = ((tmp_path / name).read_bytes() for name in "abc")
    assert first == second
    assert third != first

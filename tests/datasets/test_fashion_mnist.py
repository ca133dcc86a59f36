import gzip
import hashlib
import io
from urllib.error import URLError

import numpy as np
import pytest

from vaesynth.datasets import _fashion_mnist as module
from vaesynth.datasets import fetch_fashion_mnist

N_ROWS = {"train": 20, "t10k": 12}


def pack_idx(array):
    header = bytes([0, 0, 8, array.ndim]) + np.array(array.shape, ">u4").tobytes()
    return header + array.astype(np.uint8).tobytes()


def small_files():
    """Make files of the names and the format of the real ones, with few rows."""
    random = np.random.default_rng(0)
    files = {}
    for part, n_rows in N_ROWS.items():
        files[f"{part}-images-idx3-ubyte.gz"] = random.integers(0, 256, (n_rows, 28, 28))
        files[f"{part}-labels-idx1-ubyte.gz"] = np.arange(n_rows) % 10
    return {name: pack_idx(array) for name, array in files.items()}


@pytest.fixture
def contents(monkeypatch, tmp_path):
    """Unpacked small files, which the fetcher takes for the real ones; no system folder, no cache."""
    files = small_files()
    checksums = {name: hashlib.sha256(content).hexdigest() for name, content in files.items()}
    monkeypatch.setattr(module, "CHECKSUMS", checksums)
    monkeypatch.setattr(module, "SYSTEM_FOLDER", tmp_path / "system")
    monkeypatch.setenv("SCIKIT_LEARN_DATA", str(tmp_path / "home"))
    return files


@pytest.fixture
def requested(monkeypatch, contents):
    """Addresses that were asked for; each answers with its packed file."""
    asked = []

    def answer(address, timeout):
        asked.append(address)
        return io.BytesIO(gzip.compress(contents[address.rpartition("/")[2]]))

    monkeypatch.setattr(module, "urlopen", answer)
    return asked


def no_network(address, timeout):
    raise URLError("no network here")


def write(folder, contents):
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in contents.items():
        (folder / name).write_bytes(gzip.compress(content))


def test_reads_a_given_folder(contents, tmp_path):
    write(tmp_path / "given", contents)
    bunch = fetch_fashion_mnist(data_home=tmp_path / "given", download_if_missing=False)
    assert bunch.images.shape == (20, 28, 28)
    assert bunch.images.dtype == np.uint8
    assert pack_idx(bunch.images) == contents["train-images-idx3-ubyte.gz"]
    np.testing.assert_array_equal(bunch.target_codes, np.arange(20) % 10)


def test_reads_the_folder_of_the_debian_package(contents, tmp_path):
    write(tmp_path / "system", contents)
    assert len(fetch_fashion_mnist(subset="test", download_if_missing=False).images) == 12


def test_all_is_train_then_test(contents, tmp_path):
    write(tmp_path / "given", contents)
    parts = [fetch_fashion_mnist(subset=s, data_home=tmp_path / "given") for s in ("train", "test")]
    whole = fetch_fashion_mnist(subset="all", data_home=tmp_path / "given")
    np.testing.assert_array_equal(whole.images, np.concatenate([part.images for part in parts]))
    np.testing.assert_array_equal(whole.target, np.concatenate([part.target for part in parts]))


def test_labels_are_names(contents, tmp_path):
    write(tmp_path / "given", contents)
    bunch = fetch_fashion_mnist(subset="test", data_home=str(tmp_path / "given"))
    assert bunch.target[:2].tolist() == ["T-shirt/top", "Trouser"]
    np.testing.assert_array_equal(bunch.target, bunch.target_names[bunch.target_codes])
    assert np.shares_memory(bunch.data, bunch.images)


def test_returns_images_and_names(contents, tmp_path):
    write(tmp_path / "given", contents)
    X, y = fetch_fashion_mnist(data_home=tmp_path / "given", return_X_y=True)
    assert X.shape == (20, 28, 28)
    assert y[9] == "Ankle boot"


def test_downloads_once_and_keeps_the_files(requested, tmp_path):
    first = fetch_fashion_mnist()
    assert requested == [
        module.URL + f"train-{kind}-ubyte.gz" for kind in ("images-idx3", "labels-idx1")
    ]
    again = fetch_fashion_mnist(download_if_missing=False)
    assert len(requested) == 2
    np.testing.assert_array_equal(again.images, first.images)
    kept = sorted(path.name for path in (tmp_path / "home" / "fashion_mnist").iterdir())
    assert kept == ["train-images-idx3-ubyte.gz", "train-labels-idx1-ubyte.gz"]


def test_keeps_a_download_in_the_data_home_given(requested, tmp_path):
    fetch_fashion_mnist(subset="test", data_home=tmp_path / "mine")
    assert len(list((tmp_path / "mine" / "fashion_mnist").iterdir())) == 2


def test_a_wrong_download_is_not_kept(requested, contents, tmp_path):
    contents["train-images-idx3-ubyte.gz"] = pack_idx(np.ones((20, 28, 28)))
    with pytest.raises(ValueError, match=r"amazonaws.*must hold the data with the SHA-256"):
        fetch_fashion_mnist()
    assert not list((tmp_path / "home").rglob("*.gz*"))


def test_says_what_to_do_when_nothing_can_be_downloaded(contents, monkeypatch):
    monkeypatch.setattr(module, "urlopen", no_network)
    with pytest.raises(OSError, match=r"no network here.*`data_home`.*apt install"):
        fetch_fashion_mnist()


def test_does_not_download_unless_allowed(contents, monkeypatch, tmp_path):
    monkeypatch.setattr(module, "urlopen", no_network)
    with pytest.raises(OSError, match=r"train-images.*must be in one of .*home.*no such file"):
        fetch_fashion_mnist(download_if_missing=False)


def test_a_truncated_file_is_refused(contents, tmp_path):
    write(tmp_path / "given", contents)
    path = tmp_path / "given" / "train-images-idx3-ubyte.gz"
    path.write_bytes(path.read_bytes()[:-100])
    with pytest.raises(ValueError, match=r"given.train-images.*must be a complete gzip file"):
        fetch_fashion_mnist(data_home=tmp_path / "given")


def test_a_file_that_is_not_gzip_is_refused(contents, tmp_path):
    write(tmp_path / "given", contents)
    (tmp_path / "given" / "train-labels-idx1-ubyte.gz").write_bytes(b"<html>not found</html>")
    with pytest.raises(ValueError, match=r"train-labels.*must be a complete gzip file"):
        fetch_fashion_mnist(data_home=tmp_path / "given")


def test_other_data_of_the_same_shape_are_refused(contents, tmp_path):
    # The original MNIST has files of the same names.
    write(tmp_path / "given", contents)
    other = pack_idx(np.zeros((20, 28, 28)))
    (tmp_path / "given" / "train-images-idx3-ubyte.gz").write_bytes(gzip.compress(other))
    with pytest.raises(ValueError, match=r"train-images.*must hold the data with the SHA-256"):
        fetch_fashion_mnist(data_home=tmp_path / "given")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"\x00\x00\x0d\x01\x00\x00\x00\x01\x00", "00 00 08"),
        (pack_idx(np.zeros(5))[:-1], "5 bytes"),
    ],
    ids=["of floats", "too short"],
)
def test_other_idx_files_are_refused(contents, monkeypatch, tmp_path, content, message):
    name = "train-images-idx3-ubyte.gz"
    monkeypatch.setitem(module.CHECKSUMS, name, hashlib.sha256(content).hexdigest())
    write(tmp_path / "given", {name: content})
    with pytest.raises(ValueError, match=message):
        fetch_fashion_mnist(data_home=tmp_path / "given")


def test_refuses_an_unknown_subset():
    with pytest.raises(ValueError, match="subset"):
        fetch_fashion_mnist(subset="validation")


@pytest.mark.parametrize(("subset", "n_rows"), [("train", 60_000), ("test", 10_000)])
def test_the_real_images(subset, n_rows):
    try:
        bunch = fetch_fashion_mnist(subset=subset, download_if_missing=False)
    except OSError:
        pytest.skip("Fashion-MNIST is not here: apt install dataset-fashion-mnist")
    assert bunch.images.shape == (n_rows, 28, 28)
    assert np.bincount(bunch.target_codes).tolist() == [n_rows // 10] * 10

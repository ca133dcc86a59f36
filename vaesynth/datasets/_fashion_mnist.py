"""Fashion-MNIST: 70,000 grey images of clothes in ten classes."""

from __future__ import annotations

import gzip
import hashlib
import math
import os
import tempfile
import zlib
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import numpy as np
from sklearn.datasets import get_data_home
from sklearn.utils import Bunch

from vaesynth._sklearn import StrOptions, validate_params

_UNSIGNED_BYTE = 8


def read_idx(packed: bytes, name: str, checksum: str) -> np.ndarray:
    """Read a gzipped IDX file of unsigned bytes.

    The checksum is that of the unpacked bytes, because distributions compress the same data again: Debian's files have
    no file name in their gzip header, so the checksums of the compressed files differ from those of the original files.

    Parameters
    ----------
    packed : bytes
        Content of the gzipped file.
    name : str
        What to call the file in an error.
    checksum : str
        SHA-256 of the unpacked content, in hexadecimal.

    Returns
    -------
    values : ndarray of uint8
        The array in the shape its header states.

    Raises
    ------
    ValueError
        If the file is truncated, is not gzipped IDX or holds other data.

    Examples
    --------
    >>> content = bytes([0, 0, 8, 1, 0, 0, 0, 3, 7, 8, 9])
    >>> read_idx(gzip.compress(content), "three.gz", hashlib.sha256(content).hexdigest())
    array([7, 8, 9], dtype=uint8)
    """
    content = _unpack(packed, name)
    found = hashlib.sha256(content).hexdigest()
    if found != checksum:
        raise ValueError(
            f"{name} must hold the data with the SHA-256 {checksum} when unpacked, got {found}: "
            "delete it and fetch it again"
        )
    return _parse(content, name)


def _unpack(packed: bytes, name: str) -> bytes:
    try:
        return gzip.decompress(packed)
    except (EOFError, OSError, zlib.error) as error:
        raise ValueError(
            f"{name} must be a complete gzip file, got {len(packed):,} bytes that are not ({error}): "
            "delete it and fetch it again"
        ) from error


def _parse(content: bytes, name: str) -> np.ndarray:
    """Split off the header: two zeros, the type, the number of axes, and the length of each as 4 bytes."""
    if len(content) < 4 or content[:3] != bytes([0, 0, _UNSIGNED_BYTE]):
        raise ValueError(
            f"{name} must start as an IDX file of bytes, with 00 00 08, got {content[:3].hex(' ')!r}"
        )
    start = 4 + 4 * content[3]
    shape = tuple(int(n) for n in np.frombuffer(content[4:start], dtype=">u4"))
    if len(content) - start != math.prod(shape):
        raise ValueError(
            f"{name} must hold {math.prod(shape):,} bytes for its shape {shape}, got {len(content) - start:,}"
        )
    return np.frombuffer(content, dtype=np.uint8, offset=start).reshape(shape).copy()


# Where the Debian package dataset-fashion-mnist puts its files.
SYSTEM_FOLDER = Path("/usr/share/datasets/fashion-mnist")

# The address that the authors' README gives; it knows no https, so trust rests on the checksums.
URL = "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/"

# SHA-256 of the unpacked files.
CHECKSUMS = {
    "train-images-idx3-ubyte.gz": "c59f468a2f672dc815687fe0f83887768d799fd8a3f3276145d20f83aa44d888",
    "train-labels-idx1-ubyte.gz": "bad3541b69d912435c50bb6ba87bec294ff4f6a2e1246121d8633921760443d9",
    "t10k-images-idx3-ubyte.gz": "5b4141f0afbad91edebe8549f8fcffe087ea10ca49f1dbef5c9a5cd8815ce37b",
    "t10k-labels-idx1-ubyte.gz": "0402a96d92fd2663957122ceb108a494c5af83dab82d92729df917d7dec38c34",
}

_PARTS = {"train": ["train"], "test": ["t10k"], "all": ["train", "t10k"]}
_TARGET_NAMES = [
    "T-shirt/top",
    "Trouser",
    "Pullover",
    "Dress",
    "Coat",
    "Sandal",
    "Shirt",
    "Sneaker",
    "Bag",
    "Ankle boot",
]
_DESCRIPTION = """Fashion-MNIST: grey images of articles from Zalando, 28 × 28 pixels, in ten classes of equal size;
60,000 to train on and 10,000 to test on. Copyright 2017 Zalando SE, MIT licence.
Xiao, Rasul, Vollgraf, "Fashion-MNIST: a Novel Image Dataset for Benchmarking Machine Learning Algorithms", 2017."""


@validate_params(
    {
        "subset": [StrOptions({"train", "test", "all"})],
        "data_home": [str, os.PathLike, None],
        "download_if_missing": ["boolean"],
        "return_X_y": ["boolean"],
    },
    prefer_skip_nested_validation=True,
)
def fetch_fashion_mnist(
    *,
    subset: str = "train",
    data_home: str | os.PathLike[str] | None = None,
    download_if_missing: bool = True,
    return_X_y: bool = False,
) -> Any:
    """Load Fashion-MNIST, downloading it if necessary.

    The four gzipped IDX files are looked for in `data_home` if given, in the folder of the Debian package
    ``dataset-fashion-mnist``, and in the folder ``fashion_mnist`` of `data_home` or scikit-learn's own data home, where
    a download (30 MB) is also kept. The content of each file is checked, from any of these places.

    Labels are the names of the classes, so you ask a conditional model for a ``"Bag"``, not for an 8. Their numbers in
    the files are in `target_codes`.

    Parameters
    ----------
    subset : {"train", "test", "all"}, default="train"
        The 60,000 images to train on, the 10,000 to test on, or all of them in this order.
    data_home : str or path-like, default=None
        A folder that holds the files, or where to keep a download. None takes scikit-learn's data home.
    download_if_missing : bool, default=True
        Whether to download files that are in none of these places, rather than raise an OSError.
    return_X_y : bool, default=False
        Whether to return ``(images, target)`` instead of a Bunch.

    Returns
    -------
    data : :class:`~sklearn.utils.Bunch`
        Dictionary-like object, with the following attributes.

        images : ndarray of uint8, shape (n_samples, 28, 28)
            Grey values from 0 (ground) to 255.
        data : ndarray of uint8, shape (n_samples, 784)
            The same values with an image in a row, not a copy.
        target : ndarray of str, shape (n_samples,)
            Name of each image's class.
        target_codes : ndarray of uint8, shape (n_samples,)
            Its number, such that ``target == target_names[target_codes]``.
        target_names : ndarray of str, shape (10,)
            Names of the classes in the order of their numbers.
        DESCR : str
            What the data are and whose.
    (images, target) : tuple of ndarray, if `return_X_y`
        Images as (n_samples, 28, 28), since estimators read the height and the width off them.

    Raises
    ------
    OSError
        If a file is nowhere and may not or cannot be downloaded.
    ValueError
        If a file is truncated or holds other data.

    References
    ----------
    Xiao, Rasul, Vollgraf, "Fashion-MNIST: a Novel Image Dataset for Benchmarking Machine Learning Algorithms",
    arXiv:1708.07747, 2017.

    Examples
    --------
    >>> from vaesynth.datasets import fetch_fashion_mnist
    >>> X, y = fetch_fashion_mnist(subset="test", return_X_y=True)  # doctest: +SKIP
    >>> X.shape, X.dtype, y[0]  # doctest: +SKIP
    ((10000, 28, 28), dtype('uint8'), np.str_('Ankle boot'))
    """
    arrays = {
        kind: np.concatenate(
            [
                _load(f"{part}-{kind}-ubyte.gz", data_home, download_if_missing)
                for part in _PARTS[subset]
            ]
        )
        for kind in ("images-idx3", "labels-idx1")
    }
    images, codes = arrays["images-idx3"], arrays["labels-idx1"]
    names = np.array(_TARGET_NAMES)
    if return_X_y:
        return images, names[codes]
    return Bunch(
        images=images,
        data=images.reshape(len(images), -1),
        target=names[codes],
        target_codes=codes,
        target_names=names,
        DESCR=_DESCRIPTION,
    )


def _load(name: str, data_home: Any, download_if_missing: bool) -> np.ndarray:
    """Return the array of one file, from the first folder that has it."""
    for folder in _folders(data_home):
        if (folder / name).is_file():
            path = folder / name
            return read_idx(path.read_bytes(), str(path), CHECKSUMS[name])
    if not download_if_missing:
        places = ", ".join(str(folder) for folder in _folders(data_home))
        raise OSError(
            f"{name} must be in one of {places} when `download_if_missing` is False, got no such file: "
            "on Debian and Ubuntu `apt install dataset-fashion-mnist` brings it"
        )
    return _download(name, _cache_folder(data_home))


def _folders(data_home: Any) -> list[Path]:
    """Return the folders to look in, in order."""
    given = [] if data_home is None else [Path(data_home).expanduser()]
    return [*given, SYSTEM_FOLDER, _cache_folder(data_home)]


def _cache_folder(data_home: Any) -> Path:
    return Path(get_data_home(data_home)) / "fashion_mnist"


def _download(name: str, folder: Path) -> np.ndarray:
    """Download a file, check it, and only then keep it under its name."""
    try:
        with urlopen(URL + name, timeout=60) as response:
            packed = response.read()
    except OSError as error:
        raise OSError(
            f"{URL + name} could not be downloaded ({error}): pass a folder with the file as `data_home`, or on "
            "Debian and Ubuntu `apt install dataset-fashion-mnist`"
        ) from error
    array = read_idx(packed, URL + name, CHECKSUMS[name])
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=folder, prefix=name, delete=False) as file:
        file.write(packed)
    os.replace(file.name, folder / name)
    return array

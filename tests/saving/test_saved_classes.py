"""A saved file names classes by their room: whatever can stand in one is found again, wherever its file lies."""

import importlib
import inspect
import json
import typing
import warnings
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from safetensors.numpy import load_file
from torch import nn

import vaesynth
from vaesynth import CVAE, VAE, VQVAE, BetaVAE, CVAESampler
from vaesynth.applications import (
    VAEDenoiser,
    VAEImputer,
    VAEOutlierDetector,
    VQVAECompressor,
)
from vaesynth.saving import Savable, UnsavableError
from vaesynth.training import PrivacyBudget

N_ROWS = 40
FAST = {"max_iter": 1, "hidden_layer_sizes": (4,), "random_state": 0}
SAMPLER = {"model": CVAE(max_iter=1, hidden_layer_sizes=(4,)), "random_state": 0}
SMALL = {"max_iter": 1, "hidden_size": 4, "random_state": 0}
Y = np.array(["neg"] * 28 + ["pos"] * 12)
RNG = np.random.default_rng(0)
NUMBERS = RNG.normal(size=(N_ROWS, 2))
GAPS = np.where(RNG.random(NUMBERS.shape) < 0.2, np.nan, NUMBERS)
IMAGES = RNG.integers(0, 255, (N_ROWS, 8, 8), dtype=np.uint8)
FRAME = pd.DataFrame(
    {
        "float": NUMBERS[:, 0],
        "integer": np.arange(N_ROWS),
        "category": list("xyzw") * 10,
        "date": pd.date_range("2020", periods=N_ROWS),
        "masked": pd.array([None, *range(N_ROWS - 1)], dtype="Int64"),
        "object": [None, *range(N_ROWS - 1)],
        "large": [2**80 + i for i in range(N_ROWS)],
        "arrow": pd.Series(range(N_ROWS), dtype="int64[pyarrow]"),
        "arrow_float": pd.Series(NUMBERS[:, 1], dtype="double[pyarrow]"),
        "arrow_decimal": pd.Series(range(N_ROWS), dtype=pd.ArrowDtype(pa.decimal128(30, 2))),
    }
)
SPARSE = pd.DataFrame((NUMBERS > 1) * NUMBERS).astype(pd.SparseDtype(float, 0.0)).sparse.to_coo()


def resample(sampler, X):
    sampler.fit_resample(X, Y)


def fit(estimator, X):
    estimator.fit(X)


def fit_classes(estimator, X):
    estimator.fit(X, Y)


def fit_blocks(estimator, X):
    estimator.fit_stream([X[:20], X[20:]], "y")


CASES = {
    "sampler": (CVAESampler(**SAMPLER), resample, FRAME),
    "sampler without copies": (CVAESampler(copies="refuse", **SAMPLER), resample, FRAME),
    "sampler from the prior": (CVAESampler(sampling_method="prior", **SAMPLER), resample, NUMBERS),
    "sampler of blocks": (CVAESampler(**SAMPLER), fit_blocks, FRAME[["float"]].assign(y=Y)),
    "linked cells": (CVAE(decoder="autoregressive", **FAST), fit_classes, FRAME),
    "flow": (CVAE(prior="flow", **FAST), fit_classes, NUMBERS),
    "bins": (CVAE(numeric_encoding="bins", **FAST), fit_classes, NUMBERS),
    "private": (VAE(privacy=PrivacyBudget(9.0, 0.01), **FAST), fit, NUMBERS),
    "list": (VAE(**FAST), fit, NUMBERS.tolist()),
    "sparse matrix": (VAE(**FAST), fit, SPARSE),
    "Arrow table": (VAE(**FAST), fit, pa.table({"a": NUMBERS[:, 0], "b": list("xy") * 20})),
    "convolutions": (BetaVAE(network="conv", **FAST), fit, IMAGES),
    "vector quantizer": (VQVAE(n_codes=4, prior_max_iter=1, **FAST), fit, FRAME),
    "scalar quantizer": (VQVAE(quantizer="fsq", prior_max_iter=1, **FAST), fit, IMAGES),
    "denoiser": (VAEDenoiser(VAE(**FAST), random_state=0), fit, NUMBERS),
    "imputer": (VAEImputer(VAE(**FAST), random_state=0), fit, GAPS),
    "detector": (VAEOutlierDetector(false_alarm_rate=0.2, random_state=0), fit, FRAME),
    "detector by a model": (
        VAEOutlierDetector(VAE(**FAST), method="bound", false_alarm_rate=0.2, random_state=0),
        fit,
        NUMBERS,
    ),
    "lossless": (VQVAECompressor(lossless=True, n_latents=2, **SMALL), fit, IMAGES // 64),
    "lossy": (VQVAECompressor(distortion_weights=(6,), **SMALL), fit, IMAGES),
    "compressed table": (VQVAECompressor(max_iter=1, random_state=0), fit, NUMBERS),
}


def names_in(packed):
    """List the classes that a saved structure names."""
    if isinstance(packed, dict):
        if packed.get("#") == "object":
            yield packed["class"]
        for item in packed.values():
            yield from names_in(item)
    elif isinstance(packed, list):
        for item in packed:
            yield from names_in(item)


@pytest.fixture(scope="module")
def named(tmp_path_factory):
    """Save and load every case; gives the names of classes in its file."""
    names = {}
    for case, (estimator, train, X) in CASES.items():
        path = tmp_path_factory.mktemp("saved") / "model"
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", vaesynth.PosteriorCollapseWarning)
            train(estimator, X)
        estimator.save(path)
        assert type(vaesynth.load(path)) is type(estimator)
        structure = json.loads(load_file(path)["structure.json"].tobytes())
        names[case] = set(names_in(structure))
    return names


def rooms():
    return [path.parent.name for path in Path(vaesynth.__file__).parent.glob("*/__init__.py")]


def test_every_savable_estimator_is_a_case():
    modules = [importlib.import_module(f"vaesynth.{room}") for room in rooms()]
    public = [getattr(module, name) for module in modules for name in module.__all__]
    savable = {cls for cls in public if inspect.isclass(cls) and issubclass(cls, Savable)}
    assert {type(estimator) for estimator, _, _ in CASES.values()} == savable


@pytest.mark.parametrize("case", CASES)
def test_every_name_is_a_room_and_a_class_of_it(case, named):
    for name in named[case]:
        room, class_name = name.split(":")
        cls = getattr(importlib.import_module(f"vaesynth.{room}"), class_name)
        assert cls.__module__.startswith(f"vaesynth.{room}.")
        assert cls.__name__ == class_name


def relatives(cls):
    """Give classes that can stand where an object of this class stands, and in its annotated attributes."""
    bases = [base for base in cls.__mro__ if base.__module__.startswith("vaesynth.")]
    yield from bases
    for base in bases:
        if inspect.isabstract(base):
            yield from base.__subclasses__()
    for hint in typing.get_type_hints(cls).values():
        yield from (part for part in (hint, *typing.get_args(hint)) if inspect.isclass(part))


def is_kept(cls):
    """Tell whether objects of this class are saved as they are: no contracts, bases and networks."""
    return not (inspect.isabstract(cls) or cls.__subclasses__() or issubclass(cls, nn.Module))


def test_what_no_case_has_saved_could_be_saved_too(named):
    todo = {
        getattr(importlib.import_module(f"vaesynth.{room}"), class_name)
        for room, class_name in (name.split(":") for name in set.union(*named.values()))
    }
    seen = set()
    while todo:
        cls = todo.pop()
        seen.add(cls)
        todo |= {
            other for other in relatives(cls) if other.__module__.startswith("vaesynth.")
        } - seen
    lost = {
        f"{cls.__module__}.{cls.__name__}"
        for cls in filter(is_kept, seen)
        if getattr(vaesynth_room(cls), cls.__name__, None) is not cls
    }
    assert len(seen) > 40
    assert lost == set()


def vaesynth_room(cls):
    return importlib.import_module(".".join(cls.__module__.split(".")[:2]))


def test_a_class_that_its_room_keeps_to_itself_is_not_saved(tmp_path):
    class Hidden:
        __module__ = "vaesynth.estimators._anywhere"

    model = VAE(**FAST).fit(NUMBERS)
    model.hidden_ = Hidden()
    message = r"can be imported from its room of vaesynth, got vaesynth\.estimators\._anywhere"
    with pytest.raises(UnsavableError, match=message):
        model.save(tmp_path / "model")
    assert not (tmp_path / "model").exists()

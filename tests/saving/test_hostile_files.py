"""Damaged and forged models and streams are refused in one line that names them, soon, in little memory, by all.

A process of its own reads them: it must neither end nor grow nor wait. `python tests/shared/forgeries.py 2000` makes
and reads thousands.
"""

import copy
import json
import sys
import warnings

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

import vaesynth
from forgeries import (
    BOMBS,
    ModelFile,
    Reader,
    check,
    damage,
    forge_model,
    forge_stream,
    make_originals,
    sign_stream,
)

pytestmark = [
    pytest.mark.slow,  # nine models are fitted, and files are read in a process of its own
    pytest.mark.xdist_group("hostile"),
    pytest.mark.skipif(sys.platform != "linux", reason="memory is measured on Linux"),
]


@pytest.fixture(scope="module")
def originals(tmp_path_factory):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return make_originals(tmp_path_factory.mktemp("originals"))


@pytest.fixture(scope="module")
def forged(tmp_path_factory):
    return tmp_path_factory.mktemp("forged") / "file"


@pytest.fixture(scope="module")
def read_model(originals):
    reader = Reader(originals[0].values())
    yield reader.read
    reader.close()


@pytest.fixture(params=["lossless", "lossy", "table"])
def stream(request, originals, read_model):
    """Give the bytes of a stream and what reads it."""
    models, streams = originals
    name = request.param
    return streams[name].read_bytes(), lambda path: read_model(path, models[name])


@example(seed=1074, name="images")
@given(seed=st.integers(0, 2**32 - 1), name=st.sampled_from(["sampler", "images", "table"]))
def test_models(seed, name, originals, read_model, forged):
    what, content = forge_model(originals[0][name].read_bytes(), seed)
    forged.write_bytes(content)
    check(what, *read_model(forged), forged)


@given(seed=st.integers(0, 2**32 - 1), name=st.sampled_from(["lossless", "lossy", "table"]))
def test_streams(seed, name, originals, read_model, forged):
    models, streams = originals
    what, content = forge_stream(streams[name].read_bytes(), seed)
    forged.write_bytes(content)
    check(what, *read_model(forged, models[name]), "`stream`")


def test_a_stream_that_is_signed_again_is_the_same(stream, forged):
    content, read = stream
    n = int.from_bytes(content[10:14], "little")
    forged.write_bytes(sign_stream(content[22 : 22 + n], content[22 + n : -16]))
    assert read(forged)[0] == "read"


@pytest.fixture(scope="module")
def sampler(originals):
    return ModelFile(originals[0]["sampler"].read_bytes())


def test_a_file_that_is_taken_apart_and_signed_again_is_the_same_model(sampler, read_model, forged):
    # Else the tests below would only see that the checksum is wrong.
    forged.write_bytes(sampler.write())
    assert read_model(forged)[0] == "read"


@pytest.mark.parametrize("name", BOMBS)
def test_bombs(name, sampler, read_model, forged):
    model = copy.deepcopy(sampler)
    model.structure["state"]["bomb"] = BOMBS[name]
    forged.write_bytes(model.write())
    check("bomb", *read_model(forged), forged)


@pytest.mark.parametrize(
    "text",
    [
        b"123",
        b"null",
        b'"text"',
        b"[]",
        b"{}",
        b"[" * 10**6,
        b'{"a":' * 10**5,
        b"\xff",
        b"",
        b"NaN",
        b"9" * 10**6,
    ],
    ids=lambda text: repr(text[:8]),
)
def test_structures_that_are_none(text, sampler, read_model, forged):
    forged.write_bytes(sampler.write(text or b" "))
    check("bomb", *read_model(forged), forged)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("sampling_method", "guess"),
        ("k_neighbors", -1),
        ("n_candidates", 0),
        ("copies", {"#": "float", "text": "nan"}),
        ("sample", 1),
        ("__class__", {"#": "type", "library": "builtins", "name": "int"}),
        ("no name", 1),
    ],
)
def test_parameters_that_no_fit_would_take(name, value, sampler, read_model, forged):
    model = copy.deepcopy(sampler)
    model.structure["state"][name] = value
    forged.write_bytes(model.write())
    check("bomb", *read_model(forged), forged)


def owners(node):
    """Find the objects that have networks in a structure."""
    if isinstance(node, dict):
        if "modules" in node:
            yield node
        for item in node.values():
            yield from owners(item)
    elif isinstance(node, list):
        for item in node:
            yield from owners(item)


@pytest.mark.parametrize("size", [10**5, 10**9, 10**18])
def test_networks_larger_than_their_weights_are_not_built(size, sampler, read_model, forged):
    model = copy.deepcopy(sampler)
    (owner,) = owners(model.structure)
    owner["state"]["_sizes"]["state"]["latent_dim"] = size
    forged.write_bytes(model.write())
    check("bomb", *read_model(forged), forged)


@pytest.mark.parametrize(
    "content", [b"\0\0\xc0\x7f", b"\0\0\x80\x7f", b"\0\0\x80\xff"], ids=["nan", "inf", "-inf"]
)
def test_weights_that_are_no_numbers(content, sampler, read_model, forged):
    model = copy.deepcopy(sampler)
    name = next(name for name in model.tensors if name.endswith("weight"))
    dtype, shape, old = model.tensors[name]
    model.tensors[name] = [dtype, shape, content * (len(old) // 4)]
    forged.write_bytes(model.write())
    check("bomb", *read_model(forged), forged)


def test_every_changed_byte_of_an_array_is_found(originals, read_model, forged):
    content = originals[0]["detector"].read_bytes()
    start = 8 + int.from_bytes(content[:8], "little")
    for place in range(start, len(content), (len(content) - start) // 150):
        changed = bytearray(content)
        changed[place] ^= 1 << place % 8
        forged.write_bytes(changed)
        check("damaged", *read_model(forged), forged)


def test_an_estimator_that_has_learned_nothing_is_none_to_load(originals, tmp_path):
    model = ModelFile(originals[0]["images"].read_bytes())
    state = model.structure["state"]
    model.structure["state"] = {key: item for key, item in state.items() if not key.endswith("_")}
    model.structure.pop("modules")
    model.tensors = {}
    path = tmp_path / "unfitted"
    path.write_bytes(model.write())
    with pytest.raises(ValueError, match=r"(fitted estimator|must be whole).*unfitted"):
        vaesynth.load(path)


@pytest.mark.parametrize(
    "change",
    [
        {"shape": [10**12, 8, 8]},
        {"shape": [2**80]},
        {"shape": [0]},
        {"shape": None},
        {"dtype": "|O", "quality": 10**9, "shape": [1, 8]},
        {"model": None},
    ],
    ids=str,
)
def test_headers_that_announce_what_is_not_there(change, stream, forged):
    content, read = stream
    n = int.from_bytes(content[10:14], "little")
    header, payload = json.loads(content[22 : 22 + n]), content[22 + n : -16]
    forged.write_bytes(sign_stream({**header, **change}, payload))
    check("bomb", *read(forged), "`stream`")


def test_a_stream_for_each_of_many_rows_needs_as_many_checksums(stream, forged):
    content, read = stream
    n = int.from_bytes(content[10:14], "little")
    header, payload = json.loads(content[22 : 22 + n]), content[22 + n : -16]
    header["shape"][0] = 10**9
    forged.write_bytes(sign_stream(header, payload + bytes(400_000)))
    check("bomb", *read(forged), "`stream`")


def test_damage_is_made(originals):
    import numpy as np

    content = originals[0]["codes"].read_bytes()
    assert all(damage(content, np.random.default_rng(seed)) != content for seed in range(50))

"""Damaged and forged files of models and compressed streams, and a process that reads them under limits.

``python tests/shared/forgeries.py 2000`` makes 2,000 of each, reads them, and prints what became of them.
"""

import hashlib
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
import warnings
from collections import Counter
from pathlib import Path

import numpy as np

SECONDS, MEBIBYTES = 1, 200


class ModelFile:
    """A saved model in its parts: tensors as (type, shape, bytes), what it says of its making, and its structure."""

    def __init__(self, content):
        n = int.from_bytes(content[:8], "little")
        header, data = json.loads(content[8 : 8 + n]), content[8 + n :]
        self.about = json.loads(header.pop("__metadata__")["vaesynth"])
        self.tensors = {
            name: [item["dtype"], item["shape"], data[slice(*item["data_offsets"])]]
            for name, item in header.items()
        }
        self.structure = json.loads(self.tensors.pop("structure.json")[2])

    def write(self, structure_text=None, sign=True):
        text = structure_text or json.dumps(self.structure).encode()
        tensors = {"structure.json": ["U8", [len(text)], text], **self.tensors}
        about = {key: item for key, item in self.about.items() if key != "checksum"}
        if sign:
            about["checksum"] = self._sign(about, tensors)
        header, data = {"__metadata__": {"vaesynth": json.dumps(about)}}, b""
        for name, (dtype, shape, content) in tensors.items():
            offsets = [len(data), len(data) + len(content)]
            header[name] = {"dtype": dtype, "shape": shape, "data_offsets": offsets}
            data += content
        packed = json.dumps(header).encode()
        packed += b" " * (-len(packed) % 8)
        return len(packed).to_bytes(8, "little") + packed + data

    @staticmethod
    def _sign(about, tensors):
        numpy_types = {"BOOL": "|b1", "U8": "|u1", "I8": "|i1", "F8": "|u1", "BF16": "|V2"}
        state = hashlib.blake2b(digest_size=16)
        state.update(json.dumps(about, sort_keys=True).encode())
        for name, (dtype, shape, content) in sorted(tensors.items()):
            size = (
                {"I": "i", "U": "u", "F": "f"}.get(dtype[0], "?") + str(int(dtype[1:]) // 8)
                if (dtype not in numpy_types)
                else ""
            )
            kind = numpy_types.get(dtype, f"<{size}")
            state.update(f"{name}|{kind}|{tuple(shape)}|".encode())
            state.update(content)
        return state.hexdigest()


# Python gives all of them one hash, so that a set compares each with all others.
EQUAL_HASHES = [number * (2**61 - 1) for number in range(1, 20_000)]
BOMBS = {
    "a set of equal hashes": {"#": "set", "items": EQUAL_HASHES},
    "keys of equal hashes": {
        "#": "dict",
        "is_ordered": True,
        "items": [[number, 0] for number in EQUAL_HASHES],
    },
    "levels of equal hashes": {
        "#": "categorical_dtype",
        "is_ordered": False,
        "categories": {
            "#": "index",
            "name": None,
            "values": {
                "#": "numpy_extension_array",
                "array": {"#": "array", "dtype": "|O", "shape": [19_999], "items": EQUAL_HASHES},
            },
        },
    },
    "a fraction of 300 million digits": {"#": "fraction", "text": "1e300000000"},
    "a fraction of many digits": {"#": "fraction", "text": "9" * 5000},
    "a decimal of 300 million digits": {"#": "decimal", "text": "1e300000000"},
    "a large pool of seeds": {
        "#": "seeds",
        "state": {
            "#": "dict",
            "is_ordered": False,
            "items": [
                ["entropy", 1],
                ["spawn_key", []],
                ["pool_size", 10**9],
                ["n_children_spawned", 0],
            ],
        },
    },
    "an array of objects without items": {
        "#": "array",
        "dtype": "|O",
        "shape": [3 * 10**8],
        "items": [],
    },
    "an array of floats without items": {
        "#": "array",
        "dtype": "<f8",
        "shape": [10**8],
        "items": [],
    },
    "an array of long texts": {"#": "array", "dtype": "<U500000000", "shape": [1], "items": ["a"]},
    "an array that is not there": {
        "#": "array",
        "dtype": "<f4",
        "shape": [2],
        "array": "array.999",
    },
    "an array of a negative size": {
        "#": "array",
        "dtype": "<f4",
        "shape": [-1],
        "array": "array.0",
    },
    "a type of long texts": {"#": "dtype", "text": "<U500000000"},
    "a type of many parts": {"#": "dtype", "text": "i4,(100000,100000)f8"},
    "a cell that stands for a billion": {
        "#": "tensor",
        "device": {"#": "device", "text": "cpu"},
        "expanded": [10**9, 10**9],
        "array": {"#": "array", "dtype": "<f4", "shape": [1], "array": "array.0"},
    },
    "numbers on no device": {"#": "device", "text": "meta"},
    "a random state beside its words": {
        "#": "random_state",
        "state": {
            "#": "dict",
            "is_ordered": False,
            "items": [
                ["bit_generator", "MT19937"],
                [
                    "state",
                    {
                        "#": "dict",
                        "is_ordered": False,
                        "items": [["key", [0] * 624], ["pos", 10**6]],
                    },
                ],
                ["has_gauss", 0],
                ["gauss", 0.0],
            ],
        },
    },
    "a range without an end": {"#": "index", "range": [0, 10**15, 1], "name": None},
    "a time zone that is a file": {
        "#": "timestamp",
        "value": 0,
        "unit": "ns",
        "zone": "dateutil//dev/zero",
    },
    "a type with a time zone that is a file": {
        "#": "pandas_dtype",
        "text": "datetime64[ns, dateutil//dev/zero]",
    },
    "a period of no length": {"#": "period", "ordinal": 10**30, "freq": "D" * 10**5},
    "a schema of nothing": {"#": "schema", "text": "AAAA"},
    "an item of itself": {"#": "again", "number": 1},
    "a duration without an end": {"#": "timedelta", "parts": [1e300, 0, 0]},
    "an unknown kind": {"#": "eval", "text": "1"},
    "no kind": {"text": "1"},
    "an object without a state": {
        "#": "object",
        "class": "estimators:CVAE",
        "state": {},
        "number": 10**6,
    },
}
VALUES = [
    10**4000,
    {"#": "float", "text": "nan"},
    0,
    -1,
    1,
    2**31,
    2**63,
    10**9,
    1e308,
    -0.5,
    True,
    None,
    "",
    "a",
    "auto",
    [],
    {},
    [[]],
]


def places(node, path=()):
    """List the ways to every part of a structure."""
    yield path
    items = (
        node.items()
        if isinstance(node, dict)
        else enumerate(node)
        if isinstance(node, list)
        else ()
    )
    for key, item in items:
        yield from places(item, (*path, key))


def look_up(node, path):
    for key in path:
        node = node[key]
    return node


def forge_structure(model, rng):
    """Change parts of a structure at random; return its text."""
    ways = [way for way in places(model.structure) if way]
    for _ in range(rng.integers(1, 4)):
        way = ways[rng.integers(len(ways))]
        try:
            parent, key = look_up(model.structure, way[:-1]), way[-1]
            found = parent[key]
        except (KeyError, IndexError, TypeError):
            continue  # an earlier change has taken it away
        if not isinstance(parent, (dict, list)):
            continue  # an earlier change has put a text there
        action = rng.integers(6)
        if action == 0:
            parent[key] = list(BOMBS.values())[rng.integers(len(BOMBS))]
        elif action == 1:
            parent[key] = VALUES[rng.integers(len(VALUES))]
        elif action == 2:
            del parent[key]
        elif action == 3 and isinstance(found, int):
            parent[key] = int(found) * int(10 ** rng.integers(1, 15)) - int(rng.integers(2))
        elif action == 4:
            parent[key] = json.loads(
                json.dumps(look_up(model.structure, ways[rng.integers(len(ways))][:1]))
            )
        else:
            other = ways[rng.integers(len(ways))]
            try:
                parent[key] = json.loads(json.dumps(look_up(model.structure, other)))
            except (KeyError, IndexError, TypeError):
                continue
    return json.dumps(model.structure).encode()


def forge_tensors(model, rng):
    """Change arrays beside the structure."""
    names = list(model.tensors)
    name = names[rng.integers(len(names))]
    dtype, shape, content = model.tensors[name]
    action = rng.integers(6)
    if action == 0:
        model.tensors[name] = [dtype, shape, bytes(rng.bytes(len(content)))]
    elif action == 1:
        model.tensors[name] = [dtype, shape, b"\xff" * len(content)]
    elif action == 2:
        model.tensors[name] = [dtype, [*shape, 1], content]
    elif action == 3:
        del model.tensors[name]
    elif action == 4:
        other = names[rng.integers(len(names))]
        model.tensors[name] = model.tensors[other]
    else:
        model.tensors[f"more.{name}"] = [dtype, shape, content]


def damage(content, rng):
    """Change bytes as a bad disk or a cut transfer does."""
    data = bytearray(content)
    start = int(rng.integers(len(data)))
    stop = min(len(data), start + int(rng.integers(1, 64)))
    action = rng.integers(6)
    if action == 0:
        data[start] ^= 1 << rng.integers(8)
    elif action == 1:
        del data[start:]
    elif action == 2:
        del data[start:stop]
    elif action == 3:
        data[start:stop] = rng.bytes(stop - start)
    elif action == 4:
        data[start:start] = rng.bytes(8)
    else:
        data += rng.bytes(int(rng.integers(1, 64)))
    return bytes(data)


def forge_model(content, seed):
    """Make a file of a saved one; return what was done and its bytes."""
    rng = np.random.default_rng(seed)
    way = rng.integers(4)
    if way == 0:
        return "damaged", damage(content, rng)
    model = ModelFile(content)
    if way == 1:
        forge_tensors(model, rng)
        return "forged arrays", model.write()
    text = forge_structure(model, rng)
    if way == 2 and rng.integers(8) == 0:
        text = b"[" * 10**5 + b"]" * 10**5
    return "forged structure", model.write(text)


def sign_stream(header, payload):
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    body = b"\x93VAEZ\r\n\x1a" + (2).to_bytes(2, "little")
    body += len(text).to_bytes(4, "little") + len(payload).to_bytes(8, "little") + text + payload
    return body + hashlib.blake2b(body, digest_size=16).digest()


def forge_stream(content, seed):
    """Make a stream of another; return what was done and its bytes."""
    rng = np.random.default_rng(seed)
    way = rng.integers(4)
    if way == 0:
        return "damaged", damage(content, rng)
    n = int.from_bytes(content[10:14], "little")
    header, payload = json.loads(content[22 : 22 + n]), content[22 + n : -16]
    if way == 1:  # what ended the process
        n_words = rng.integers(0, 300) if rng.integers(2) else len(payload) // 4
        return "random payload", sign_stream(header, rng.bytes(4 * int(n_words)))
    if way == 2:
        words = np.frombuffer(payload, "<u4").copy()
        places = rng.integers(0, min(len(words), 12), 2)
        words[places] = rng.choice([0, 1, 2, 2**31, 2**32 - 1, int(rng.integers(2**32))], 2)
        return "changed words", sign_stream(header, words.tobytes())
    key = list(header)[rng.integers(len(header))]
    values = [
        *VALUES,
        [10**9],
        [10**12, 8, 8],
        [2**63, 8, 8],
        ["a"],
        [1.5, 8, 8],
        [-1, 8, 8],
        "<f8",
        "|O",
        "|S9",
    ]
    header[key] = values[rng.integers(len(values))]
    if rng.integers(8) == 0:
        header = [b"[" * 10**5, b"\xff\xfe", b"{", b"7", b"{}"][rng.integers(5)]
    return "changed header", sign_stream(header, payload)


class Reader:
    """A process that reads files under limits of time and memory, and says what became of each.

    Parameters
    ----------
    models : list of path
        Saved models, which are read first: what is imported for them counts for no file.
    """

    def __init__(self, models):
        environment = {
            **os.environ,
            "OMP_NUM_THREADS": "1",
            "PYTHONPATH": os.pathsep.join(sys.path),
        }
        command = [sys.executable, __file__, "--read", *map(str, models)]
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment
        )
        assert self.process.stdout.readline() == "ready\n"

    def read(self, path, compressor=""):
        """Return (what became of it, message, seconds, MiB by which the process has grown).

        A stream is read with the saved compressor that is named, a model without one.
        """
        self.process.stdin.write(f"{compressor}|{path}\n")
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        if not line:
            return "process lost", f"exit status {self.process.wait()}", 0.0, 0.0
        return json.loads(line)

    def close(self):
        self.process.stdin.close()
        self.process.wait()
        self.process.stdout.close()


def serve(models):
    import resource

    from vaesynth import load

    warnings.simplefilter("ignore")
    readers = {path: load(path) for path in models}
    with open("/proc/self/statm") as file:
        size = int(file.read().split()[0]) * resource.getpagesize()
    # The allocators take addresses in large pieces; what is used of them is measured below.
    resource.setrlimit(resource.RLIMIT_AS, (size + 4 * MEBIBYTES * 2**20,) * 2)

    def give_up(*_):
        raise TimeoutError

    signal.signal(signal.SIGALRM, give_up)
    for name in readers:  # compressors that have read are as large as they get
        stream = Path(f"{name}.stream")
        if stream.exists():
            readers[name].decompress(stream.read_bytes())
    _answer("ready")
    for line in sys.stdin:
        _answer(json.dumps(_read(line.strip(), readers, load)))


def _answer(text):
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def _read(line, readers, load):
    compressor, path = line.split("|")
    # Of the processor, not of the clock: others may work on the machine.
    message, before, start = "", measure_peak(), time.process_time()
    signal.alarm(20)
    try:
        if compressor:
            readers[compressor].decompress(Path(path).read_bytes())
        else:
            load(path)
        became = "read"
    except ValueError as error:
        became, message = "refused", f"{type(error).__name__}: {error}"
    except BaseException as error:
        became, message = "fault", f"{type(error).__name__}: {error}"
    signal.alarm(0)
    return became, message[:500], time.process_time() - start, measure_peak() - before


def measure_peak():
    """Return the most memory that this process has used since the last call, in MiB."""
    with open("/proc/self/status") as file:
        peak = next(int(line.split()[1]) for line in file if line.startswith("VmHWM"))
    with open("/proc/self/clear_refs", "w") as file:
        file.write("5")
    return peak / 1024


def make_originals(folder):
    """Fit and save a model of each kind, and compress with each compressor; return their paths."""
    import pandas as pd

    from vaesynth import CVAE, VAE, VQVAE, CVAESampler
    from vaesynth.applications import VAEImputer, VAEOutlierDetector, VQVAECompressor

    rng = np.random.default_rng(0)
    numbers, y = rng.normal(size=(40, 2)), np.array(["a", "b"]).repeat([28, 12])
    images = rng.integers(0, 255, (40, 8, 8), dtype=np.uint8)
    frame = pd.DataFrame(
        {
            "x": numbers[:, 0],
            "n": range(40),
            "c": list("xyzw") * 10,
            "d": pd.date_range("2020", periods=40, tz="Europe/Berlin"),
            "m": pd.array([None, *range(39)], dtype="Int64"),
        }
    )
    fast = {"max_iter": 1, "hidden_layer_sizes": (4,), "random_state": 0}
    small = {"max_iter": 1, "hidden_size": 4, "random_state": 0}
    sampler = CVAESampler(model=CVAE(max_iter=1, hidden_layer_sizes=(4,)), random_state=0)
    sampler.fit_resample(frame, y)
    models = {
        "sampler": sampler,
        "linked": CVAE(decoder="autoregressive", **fast).fit(frame, y),
        "images": VAE(network="conv", **fast).fit(images),
        "codes": VQVAE(n_codes=4, prior_max_iter=1, **fast).fit(numbers),
        "imputer": VAEImputer(VAE(**fast)).fit(
            np.where(rng.random((40, 2)) < 0.2, np.nan, numbers)
        ),
        "detector": VAEOutlierDetector(model=VAE(**fast), false_alarm_rate=0.2).fit(numbers),
    }
    compressors = {
        "lossless": (VQVAECompressor(lossless=True, n_latents=2, **small), images // 64),
        "lossy": (VQVAECompressor(distortion_weights=(6,), **small), images),
        "table": (VQVAECompressor(max_iter=1, random_state=0), numbers),
    }
    streams = {}
    for name, (compressor, X) in compressors.items():
        models[name] = compressor.fit(X)
        (folder / f"{name}.stream").write_bytes(compressor.compress(X))
        streams[name] = folder / f"{name}.stream"
    for name, model in models.items():
        model.save(folder / name)
    return {name: folder / name for name in models}, streams


def main(n_files, first_seed=0):
    with tempfile.TemporaryDirectory() as text:
        folder = Path(text)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            models, streams = make_originals(folder)
        kinds = (("models", models, forge_model), ("streams", streams, forge_stream))
        reader, path = Reader(models.values()), folder / "forged"
        for title, originals, forge in kinds:
            found, slowest, largest = Counter(), 0.0, 0.0
            for k, (name, original) in enumerate(originals.items()):
                content = original.read_bytes()
                how, told = ("", path) if title == "models" else (models[name], "`stream`")
                for seed in range(first_seed + k, first_seed + n_files, len(originals)):
                    what, forged = forge(content, seed)
                    path.write_bytes(forged)
                    became, message, seconds, grown = reader.read(path, how)
                    found[what, became] += 1
                    slowest, largest = max(slowest, seconds), max(largest, grown)
                    try:
                        check(what, became, message, seconds, grown, told)
                    except AssertionError as error:
                        sys.stdout.write(f"{name} {seed}: {error}\n")
                    if became == "process lost":
                        reader = Reader(models.values())
            sys.stdout.write(f"{title}: slowest {slowest:.2f} s, largest {largest:.0f} MiB\n")
            for (what, became), n in sorted(found.items()):
                sys.stdout.write(f"  {what:20} {became:15} {n:6}\n")
            sys.stdout.flush()
        reader.close()


def check(what, became, message, seconds, grown, name):
    """Raise an AssertionError if a file is not refused as it should be.

    What is forged may still be a model, another one; what is only damaged may not.
    """
    allowed = ("refused",) if what in ("damaged", "random payload", "bomb") else ("refused", "read")
    found = f"{what}: {became} in {seconds:.2f} s and {grown:.0f} MiB: {message}"
    assert became in allowed, found
    assert became == "read" or str(name) in message, found
    assert seconds < SECONDS, found
    assert grown < MEBIBYTES, found


if __name__ == "__main__":
    if sys.argv[1] == "--read":
        serve(sys.argv[2:])
    else:
        main(*map(int, sys.argv[1:]))

"""Commands that are killed at random moments while they write, in forks of a process that has imported everything.

``python tests/shared/kills.py resample SIGKILL 100`` prints what the file held after each kill, and what was left; a
last number is the seed of the moments.
"""

import json
import os
import signal
import sys
import tempfile
import time
import warnings
from collections import Counter
from pathlib import Path

import numpy as np
import pandas as pd

OLD = b"old"


def prepare(folder):
    """Make a table and a model, and import what the commands import; return what each command runs."""
    from sklearn.linear_model import LogisticRegression

    import vaesynth.over_sampling as room
    from vaesynth import CVAE, model_selection
    from vaesynth.__main__ import main
    from vaesynth.commands import app  # noqa: F401
    from vaesynth.report import _write_report

    rng = np.random.default_rng(0)
    frame = pd.DataFrame(rng.normal(size=(600, 4)).round(3), columns=list("abcd"))
    frame["t"] = np.where(np.arange(600) % 10 == 0, "yes", "no")
    frame.to_csv(folder / "in.csv", index=False)

    class Quick(room.CVAESampler):
        __module__ = "vaesynth.over_sampling._cvae_sampler"

        def fit_resample(self, X, y):
            self.model = CVAE(max_iter=1, hidden_layer_sizes=(4,))
            return super().fit_resample(X, y)

    X, y = frame[:300].drop(columns="t"), frame["t"][:300]
    sampler = room.CVAESampler(model=CVAE(max_iter=1, hidden_layer_sizes=(4,)), random_state=0)
    sampler.fit_resample(X, y)
    sampler.save(folder / "model")
    comparison = model_selection.compare_resamplers(
        {"logistic": LogisticRegression()}, X, y, cv=2, samplers=["random"], random_state=0
    )

    content = _write_report._collect(comparison, "A report", None, 500, [])

    def command(*arguments):
        # What takes long has been done: the writing is what is asked about.
        if arguments[0] == "resample":
            room.CVAESampler = Quick
        model_selection.compare_resamplers = lambda *arguments, **options: comparison
        _write_report._collect = lambda *arguments: content
        sys.argv = ["vaesynth", *map(str, arguments)]
        main()

    common = ["--force", "--quiet", "--seed", 0]
    return {
        "save": ("out", lambda out: sampler.save(out)),
        "resample": (
            "out.csv",
            lambda out: command("resample", folder / "in.csv", "-t", "t", "-o", out, *common),
        ),
        "sample": (
            "out.parquet",
            lambda out: command("sample", folder / "model", "-n", 3000, "-o", out, *common),
        ),
        "report": (
            "out.html",
            lambda out: command("report", folder / "in.csv", "-t", "t", "-o", out, *common),
        ),
    }


def start(run, out, stage, pause=None):
    """Start a command in a fork, after a pause again until it is killed if there is one; return its number."""
    child = os.fork()
    if child:
        return child
    code = 1
    try:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
        while True:
            stage.write_bytes(OLD)
            stage.replace(out)
            code = run_once(run, out)
            if code or pause is None:
                break
            # Long enough for some kills to find the new file.
            time.sleep(pause)
    except SystemExit as ending:
        code = ending.code
    finally:
        os._exit(code)


def run_once(run, out):
    try:
        run(out)
    except SystemExit as ending:
        return ending.code or 0
    return 0


def end(child, signal_number):
    """Send a signal until the process has ended; return its exit status."""
    while True:
        os.kill(child, signal_number)
        deadline = time.monotonic() + 10
        while time.monotonic() < deadline:
            done, status = os.waitpid(child, os.WNOHANG)
            if done:
                return os.waitstatus_to_exitcode(status)
            time.sleep(0.002)


def kill(name, signal_name, n_kills, folder, seed=0):
    """Kill a command many times; return what its file held and what lay beside it after one more run."""
    file_name, run = prepare(folder)[name]
    place, stage = folder / "place", folder / "stage"
    place.mkdir()
    out, found = place / file_name, Counter()
    # What is imported and compiled at the first run is there in all forks.
    assert run_once(run, out) == 0
    begin = time.perf_counter()
    assert os.waitstatus_to_exitcode(os.waitpid(start(run, out, stage), 0)[1]) == 0
    duration, whole = time.perf_counter() - begin, out.read_bytes()
    rng, litter = np.random.default_rng(seed), 0
    for _ in range(n_kills):
        child = start(run, out, stage, duration / 2)
        time.sleep(max(0.02, duration * rng.uniform(0.2, 3)))
        code = end(child, getattr(signal, signal_name))
        content = out.read_bytes()
        state = "old" if content == OLD else "whole" if content == whole else "broken"
        found[f"{state} after {code}"] += 1
        litter = max(litter, len(os.listdir(place)) - 1)
    os.waitpid(start(run, out, stage), 0)
    return {
        "found": found,
        "seconds": round(duration, 3),
        "most files beside": litter,
        "left": sorted(os.listdir(place)),
        "whole": out.read_bytes() == whole,
    }


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    with tempfile.TemporaryDirectory() as text:
        n_kills, seed = int(sys.argv[3]), int(sys.argv[4]) if len(sys.argv) > 4 else 0
        answer = kill(sys.argv[1], sys.argv[2], n_kills, Path(text), seed)
    sys.stdout.write(json.dumps(answer) + "\n")

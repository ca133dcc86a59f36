"""A table with all that is awkward in a CSV file, and ways to run the program."""

import os
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

from vaesynth.commands import app


@pytest.fixture(scope="session")
def frame():
    """Return 120 rows as text, of which 24 are of the rare class."""
    rng = np.random.default_rng(0)
    n_rows = 120
    days = pd.Timestamp("2023-12-24") + pd.to_timedelta(rng.integers(0, 400, n_rows), "D")
    columns = {
        "naïve": rng.integers(0, 99, n_rows),
        "größe": rng.normal(size=n_rows).round(2),
        "code": [f"{code:03d}" for code in rng.integers(0, 20, n_rows)],
        "day": days.strftime("%Y-%m-%d"),
        "seen at": days.strftime("%Y-%m-%dT%H:%M:%S"),
        "flag": rng.choice(["true", "false"], n_rows),
        "flag or not": rng.choice(["True", "False"], n_rows),
        "count": rng.integers(0, 9, n_rows),
        'a "quoted" name': rng.choice(["a, b", 'say "hi"', "two\nlines", "ß"], n_rows),
        "名前": rng.choice(["x", "y"], n_rows),
        "price": [f"{price:.2f}" for price in rng.exponential(9, n_rows)],
        "nothing": "",
        "fraud": np.repeat(["no", "yes"], [96, 24]),
    }
    frame = pd.DataFrame(columns).astype(str)
    for name in ("größe", "day", "flag or not", "count", "名前"):
        frame.loc[rng.random(n_rows) < 0.15, name] = ""
    return frame


@pytest.fixture
def csv(frame, tmp_path):
    """Return the path of the table as CSV."""
    path = tmp_path / "in.csv"
    frame.to_csv(path, index=False)
    return path


@pytest.fixture
def run():
    """Return a function that runs a command in this process."""

    def run_command(*arguments):
        return CliRunner().invoke(app, [str(argument) for argument in arguments])

    return run_command


@pytest.fixture
def start():
    """Return a function that starts the program in a process of its own, after some code."""

    def start_process(*arguments, before="", stderr=subprocess.PIPE):
        code = f"{before}\nfrom vaesynth.__main__ import main\nmain()"
        command = [sys.executable, "-c", code, *map(str, arguments)]
        environment = {
            **os.environ,
            "OMP_NUM_THREADS": "1",
            "PYTHONPATH": os.pathsep.join(sys.path),
        }
        return subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=stderr, text=True, env=environment
        )

    return start_process


def assert_one_line(result, code, *parts):
    """Check that a command failed with a code and one line that has all the parts."""
    assert result.exit_code == code
    assert result.stderr.count("\n") == 1
    assert result.stderr.startswith("vaesynth: ")
    assert "Traceback" not in result.stderr
    for part in parts:
        assert part in result.stderr


@pytest.fixture
def fails():
    """Return the check of a failed command."""
    return assert_one_line

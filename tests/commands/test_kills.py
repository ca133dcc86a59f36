"""Killed at any moment, a command leaves the old file or the whole new one; the next run leaves nothing else."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

PROGRAM = Path(__file__).parents[1] / "shared" / "kills.py"
N_KILLS = 25  # the program takes any number
FILES = {"save": "out", "resample": "out.csv", "sample": "out.parquet", "report": "out.html"}


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no forks and no signals")
@pytest.mark.parametrize("signal", ["SIGKILL", "SIGTERM"])
@pytest.mark.parametrize("command", FILES)
def test_killed_at_any_moment(command, signal):
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run(
        [sys.executable, PROGRAM, command, signal, str(N_KILLS)],
        check=True,
        capture_output=True,
        text=True,
        env=environment,
        timeout=900,
    )
    answer = json.loads(done.stdout)
    found = answer["found"]
    assert not any(state.startswith("broken") for state in found), found
    assert sum(found.values()) == N_KILLS
    assert len(found) > 1, found  # some came before the file was written, others after it
    assert answer["left"] == [FILES[command]]
    assert answer["whole"]

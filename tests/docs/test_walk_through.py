"""The walk-through for contributors, applied to a copy of the package as it is printed, works."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "contributing" / "add_a_sampling_method.md").read_text(encoding="utf-8")
DIFFS = re.findall(r"^```diff\n(.*?)^```$", PAGE, flags=re.DOTALL | re.MULTILINE)
CHANGED = re.compile(r"^[+-](?![+-]{2} [ab]/)", flags=re.MULTILINE)
USE = """
from sklearn.datasets import load_wine
from vaesynth import CVAE, CVAESampler

X, y = load_wine(return_X_y=True, as_frame=True)
sampler = CVAESampler(model=CVAE(max_iter=5), sampling_method="pairs", random_state=0)
X_res, y_res = sampler.fit_resample(X, y)
assert y_res.value_counts().nunique() == 1
assert sampler.parents_.shape == (len(X_res) - len(X), 2)
"""


def apply(diff, folder):
    """Replace what each hunk shows as it was by what it shows as it is to be."""
    file = folder / re.search(r"^\+\+\+ b/(\S+)$", diff, flags=re.MULTILINE)[1]
    for hunk in re.split(r"^@@.*@@\n", diff, flags=re.MULTILINE)[1:]:
        lines = hunk.splitlines(keepends=True)
        before = "".join(line[1:] or "\n" for line in lines if line[0] != "+")
        after = "".join(line[1:] or "\n" for line in lines if line[0] != "-")
        assert file.read_text(encoding="utf-8").count(before) == 1, (
            f"{file.name} no longer has\n{before}"
        )
        file.write_text(file.read_text(encoding="utf-8").replace(before, after), encoding="utf-8")
    return file


def run(folder, *arguments):
    environment = {**os.environ, "PYTHONPATH": str(folder), "OMP_NUM_THREADS": "1"}
    command = [sys.executable, *arguments]
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]


@pytest.fixture(scope="module")
def changed_copy(tmp_path_factory):
    folder = tmp_path_factory.mktemp("checkout")
    for name in ("vaesynth", "tests/drawing"):
        shutil.copytree(
            ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__", "*.pyc")
        )
    shutil.copy(ROOT / "pyproject.toml", folder)
    for diff in DIFFS:
        apply(diff, folder)
    return folder


def test_it_is_one_small_commit():
    assert len(DIFFS) <= 3
    assert sum(len(CHANGED.findall(diff)) for diff in DIFFS) < 60


@pytest.mark.slow
def test_the_new_method_over_samples(changed_copy):
    run(changed_copy, "-W", "error", "-c", USE)


@pytest.mark.slow
def test_its_own_tests_pass(changed_copy):
    run(
        changed_copy,
        "-m",
        "pytest",
        "-q",
        "-k",
        "pairs or PairDraw",
        "tests/drawing",
        "vaesynth/drawing",
    )

"""Every public estimator runs scikit-learn's checks in two configurations or more that are not its default.

``python tests/test_checked_estimators.py`` counts them, and names the files that run them.
"""

import importlib
import importlib.util
import inspect
import os
import subprocess
import sys
from collections import defaultdict
from pathlib import Path

import pytest
from sklearn.base import BaseEstimator

import vaesynth

TESTS = Path(__file__).parent
CHECKING = [
    path
    for path in sorted(TESTS.glob("*/**/test_*.py"))
    if "parametrize_with_checks" in path.read_text(encoding="utf-8")
]


def checked():
    """Yield the parameters of each check of scikit-learn's and imbalanced-learn's that a test runs."""
    for path in CHECKING:
        name = f"checks_of_{path.parent.name}_{path.stem}"
        spec = importlib.util.spec_from_file_location(name, path)
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        for test in vars(module).values():
            for mark in getattr(test, "pytestmark", []):
                if mark.name == "parametrize" and mark.args[0] == "estimator, check":
                    yield from mark.args[1]


def public_estimators():
    for folder in Path(vaesynth.__file__).parent.glob("*/__init__.py"):
        room = importlib.import_module(f"vaesynth.{folder.parent.name}")
        classes = (getattr(room, name) for name in room.__all__)
        yield from (
            cls for cls in classes if inspect.isclass(cls) and issubclass(cls, BaseEstimator)
        )


def count():
    """Return the configurations of each class and the number of checks, none of which is excused."""
    configurations, n_checks = defaultdict(set), 0
    for case in checked():
        # A check that is excused comes with a mark.
        assert not getattr(case, "marks", ())
        estimator, _ = getattr(case, "values", case)
        # Test classes that add to an estimator what a check needs stand for it.
        for cls in type(estimator).__mro__:
            configurations[cls].add(repr(estimator))
        n_checks += 1
    return configurations, n_checks


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
def test_every_public_estimator_is_checked_in_two_configurations_that_are_not_the_default():
    configurations, n_checks = count()
    assert n_checks > 1500
    few = {
        cls.__name__: len(configurations[cls] - {f"{cls.__name__}()"})
        for cls in public_estimators()
        if len(configurations[cls] - {f"{cls.__name__}()"}) < 2
    }
    assert not few


@pytest.mark.slow
def test_checks_that_scikit_learn_skips_without_a_variable():
    environment = {**os.environ, "SCIPY_ARRAY_API": "1", "PYTHONPATH": os.pathsep.join(sys.path)}
    # The encoder's own three ask for an array, and it returns a `Table`.
    chosen = ["-k", "check_array_api_input and not TableEncoder"]
    command = [sys.executable, "-m", "pytest", "-q", "-m", "slow or not slow", *chosen]
    done = subprocess.run(
        [*command, *map(str, CHECKING)],
        check=False,
        capture_output=True,
        text=True,
        env=environment,
        cwd=TESTS.parent,
    )
    assert done.returncode == 0, done.stdout[-3000:]
    assert " passed" in done.stdout
    assert " skipped" not in done.stdout


if __name__ == "__main__":
    configurations, n_checks = count()
    estimators = {cls.__name__: len(configurations[cls]) for cls in public_estimators()}
    for name, number in sorted(estimators.items()):
        sys.stdout.write(f"{name:24} {number}\n")
    for path in CHECKING:
        sys.stdout.write(f"{path.relative_to(TESTS.parent)}\n")
    n_configurations = len(configurations[BaseEstimator])
    sys.stdout.write(
        f"{len(estimators)} estimators, {n_configurations} configurations, {n_checks} checks\n"
    )

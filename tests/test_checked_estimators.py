"""Every public estimator runs scikit-learn's checks in two configurations or more that are not its default."""

import importlib
import importlib.util
import inspect
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


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
def test_every_public_estimator_is_checked_in_two_configurations_that_are_not_the_default():
    configurations, n_checks, n_excused = defaultdict(set), 0, 0
    for case in checked():
        estimator, _ = getattr(case, "values", case)
        for mark in getattr(case, "marks", ()):
            # The one check that asks for the likeliest class, of a classifier whose threshold is tuned.
            assert mark.kwargs["reason"] == "a tuned threshold is not 0.5"
            n_excused += 1
        # Test classes that add to an estimator what a check needs stand for it.
        for cls in type(estimator).__mro__:
            configurations[cls].add(repr(estimator))
        n_checks += 1
    assert n_checks > 1500
    assert n_excused <= 6
    few = {
        cls.__name__: len(configurations[cls] - {f"{cls.__name__}()"})
        for cls in public_estimators()
        if len(configurations[cls] - {f"{cls.__name__}()"}) < 2
    }
    assert not few

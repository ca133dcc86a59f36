"""``import vaesynth`` costs nothing until a name is used."""

import importlib
import importlib.metadata
import subprocess
import sys

import pytest

import vaesynth

HEAVY = ("torch", "sklearn", "imblearn", "numpy", "pandas", "scipy", "matplotlib", "tqdm")
PUBLIC_CLASSES = [name for name in vaesynth.__all__ if name != "__version__"]


def run_python(code):
    """Run code in a process that has imported nothing yet, and return what it prints."""
    command = [sys.executable, "-c", code]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


def test_nothing_heavy_is_imported():
    loaded = run_python("import sys, vaesynth; print(*{m.partition('.')[0] for m in sys.modules})")
    assert not set(HEAVY) & set(loaded.split())


def test_the_names_are_listed_without_importing_them():
    code = "import sys, vaesynth; print(*dir(vaesynth)); sys.exit('torch' in sys.modules)"
    assert {name for name in run_python(code).split() if name[:2] != "__"} == {*PUBLIC_CLASSES}


def test_a_name_resolves_in_a_fresh_process():
    assert run_python("from vaesynth import ResampledClassifier as R; print(R.__name__)") == (
        "ResampledClassifier"
    )


@pytest.mark.parametrize("name", PUBLIC_CLASSES)
def test_a_name_is_the_one_of_its_room(name):
    room = importlib.import_module(f"vaesynth.{vaesynth._ROOM_OF[name]}")
    assert getattr(vaesynth, name) is getattr(room, name)
    assert name in getattr(room, "__all__", dir(room))


def test_the_table_of_names_is_all_of_them():
    assert sorted(vaesynth._ROOM_OF) == sorted(PUBLIC_CLASSES)


def test_version_is_that_of_the_installed_package():
    assert vaesynth.__version__ == importlib.metadata.version("vaesynth")


def test_unknown_names():
    with pytest.raises(ImportError, match="nonsense"):
        from vaesynth import nonsense  # noqa: F401
    with pytest.raises(AttributeError, match="module 'vaesynth' has no attribute 'nonsense'"):
        vaesynth.nonsense  # noqa: B018

"""What pyproject.toml says of versions agrees with itself, with the pins of the lowest and with the page on them."""

import re
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
EXTRAS_OF_LOWEST = ("flow", "plot", "report", "cli", "stream")  # what make test-lowest installs
ON_THE_PAGE = (
    *("numpy", "scipy", "pandas", "scikit-learn", "matplotlib"),
    *("torch", "imbalanced-learn", "pyarrow"),
)
PYTHONS = [
    line.rpartition(" ")[2]
    for line in PROJECT["classifiers"]
    if re.fullmatch(r"Programming Language :: Python :: 3\.\d+", line)
]


def lowest_allowed():
    """Return the floor of every dependency of the package and of these extras."""
    extras = PROJECT["optional-dependencies"]
    lines = [
        *PROJECT["dependencies"],
        *(line for name in EXTRAS_OF_LOWEST for line in extras[name]),
    ]
    return dict(line.split(">=") for line in lines if ">=" in line)


def test_the_lowest_versions_are_those_that_are_allowed():
    lines = (ROOT / "constraints-lowest.txt").read_text(encoding="utf-8").splitlines()
    pins = dict(line.split("==") for line in lines if "==" in line)
    floors = lowest_allowed()
    as_long = {
        name: ".".join(pins[name].split(".")[: floor.count(".") + 1])
        for name, floor in floors.items()
    }
    assert as_long == floors


def test_every_python_from_the_lowest_on_has_its_classifier():
    lowest = PROJECT["requires-python"].removeprefix(">=")
    minors = [int(python.removeprefix("3.")) for python in PYTHONS]
    assert PYTHONS[0] == lowest
    assert minors == list(range(minors[0], minors[-1] + 1))


def test_the_page_on_versions_states_the_floors():
    page = (ROOT / "docs" / "platforms.md").read_text(encoding="utf-8")
    floors = lowest_allowed()
    assert [name for name in ON_THE_PAGE if f"{name} {floors[name]}" not in page] == []
    assert f"{PYTHONS[0]} to {PYTHONS[-1]}" in page


def test_the_conda_recipe_asks_for_the_same():
    recipe = (ROOT / "recipe" / "meta.yaml").read_text(encoding="utf-8")
    run = recipe.split("  run:\n")[1].split("\n\n")[0]
    asked = dict(re.findall(r"- (\S+) >=(\S+)", run))
    asked["torch"] = asked.pop("pytorch")
    del asked["python"]
    assert asked == dict(line.split(">=") for line in PROJECT["dependencies"])
    assert f'python_min = "{PYTHONS[0]}"' in recipe
    assert "vaesynth = " + PROJECT["scripts"]["vaesynth"] in recipe

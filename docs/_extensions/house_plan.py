"""The house plan, drawn from the contract that import-linter holds the package to."""

import ast
import re
import textwrap
import tomllib
from pathlib import Path
from typing import NamedTuple

import vaesynth

PACKAGE = Path(vaesynth.__file__).parent
PYPROJECT = Path(__file__).parents[2] / "pyproject.toml"
COLORS = ("#eef3f8", "#e3ecf4")


class Room(NamedTuple):
    """A room or a single file of the package."""

    name: str
    what: str
    n_files: int
    n_lines: int


def read_floors() -> list[list[Room]]:
    """Read the floors from the contract, the lowest first, with the rooms that are built."""
    contracts = tomllib.loads(PYPROJECT.read_text(encoding="utf-8"))["tool"]["importlinter"][
        "contracts"
    ]
    layers = next(contract["layers"] for contract in contracts if contract["type"] == "layers")
    floors = []
    for layer in reversed(layers):
        names = [name.strip(" ()") for name in re.split(r"[|:]", layer)]
        floors.append([room for name in names if (room := look_into(name)) is not None])
    return floors


def look_into(name: str) -> Room | None:
    """Describe a room by its docstring and its size; None where it is not built yet."""
    folder, file = PACKAGE / name, PACKAGE / f"{name}.py"
    if folder.is_dir():
        files, head = sorted(folder.rglob("*.py")), folder / "__init__.py"
    elif file.exists():
        files, head = [file], file
    else:
        return None
    docstring = ast.get_docstring(ast.parse(head.read_text(encoding="utf-8"))) or ""
    what = " ".join(docstring.split("\n\n")[0].split()).removesuffix(".").replace("``", "")
    n_lines = sum(len(one.read_text(encoding="utf-8").splitlines()) for one in files)
    return Room(name, what, len(files), n_lines)


def draw_house(width: float = 11.0) -> object:
    """Draw a box for each room, a row of boxes for each floor."""
    from matplotlib import pyplot
    from matplotlib.patches import FancyBboxPatch

    floors = read_floors()
    figure, axes = pyplot.subplots(figsize=(width, 0.98 * len(floors)), layout="constrained")
    for level, rooms in enumerate(floors):
        share = 1 / len(rooms)
        axes.text(-0.012, level + 0.5, level, ha="right", va="center", color="0.45", fontsize=11)
        for position, room in enumerate(rooms):
            left = position * share
            axes.add_patch(
                FancyBboxPatch(
                    (left + 0.006, level + 0.09),
                    share - 0.012,
                    0.82,
                    boxstyle="round,pad=0,rounding_size=0.006",
                    mutation_aspect=len(floors),
                    facecolor=COLORS[level % 2],
                    edgecolor="#7d94ab",
                    linewidth=0.8,
                )
            )
            write_label(axes, room, left + share / 2, level + 0.5, int(share * width * 14))
    axes.annotate(
        "imports",
        xy=(1.02, 0.1),
        xytext=(1.02, len(floors) - 0.1),
        arrowprops={"arrowstyle": "-|>", "color": "0.45"},
        ha="center",
        va="bottom",
        color="0.45",
    )
    axes.set(xlim=(-0.03, 1.04), ylim=(-0.02, len(floors) + 0.15))
    axes.axis("off")
    return figure


def write_label(axes: object, room: Room, x: float, y: float, n_letters: int) -> None:
    """Write name, purpose and size of a room into its box."""
    name = room.name if room.name.startswith("_") or room.n_files == 1 else f"{room.name}/"
    axes.text(
        x, y + 0.26, name, ha="center", va="center", fontsize=10, weight="bold", color="#23405c"
    )
    lines = textwrap.wrap(room.what, max(n_letters, 14))
    what = "\n".join(lines if len(lines) <= 3 else [*lines[:2], f"{lines[2]} …"])
    axes.text(
        x, y - 0.06, what, ha="center", va="center", fontsize=7.8, color="0.2", linespacing=1.15
    )
    axes.text(
        x, y - 0.345, f"{room.n_lines:,} lines", ha="center", va="center", fontsize=6.5, color="0.5"
    )


def write_picture(app: object, config: object) -> None:
    """Draw the house for the page of the design."""
    from matplotlib import pyplot

    file = Path(app.srcdir, "drawn", "house-plan.svg")
    file.parent.mkdir(exist_ok=True)
    draw_house().savefig(file)
    pyplot.close("all")


def setup(app: object) -> dict[str, bool]:
    """Register with Sphinx."""
    app.connect("config-inited", write_picture)
    return {"parallel_read_safe": True}

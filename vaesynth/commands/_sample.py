"""``vaesynth sample``: rows from a saved model."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import numpy as np
import pyarrow as pa
import typer

from vaesynth.commands._options import Force, Output, Quiet, Seed, check_outputs
from vaesynth.commands._printing import make_console
from vaesynth.commands._strategy import find_label
from vaesynth.files import FileTable, find_ending, write_table
from vaesynth.streaming import as_arrow


def sample(
    model: Annotated[Path, typer.Argument(help="A file that `--model` or `save` has written.")],
    output: Output,
    n_rows: Annotated[int, typer.Option("--rows", "-n", min=1, help="Number of rows.")] = 100,
    label: Annotated[
        str | None,
        typer.Option(
            "--class", help="Class of all rows; without it as many of each as were trained on."
        ),
    ] = None,
    target: Annotated[
        str | None, typer.Option("--target", "-t", help="Add a column of this name with the class.")
    ] = None,
    seed: Seed = None,
    force: Force = False,
    quiet: Quiet = False,
) -> None:
    """Draw synthetic rows from a saved model."""
    find_ending(output)
    check_outputs([output], force)
    from vaesynth.saving import load

    rows = _draw(load(model), n_rows, label, target, seed)
    write_table(FileTable(rows), output, overwrite=force)
    if not quiet:
        make_console().print(f"{rows.num_rows:,} synthetic rows: {output}", markup=False)


def _draw(
    estimator: Any, n_rows: int, label: str | None, target: str | None, seed: int | None
) -> Any:
    """Draw rows as a pyarrow table, with their class where `target` names a column for it."""
    if not hasattr(estimator, "sample"):
        raise ValueError(f"the model must be one that draws rows, got a {type(estimator).__name__}")
    counts = getattr(getattr(estimator, "model_", estimator), "class_count_", None)
    if counts is None:
        if label is not None or target is not None:
            raise ValueError(
                f"`--class` and `--target` need a model with classes, got a {type(estimator).__name__}"
            )
        return as_arrow(estimator.sample(n_rows, random_state=seed))
    classes = getattr(estimator, "model_", estimator).classes_
    chosen = _share_out(n_rows, classes, counts, label)
    return _draw_classes(estimator, chosen, target, seed)


def _share_out(n_rows: int, classes: Any, counts: Any, label: str | None) -> dict[Any, int]:
    """Give the number of rows of each class that gets any: all of one, or in proportion to the training rows."""
    if label is not None:
        return {find_label(label, classes): n_rows}
    exact = n_rows * counts / counts.sum()
    whole = np.floor(exact).astype(int)
    most_cut = np.argsort(whole - exact, kind="stable")[: n_rows - whole.sum()]
    whole[most_cut] += 1
    return {name: n for name, n in zip(classes.tolist(), whole.tolist(), strict=True) if n}


def _draw_classes(
    estimator: Any, chosen: dict[Any, int], target: str | None, seed: int | None
) -> Any:
    seeds: list[int | None] = [None] * len(chosen)
    if seed is not None:
        seeds = np.random.SeedSequence(seed).generate_state(len(chosen)).tolist()
    parts = []
    for (name, n), of_class in zip(chosen.items(), seeds, strict=True):
        part = as_arrow(estimator.sample(n, y=name, random_state=of_class))
        parts.append(part if target is None else part.append_column(target, pa.array([name] * n)))
    if target is not None and parts[0].column_names.count(target) > 1:
        raise ValueError(f"`--target` must be a new column, got {target!r}, which is there")
    return pa.concat_tables(parts)

"""``vaesynth sample``: rows from a saved model."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import pyarrow as pa
import typer

from vaesynth.commands._options import Constraints, Force, Output, Quiet, Seed, check_outputs
from vaesynth.commands._printing import make_console
from vaesynth.commands._strategy import find_label
from vaesynth.commands._tables import recall_form
from vaesynth.files import FileTable, find_ending, write_table
from vaesynth.streaming import as_arrow, write_parquet

# More rows than these are drawn in parts where the file allows it; fewer are the same rows in every format.
ROWS_IN_ONE_PART = 200_000
PART_ROWS = 65_536
# Name of a target that was fitted without a name.
UNNAMED = "class"


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
        str | None,
        typer.Option(
            "--target",
            "-t",
            help="Name of the column with the class, else that of the fitted target, or class.",
        ),
    ] = None,
    seed: Seed = None,
    constraint: Constraints = None,
    force: Force = False,
    quiet: Quiet = False,
) -> None:
    """Draw synthetic rows from a saved model, with their class in a last column where the model has classes.

    A text file is spelled and laid out as the one that `vaesynth resample --model` has read. More than 200,000 rows are
    drawn and written in parts where the output is a Parquet file.
    """
    ending = find_ending(output)
    check_outputs([output], force)
    from vaesynth.saving import load

    estimator = load(model)
    form = recall_form(estimator, model)
    _add_rules(estimator, constraint or ())
    fitted_target = getattr(estimator, "target_name_", None) or UNNAMED
    counts = _count_rows(estimator, n_rows, label, target)
    part_rows = PART_ROWS if ending == ".parquet" and n_rows > ROWS_IN_ONE_PART else n_rows
    parts = _draw_parts(estimator, counts, part_rows, target or fitted_target, seed)
    if ending == ".parquet":
        write_parquet(parts, output, overwrite=force)
    else:
        cells = pa.concat_tables(parts)
        if form is not None and target is not None:
            form = form.rename(fitted_target, target)
        table = FileTable(cells) if form is None else FileTable.spelled(cells, form)
        write_table(table, output, overwrite=force)
    if not quiet:
        make_console().print(f"{n_rows:,} synthetic rows: {output}", markup=False)


def _add_rules(estimator: Any, constraints: Sequence[str]) -> None:
    """Give a model further rules, which all rows keep that it draws from now on."""
    model = getattr(estimator, "model_", estimator)
    if not constraints:
        return
    if not hasattr(model, "constraints"):
        raise ValueError(
            f"`--constraint` needs a VAE, a CVAE or a CVAESampler, got a {type(estimator).__name__}"
        )
    own = model.constraints
    model.constraints = (*([own] if isinstance(own, str) else own), *constraints)


def _count_rows(
    estimator: Any, n_rows: int, label: str | None, target: str | None
) -> dict[Any, int]:
    """Return the number of rows of each class; of a model without classes, under None."""
    if not hasattr(estimator, "sample"):
        raise ValueError(f"the model must be one that draws rows, got a {type(estimator).__name__}")
    counts = getattr(getattr(estimator, "model_", estimator), "class_count_", None)
    if counts is None:
        if label is not None or target is not None:
            raise ValueError(
                f"`--class` and `--target` need a model with classes, got a {type(estimator).__name__}"
            )
        return {None: n_rows}
    classes = getattr(estimator, "model_", estimator).classes_
    return _share_out(n_rows, classes, counts, label)


def _share_out(n_rows: int, classes: Any, counts: Any, label: str | None) -> dict[Any, int]:
    """Return the number of rows of each class that gets any: all of one, or in proportion to the training rows."""
    if label is not None:
        return {find_label(label, classes): n_rows}
    exact = n_rows * counts / counts.sum()
    whole = np.floor(exact).astype(int)
    most_cut = np.argsort(whole - exact, kind="stable")[: n_rows - whole.sum()]
    whole[most_cut] += 1
    return {name: n for name, n in zip(classes.tolist(), whole.tolist(), strict=True) if n}


def _draw_parts(
    estimator: Any, chosen: dict[Any, int], part_rows: int, target: str, seed: int | None
) -> Iterator[Any]:
    """Draw rows as pyarrow tables, with their class in a last column where there are classes."""
    parts = [
        (name, min(part_rows, n - start))
        for name, n in chosen.items()
        for start in range(0, n, part_rows)
    ]
    sources: list[np.random.RandomState | None] = [None] * len(parts)
    if seed is not None:
        seeds = np.random.SeedSequence(seed).spawn(len(parts))
        sources = [np.random.RandomState(np.random.MT19937(of_part)) for of_part in seeds]
    for (name, n), source in zip(parts, sources, strict=True):
        if name is None:
            yield as_arrow(estimator.sample(n, random_state=source))
            continue
        rows = as_arrow(estimator.sample(n, y=name, random_state=source))
        if target in rows.column_names:
            raise ValueError(f"`--target` must be a new column, got {target!r}, which is there")
        yield rows.append_column(target, pa.array([name] * n))

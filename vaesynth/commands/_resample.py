"""``vaesynth resample``: a table in, the table with synthetic rows below out."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import numpy as np
import pandas as pd
import typer

from vaesynth.commands._options import (
    TABLE_HELP,
    Constraints,
    Force,
    Output,
    Quiet,
    Seed,
    Target,
    check_outputs,
    shows_progress,
)
from vaesynth.commands._printing import make_console, print_table
from vaesynth.commands._strategy import read_strategy
from vaesynth.commands._streaming import (
    is_streamed,
    print_stream_summary,
    resample_stream,
    tell_of_blocks,
)
from vaesynth.commands._tables import (
    Categorical,
    Decimal,
    Encoding,
    Reading,
    Sep,
    TextClass,
    Yes,
    confirm_classes,
    count_classes,
    number_of_classes,
    remember_form,
)
from vaesynth.files import FileTable, find_ending, write_table

STRATEGY_HELP = (
    "auto, minority, not majority, not minority, all; a ratio (two classes); or JSON totals."
)
METHOD_HELP = "How new rows are drawn: auto, neighbors, combinations, posterior or prior."


def resample(
    table: Annotated[
        Path, typer.Argument(help=f"{TABLE_HELP[:-1]}; or a folder of Parquet files.")
    ],
    target: Target,
    output: Output,
    strategy: Annotated[str, typer.Option(help=STRATEGY_HELP)] = "auto",
    method: Annotated[str, typer.Option(help=METHOD_HELP)] = "auto",
    seed: Seed = None,
    model: Annotated[Path | None, typer.Option(help="Also save the fitted sampler here.")] = None,
    mark: Annotated[
        str | None, typer.Option(help="Add a column of this name: True for synthetic rows.")
    ] = None,
    sep: Sep = None,
    encoding: Encoding = None,
    decimal: Decimal = None,
    categorical: Categorical = None,
    text_class: TextClass = False,
    constraint: Constraints = None,
    force: Force = False,
    yes: Yes = False,
    quiet: Quiet = False,
) -> None:
    """Over-sample the rare classes of a table.

    The rows of the table come first and unchanged; synthetic rows stand below them. A folder of Parquet files, or one
    such file of 200 MiB and more, is read and written in blocks.
    """
    find_ending(output)
    check_outputs([output, model], force)
    reading = Reading(sep, encoding, decimal, categorical or [], text_class)
    if is_streamed(table):
        if reading != Reading():
            raise ValueError(
                "options of text files and classes are not for a table that is read in blocks"
            )
        confirm_classes(count_classes(table, target), target, yes)
        if not quiet:
            tell_of_blocks(table)
        options: dict[str, Any] = {"strategy": strategy, "method": method, "seed": seed}
        options["constraints"] = constraint or ()
        options |= {"mark": mark, "force": force, "verbose": shows_progress(quiet)}
        sampler = resample_stream(table, target, output, **options)
        if model is not None:
            sampler.save(model)
        if not quiet:
            print_stream_summary(sampler, output, model)
        return
    real, X, y = reading.read_classes(table, target)
    if mark in real.names:
        raise ValueError(f"`--mark` must be a new column, got {mark!r}, which is there")
    confirm_classes(number_of_classes(y), target, yes)
    sampler = _make_sampler(
        strategy, y, method, seed, shows_progress(quiet), tuple(constraint or ())
    )
    whole = _oversample(sampler, real, X, y)
    if mark is not None:
        whole = whole.add_column(mark, sampler.synthetic_mask_)
    write_table(whole, output, overwrite=force)
    if model is not None:
        remember_form(sampler, real)
        sampler.save(model)
    if not quiet:
        _print_summary(whole.cells[target].to_pandas(), real.cells.num_rows, output, model)


def _make_sampler(
    strategy: str,
    y: pd.Series,
    method: str,
    seed: int | None,
    verbose: bool,
    constraints: tuple[str, ...],
) -> Any:
    from vaesynth.estimators import CVAE
    from vaesynth.over_sampling import CVAESampler

    return CVAESampler(
        model=CVAE(constraints=constraints) if constraints else None,
        sampling_strategy=read_strategy(strategy, y),
        sampling_method=method,
        random_state=seed,
        verbose=verbose,
    )


def _oversample(sampler: Any, real: FileTable, X: Any, y: pd.Series) -> FileTable:
    """Fit a sampler and append its rows."""
    X_resampled, y_resampled = sampler.fit_resample(X, y)
    new, target = X_resampled.slice(len(y)), str(y.name)
    cells = _cells_of_classes(real.cells[target], y, y_resampled.iloc[len(y) :])
    return real.append(new.add_column(real.names.index(target), target, cells))


def _cells_of_classes(column: Any, y: pd.Series, labels: pd.Series) -> Any:
    """Return a cell of the target's own type for each new label: that of a real row of the class."""
    first = {label: position for position, label in reversed(list(enumerate(y)))}
    return column.take(np.array([first[label] for label in labels], dtype=np.int64))


def _print_summary(labels: pd.Series, n_real: int, output: Path, model: Path | None) -> None:
    before, after = (part.astype(str).value_counts() for part in (labels[:n_real], labels))
    print_table(
        ["class", "rows before", "rows after"],
        [(label, int(before[label]), int(after[label])) for label in before.index],
    )
    console = make_console()
    console.print(
        f"{len(labels) - n_real:,} synthetic rows below {n_real:,} real ones: {output}",
        markup=False,
    )
    if model is not None:
        console.print(f"fitted sampler: {model}", markup=False)

"""Options that several commands have, and the checks they share."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from vaesynth._whole_file import refuse_overwriting

TABLE_HELP = "A table: .csv, .tsv (both also .gz), .parquet or .feather."
Target = Annotated[str, typer.Option("--target", "-t", help="Column that holds the class.")]
Output = Annotated[Path, typer.Option("--output", "-o", help="File to write.")]
Seed = Annotated[
    int | None,
    typer.Option(
        min=0, max=2**32 - 1, help="Seed of all randomness: the same seed, the same rows."
    ),
]
Constraints = Annotated[
    list[str] | None,
    typer.Option(
        "--constraint",
        help="Rule between columns that rows keep, as 'start <= end'; may be given several times.",
    ),
]
Force = Annotated[bool, typer.Option("--force", "-f", help="Replace files that are there.")]
Quiet = Annotated[
    bool, typer.Option("--quiet", "-q", help="No progress bar, and nothing printed but errors.")
]


def check_outputs(paths: Sequence[Path | None], force: bool) -> None:
    """Refuse before any work what could not be written after it.

    Examples
    --------
    >>> check_outputs([Path("new.csv"), Path("new.csv")], force=False)
    Traceback (most recent call last):
    ...
    ValueError: each output must have a file of its own, got 'new.csv' twice
    """
    given = [path for path in paths if path is not None]
    for position, path in enumerate(given):
        if os.path.realpath(path) in map(os.path.realpath, given[:position]):
            raise ValueError(f"each output must have a file of its own, got {str(path)!r} twice")
        try:
            refuse_overwriting(path, force)
        except FileExistsError as error:
            raise FileExistsError(f"{str(path)!r} is there already: --force replaces it") from error


def shows_progress(quiet: bool) -> bool:
    """Return whether there is a terminal to draw a progress bar on, and leave to do so."""
    return not quiet and sys.stderr.isatty()

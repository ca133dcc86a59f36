"""The program and its commands."""

from __future__ import annotations

import typer

from vaesynth.commands._errors import OneLineErrors
from vaesynth.commands._info import info
from vaesynth.commands._report import report
from vaesynth.commands._resample import resample
from vaesynth.commands._sample import sample

app = typer.Typer(
    name="vaesynth",
    cls=OneLineErrors,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="Exit codes: 0 done, 2 refused input, 1 a fault of the program. "
    "VAESYNTH_TRACEBACK=1 shows where an error came from.",
)


@app.callback(invoke_without_command=True)
def vaesynth(context: typer.Context) -> None:
    """Over-sample imbalanced tables with a conditional variational autoencoder."""
    if context.invoked_subcommand is None:
        typer.echo(context.get_help())


for command in (resample, sample, report, info):
    app.command()(command)

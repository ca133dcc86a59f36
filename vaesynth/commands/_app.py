"""The program: its commands, and how it fails: with one line and an exit code that says whose fault it is."""

from __future__ import annotations

import os
import sys
import traceback
import warnings
from typing import Any

import typer
from typer.core import TyperGroup

from vaesynth.commands._info import info
from vaesynth.commands._report import report
from vaesynth.commands._resample import resample
from vaesynth.commands._sample import sample

INTERNAL_FAULT = 1
REFUSED_INPUT = 2
# What the package and the libraries below it raise for input that breaks a rule.
REFUSALS = (
    ValueError,
    TypeError,
    ImportError,
    FileNotFoundError,
    FileExistsError,
    IsADirectoryError,
    NotADirectoryError,
    PermissionError,
)


class OneLineErrors(TyperGroup):
    """Group of commands whose errors and warnings take one line on standard error, without a traceback."""

    def main(self, args: Any = None, *, standalone_mode: bool = True, **extra: Any) -> Any:  # type: ignore[override]
        """Run a command.

        Parameters
        ----------
        args, **extra : Any
            As in click.
        standalone_mode : bool, default=True
            Whether to leave the process with the exit code; else errors pass through.
        """
        if not standalone_mode:
            return super().main(args, standalone_mode=False, **extra)
        with warnings.catch_warnings():
            warnings.showwarning = _show_warning
            try:
                code = super().main(args, standalone_mode=False, **extra)
            except Exception as error:
                code = _tell(error)
        return sys.exit(code or 0)


def _tell(error: Exception) -> int:
    """Print what went wrong and give the exit code."""
    if os.environ.get("VAESYNTH_TRACEBACK"):
        traceback.print_exception(error)
    code, message = describe(error)
    sys.stderr.write(f"vaesynth: {message}\n")
    return code


def describe(error: Exception) -> tuple[int, str]:
    r"""Return the exit code of an error and its message in one line.

    Examples
    --------
    >>> describe(ValueError("`k` must be at least 1,\n got 0"))
    (2, '`k` must be at least 1, got 0')
    >>> describe(ZeroDivisionError("division by zero"))
    (1, 'a fault of the program: ZeroDivisionError: division by zero')
    """
    if hasattr(error, "format_message"):  # an exception of click: a wrong option and the like
        return getattr(error, "exit_code", REFUSED_INPUT), _one_line(error.format_message())
    message = _one_line(error)
    if isinstance(error, REFUSALS):
        return REFUSED_INPUT, message
    if isinstance(error, OSError):  # a full disk and the like: neither input nor program is wrong
        return INTERNAL_FAULT, message
    if isinstance(error, MemoryError):
        return INTERNAL_FAULT, f"so many rows need more memory than there is: {message}"
    return INTERNAL_FAULT, f"a fault of the program: {type(error).__name__}: {message}"


def _one_line(message: Any) -> str:
    return " ".join(str(message).split())


def _show_warning(message: Any, *_: Any, **__: Any) -> None:
    sys.stderr.write(f"vaesynth: warning: {_one_line(message)}\n")


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

"""How a command fails: one line, and an exit code that says whose fault it is."""

from __future__ import annotations

import os
import sys
import traceback
import warnings
from typing import Any

from typer.core import TyperGroup

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
    r"""Give the exit code of an error and its message in one line.

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
    if isinstance(
        error, OSError
    ):  # a full disk and the like: nobody's input, and not the program either
        return INTERNAL_FAULT, message
    return INTERNAL_FAULT, f"a fault of the program: {type(error).__name__}: {message}"


def _one_line(message: Any) -> str:
    return " ".join(str(message).split())


def _show_warning(message: Any, *_: Any, **__: Any) -> None:
    sys.stderr.write(f"vaesynth: warning: {_one_line(message)}\n")

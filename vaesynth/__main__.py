"""The command line: ``vaesynth`` and ``python -m vaesynth``."""

import io
import signal
import sys
from typing import Any, NoReturn

from vaesynth._optional import import_optional


def main() -> NoReturn:
    """Run the command line and leave with its exit code: 0 done, 2 refused input, 1 a fault of the program."""
    try:
        for package in ("typer", "rich", "pyarrow"):
            import_optional(package, extra="cli")
    except ImportError as error:
        print(f"vaesynth: {error}", file=sys.stderr)
        sys.exit(2)
    signal.signal(signal.SIGTERM, _leave)
    # A pipe on Windows lacks most letters: those of a column's name are spelled out, as on the standard error.
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")
    from vaesynth.commands import app

    app(prog_name="vaesynth")
    sys.exit(0)


def _leave(signal_number: int, _: Any) -> NoReturn:
    """Unwind as on any error, so that unfinished files are removed."""
    sys.exit(128 + signal_number)


if __name__ == "__main__":
    main()

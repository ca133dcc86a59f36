"""A history of speed: one line of JSON for each measurement, with commit, machine and versions."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

_WHERE = ("time", "commit", "processor", "n_processors", "python")
_WHAT = (
    "benchmark",
    "part",
    "method",
    "threads",
    "n_rows",
    "n_numbers",
    "n_categories",
    "n_levels",
    "n_classes",
)


def append_history(path: Path, row: dict[str, Any], environment: dict[str, Any]) -> None:
    """Append one measurement."""
    path.parent.mkdir(parents=True, exist_ok=True)
    where = {name: environment[name] for name in _WHERE}
    where["torch"] = environment["packages"]["torch"]
    with path.open("a") as file:
        file.write(json.dumps(row | where) + "\n")


def describe_history(path: Path) -> str:
    """Return, for each measurement that was made more than once on one machine, the first and the last figure."""
    import pandas as pd

    rows = pd.DataFrame(json.loads(line) for line in path.read_text(encoding="utf-8").splitlines())
    keys = [name for name in (*_WHAT, "processor", "n_processors") if name in rows]
    groups = rows.groupby(keys, sort=False, dropna=False)
    ends = groups["processor_seconds"].agg(["first", "last", "size"])
    ends["commits"] = groups["commit"].agg(
        lambda commits: f"{commits.iloc[0]} to {commits.iloc[-1]}"
    )
    ends["change"] = (ends["last"] / ends["first"] - 1).map("{:+.0%}".format)
    return ends[ends["size"] > 1].reset_index().to_markdown(index=False, floatfmt=".3g")

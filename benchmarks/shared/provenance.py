"""What a result depends on besides the code: versions, machine, arguments."""

from __future__ import annotations

import json
import os
import platform
import subprocess
from collections.abc import Sequence
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
RESULTS = ROOT / "benchmarks" / "results"

_PACKAGES = (
    "vaesynth",
    "torch",
    "numpy",
    "pandas",
    "scipy",
    "scikit-learn",
    "imbalanced-learn",
    "imbalanced-learn-extra",
    "smote-variants",
    "ctgan",
    "rdt",
    "copulas",
    "lightgbm",
)


def describe_environment(more_packages: Sequence[str] = ()) -> dict[str, Any]:
    """Return versions, processor and the commit of the code."""
    return {
        "time": datetime.now(UTC).isoformat(timespec="seconds"),
        "python": platform.python_version(),
        "packages": {name: _version(name) for name in (*_PACKAGES, *more_packages)},
        "system": f"{platform.system()} {platform.machine()}",
        "processor": _processor(),
        "n_processors": os.cpu_count(),
        "commit": _commit(),
    }


def write_json(path: Path, content: dict[str, Any]) -> None:
    """Write one readable JSON file, making its folder."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(content, indent=2, default=str) + "\n")


def _version(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor()
    names = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor()


def _commit() -> str | None:
    command = ["git", "describe", "--always", "--dirty", "--abbrev=12"]
    result = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    return result.stdout.strip() or None

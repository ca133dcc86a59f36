"""One training of one table and its figures, kept as one JSON file that grows by a measure at a time."""

from __future__ import annotations

import json
import os
import time
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from benchmarks.fidelity.published.measures import (
    closest_record_share,
    detection,
    machine_learning_efficiency,
    precision_and_recall,
    shape_and_trend,
)
from benchmarks.fidelity.published.tables import read_split
from benchmarks.fidelity.tables import TARGET, RealRows, conform
from benchmarks.shared.provenance import describe_environment, write_json

_MORE_PACKAGES = ("sdmetrics", "xgboost", "xgboost-cpu")
Measure = Callable[[RealRows, pd.DataFrame, int], dict[str, float]]

# Those of 90 per cent of the rows, or of the official split.
_MEASURES: dict[str, Measure] = {
    "shape_and_trend": shape_and_trend,
    "detection": detection,
    "precision_and_recall": precision_and_recall,
    "efficiency": machine_learning_efficiency,
}
_OF_HALVES: dict[str, Measure] = {"closest_record": closest_record_share}
MEASURES = (*_MEASURES, *_OF_HALVES, "real_efficiency")


@dataclass(frozen=True)
class Training:
    """A table of the suite and the seed of one training of `CVAE` at its defaults."""

    folder: Path
    results: Path
    name: str
    seed: int

    @property
    def path(self) -> Path:
        """The file of this training's figures."""
        return self.results / "trainings" / f"{self.name}-{self.seed}.json"

    def compute(self, measures: list[str]) -> dict[str, Any]:
        """Compute the measures that the file lacks, and write it after each; return what it holds."""
        content = json.loads(self.path.read_text()) if self.path.exists() else {}
        content |= {"set": self.name, "seed": self.seed}
        for measure in measures:
            if measure in content.get("measured", {}):
                continue
            started = time.perf_counter()
            figures = self._measure(measure)
            seconds = time.perf_counter() - started
            environment = describe_environment(_MORE_PACKAGES)
            measured = {"seconds": seconds, "commit": environment["commit"]}
            content |= {
                "figures": content.get("figures", {}) | figures,
                "measured": content.get("measured", {}) | {measure: measured},
                "environment": environment,
            }
            partial = self.path.with_suffix(f".{os.getpid()}.tmp")
            write_json(partial, content)
            partial.replace(self.path)
        return content

    def _measure(self, measure: str) -> dict[str, float]:
        if measure == "real_efficiency":
            area = machine_learning_efficiency(self._whole, self._whole.train, self.seed)
            return {"real_mle_auc": area["mle_auc"]}
        if measure in _OF_HALVES:
            halves = read_split(self.folder, self.name, halves=True)
            drawn, _ = self._draw(halves)
            return _OF_HALVES[measure](halves, drawn, self.seed)
        drawn, seconds = self._drawn
        return _MEASURES[measure](self._whole, drawn, self.seed) | seconds

    @cached_property
    def _whole(self) -> RealRows:
        return read_split(self.folder, self.name, halves=False)

    @cached_property
    def _drawn(self) -> tuple[pd.DataFrame, dict[str, float]]:
        return self._draw(self._whole)

    def _draw(self, real: RealRows) -> tuple[pd.DataFrame, dict[str, float]]:
        """Fit `CVAE`, draw as many rows with classes drawn like all else; return them and the seconds it took."""
        from vaesynth import CVAE

        X = real.train.drop(columns=TARGET)
        names = [name for name in real.categories if name != TARGET]
        X = X.astype(dict.fromkeys(names, "category"))
        clocks = [_clocks()]
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            model = CVAE(random_state=self.seed).fit(X, real.train[TARGET].to_numpy())
            clocks.append(_clocks())
            drawn, y = model.sample(len(X), random_state=self.seed, return_y=True)
            clocks.append(_clocks())
        (training, training_wall), (sampling, sampling_wall) = np.diff(clocks, axis=0).tolist()
        seconds = {
            "training_seconds": training,
            "sampling_seconds": sampling,
            "training_wall_seconds": training_wall,
            "sampling_wall_seconds": sampling_wall,
        }
        return conform(drawn.assign(**{TARGET: y}), real), seconds


def _clocks() -> tuple[float, float]:
    """Processor and wall time: where other work runs on the machine, only the first says what a fit costs."""
    return time.process_time(), time.perf_counter()


def read_contents(results: Path) -> list[dict[str, Any]]:
    """Return what the files of the trainings hold."""
    if results.is_file():
        return json.loads(results.read_text())
    paths = sorted(results.glob("trainings/*.json"))
    if not paths:
        raise SystemExit(f"no trainings below {results / 'trainings'}")
    return [json.loads(path.read_text()) for path in paths]

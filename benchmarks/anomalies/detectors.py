"""Detectors that score the rows of a split: ours, and those of PyOD at their defaults."""

from __future__ import annotations

import time
import warnings
from importlib import import_module
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from sklearn.compose import make_column_transformer
from sklearn.impute import SimpleImputer
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from benchmarks.anomalies.splits import Split
from vaesynth.applications import VAEOutlierDetector

OURS = {"VAEOutlierDetector": {}, "VAEOutlierDetector, bound": {"method": "bound"}}
# Classes of PyOD at their defaults: the module of each, and whether it takes a seed.
RIVALS = {
    "KNN": ("knn", False),
    "LOF": ("lof", False),
    "IForest": ("iforest", True),
    "PCA": ("pca", True),
    "ECOD": ("ecod", False),
    "HBOS": ("hbos", False),
    "COPOD": ("copod", False),
    "AutoEncoder": ("auto_encoder", True),
    "VAE": ("vae", True),
    "DeepSVDD": ("deep_svdd", True),
}
RATES = (0.01, 0.05, 0.1)


class Judged(NamedTuple):
    """Scores of the rows, higher for stranger ones, seconds, and what else is known."""

    scores: np.ndarray
    seconds_fit: float
    seconds_score: float
    facts: dict[str, Any]


def judge(name: str, split: Split, seed: int) -> Judged:
    """Fit a detector to the normal rows and score the others."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return _judge_by_ours(name, split, seed) if name in OURS else _judge(name, split, seed)


def _judge_by_ours(name: str, split: Split, seed: int) -> Judged:
    start = time.perf_counter()
    detector = VAEOutlierDetector(random_state=seed, **OURS[name]).fit(split.X_train)
    fitted = time.perf_counter()
    scores = -detector.score_samples(split.X_test)
    end = time.perf_counter()
    p_values = detector.p_values(split.X_test[split.y_test == 0])
    alarms = {f"alarms_{rate}": int((p_values <= rate).sum()) for rate in RATES}
    facts = {"n_held_out": len(detector.calibration_scores_), "n_normal": len(p_values), **alarms}
    return Judged(scores, fitted - start, end - fitted, facts)


def _judge(name: str, split: Split, seed: int) -> Judged:
    """Standardise numbers, put the median for gaps, and give categories a column for each level."""
    module, takes_seed = RIVALS[name]
    start = time.perf_counter()
    is_number = [pd.api.types.is_numeric_dtype(dtype) for dtype in split.X_train.dtypes]
    numbers = split.X_train.columns[is_number]
    encoder = make_column_transformer(
        (make_pipeline(SimpleImputer(), StandardScaler()), list(numbers)),
        (
            OneHotEncoder(handle_unknown="ignore", sparse_output=False),
            list(split.X_train.columns.difference(numbers)),
        ),
    )
    learned = encoder.fit_transform(split.X_train)
    parameters: dict[str, Any] = {"random_state": seed} if takes_seed else {}
    if name == "DeepSVDD":
        parameters |= {"n_features": learned.shape[1], "verbose": 0}
    detector = getattr(import_module(f"pyod.models.{module}"), name)(**parameters)
    detector.fit(learned)
    fitted = time.perf_counter()
    scores = detector.decision_function(encoder.transform(split.X_test))
    # LOF of rows among copies is infinite.
    scores = np.nan_to_num(scores, nan=0.0, posinf=1e300)
    return Judged(scores, fitted - start, time.perf_counter() - fitted, {})

"""The interface that a report needs of a comparison."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

import numpy as np
import pandas as pd


class Comparison(Protocol):
    """The attributes that :func:`write_report` reads; `compare_resamplers` returns such an object."""

    @property
    def X(self) -> Any:
        """Return the real rows, a table of shape (n_samples, n_features)."""

    @property
    def y(self) -> Any:
        """Return the classes of the rows, of shape (n_samples,)."""

    @property
    def classes_(self) -> np.ndarray:
        """Return the sorted classes."""

    @property
    def classifiers(self) -> Mapping[str, Any]:
        """Return the unfitted classifiers by name."""

    @property
    def samplers(self) -> Mapping[str, Any]:
        """Return the competitors by name: a sampler, an object with an attribute ``sampler``, or a word."""

    @property
    def random_state(self) -> Any:
        """Return the `random_state` that the user gave."""

    def to_frame(self) -> pd.DataFrame:
        """Return the scores of every fold: classifier, sampler, repeat, fold, the metrics, fit_seconds."""

    def summary(self) -> pd.DataFrame:
        """Return means over folds; rows indexed by classifier and sampler, metrics and fit_seconds as columns."""

    def differences(self, baseline: str = "none") -> pd.DataFrame:
        """Return the columns classifier, sampler, metric, difference (positive is better), lower, upper, p_value."""

    def verdict(self) -> str:
        """Say in words whether over-sampling helps, a line for each classifier."""

    def probabilities(self, classifier: str, sampler: str) -> tuple[np.ndarray, np.ndarray]:
        """Return the labels of held-out rows and their probabilities, of shape (n_rows, n_classes)."""

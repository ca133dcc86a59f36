"""What a report asks of a comparison."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

import numpy as np
import pandas as pd


class Comparison(Protocol):
    """What :func:`write_report` reads of a comparison of samplers; `compare_resamplers` gives one."""

    @property
    def X(self) -> Any:
        """Real rows, a table of shape (n_samples, n_features)."""

    @property
    def y(self) -> Any:
        """Classes of the rows, of shape (n_samples,)."""

    @property
    def classes_(self) -> np.ndarray:
        """Classes, sorted."""

    @property
    def classifiers(self) -> Mapping[str, Any]:
        """Unfitted classifiers by name."""

    @property
    def samplers(self) -> Mapping[str, Any]:
        """What each competitor does, by name: a sampler, something with an attribute ``sampler``, or a word."""

    @property
    def random_state(self) -> Any:
        """As it was given."""

    def to_frame(self) -> pd.DataFrame:
        """Scores of every fold: classifier, sampler, repeat, fold, the metrics, fit_seconds."""

    def summary(self) -> pd.DataFrame:
        """Mean over folds; rows indexed by classifier and sampler, the metrics and fit_seconds as columns."""

    def differences(self, baseline: str = "none") -> pd.DataFrame:
        """Columns classifier, sampler, metric, difference (positive is better), lower, upper, p_value."""

    def verdict(self) -> str:
        """Say in words whether over-sampling helps, a line for each classifier."""

    def probabilities(self, classifier: str, sampler: str) -> tuple[np.ndarray, np.ndarray]:
        """Labels of held-out rows, and their probabilities, of shape (n_rows, n_classes)."""
